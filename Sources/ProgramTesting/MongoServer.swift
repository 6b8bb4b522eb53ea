public import Mongo
internal import Synchronization
public import SystemCalls
public import SystemPackage

/// A mongod of tests' own: on a free port of this machine, its data in a folder of its own, ended with its owner, and with this
/// process in any case.
public final class MongoServer: Sendable {
    private struct State: ~Copyable {
        var guardian: ChildProcess?
        var process: Int32 = 0
    }

    /// Where it listens.
    public let port: Int
    /// Where its data is.
    public let folder: FilePath
    private let hosts: [String]
    private let options: [String]
    private let state: Mutex<State>

    /// The server that `scripts/test` fetches: beside what is built.
    private static let program: FilePath? = {
        guard let tests = try? FileSystem.resolve("/proc/self/exe") else { return nil }
        var folder = tests.removingLastComponent()
        for _ in 0..<6 {
            let program = folder.appending("mongod/mongod")
            if FileSystem.isPermitted(program, executing: true) { return program }
            folder = folder.removingLastComponent()
        }
        return nil
    }()

    /// Whether the tests that need it are run: in continuous integration they are, be it there or not.
    public static var isWanted: Bool { program != nil || ContinuousIntegration.isRunning }

    /// Why they are passed over.
    public static let advice = "no mongod: let scripts/test fetch it"

    /// The server that tests share, each with a database of its own: starting one takes a second.
    public static let shared = Result { try MongoServer() }

    /// Runs the server until its input ends, or says to keep the data.
    private static let guarding = """
        folder=$1; shift
        "$@" >"$folder/log" 2>&1 </dev/null &
        echo $!
        read -r word
        kill -9 $!
        wait $! 2>/dev/null
        [ "$word" = keep ] || rm -rf "$folder"
        """

    /// Starts one, also at another address of this machine than the loopback's, and waits until it takes connections.
    public init(_ options: [String] = [], at host: String = "127.0.0.1") throws {
        hosts = Array(Set(["127.0.0.1", host]))
        self.options = options
        folder = FilePath("/tmp/trialwatch-mongo-\(UInt64.random(in: .min ... .max))")
        try FileSystem.makeDirectories(folder)
        // Somebody may take a port between looking and listening.
        for _ in 0..<20 {
            let candidate = Int.random(in: 20_000..<32_000)
            if let started = try Self.start(candidate, folder, hosts, options) {
                port = candidate
                state = Mutex(started)
                return
            }
        }
        throw ProgramError("no mongod could be started: look into \(folder)/log")
    }

    deinit {
        state.withLock { state in
            state.guardian?.closeInput()
            _ = try? state.guardian?.end(timeout: .seconds(5))
        }
    }

    /// The address of a database, with libmongoc's options.
    public func address(ofDatabase name: String, _ options: String = "") -> String {
        "mongodb://127.0.0.1:\(port)/\(name)\(options)"
    }

    /// Its own process.
    public var process: Int32 { state.withLock { $0.process } }

    /// Kills it as nothing can be prepared for, and waits until it is gone; its data stays.
    public func kill() throws {
        try state.withLock { state in
            try state.guardian?.write(Array("keep\n".utf8))
            _ = try state.guardian?.end()
            state.guardian = nil
        }
    }

    /// Sends it a signal; when it is to stop, waits until it has.
    public func send(_ signal: Signal) throws {
        let process = process
        try ProcessDescriptor(process).send(signal)
        // Some of its threads go on for as long as the one that takes the signal waits for a processor.
        while signal == .stop {
            let stat = try OwnedDescriptor(opening: FilePath("/proc/\(process)/stat"), .readOnly).readToEnd(
                limit: 1 << 12)
            if String(decoding: stat, as: UTF8.self).split(separator: ") ").last?.first == "T" { return }
            Clock.pause(milliseconds: 1)
        }
    }

    /// Starts it again on its port with its data.
    public func restart() throws {
        try state.withLock { state in
            guard let started = try Self.start(port, folder, hosts, options) else {
                throw ProgramError("the mongod does not start again: look into \(folder)/log")
            }
            state = started
        }
    }

    /// Nil when it has ended at once.
    private static func start(_ port: Int, _ folder: FilePath, _ hosts: [String], _ options: [String]) throws -> State?
    {
        guard let program else { throw ProgramError(advice) }
        try? FileSystem.remove(folder.appending("log"))
        var child = try ChildProcess(
            "/bin/sh",
            arguments: [
                "sh", "-c", guarding, "sh", folder.string, program.string, "--dbpath", folder.string, "--port",
                String(port),
                "--bind_ip", hosts.joined(separator: ","), "--unixSocketPrefix", folder.string,
                "--wiredTigerCacheSizeGB", "0.3",
                "--setParameter", "diagnosticDataCollectionEnabled=false",
            ] + options, environment: ["PATH=/usr/bin:/bin", "LANG=C.UTF-8"])
        var said = ""
        while !said.contains("\n"), let piece = try child.read(atMost: 64, timeout: .seconds(10)), !piece.isEmpty {
            said += String(decoding: piece, as: UTF8.self)
        }
        guard let process = Int32(said.split(separator: "\n").first ?? "") else { return nil }
        // Its log says when it is ready; it is a file, as nobody would read a pipe to its end.
        for _ in 0..<2000 {
            let log = (try? OwnedDescriptor(opening: folder.appending("log"), .readOnly).read(1 << 20, at: 0)) ?? []
            let text = String(decoding: log, as: UTF8.self)
            if text.contains("Waiting for connections") { return State(guardian: consume child, process: process) }
            if text.contains("Address already in use") || text.contains("\"exitCode\"") { break }
            Clock.pause(milliseconds: 10)
        }
        child.closeInput()
        _ = try child.end(timeout: .seconds(5))
        try FileSystem.makeDirectories(folder)
        return nil
    }

    /// Runs a command on a database, as whoever the address says.
    @discardableResult
    public func run(
        _ command: BSONDocument, on database: String = "admin", as address: String? = nil
    ) throws -> BSONDocument {
        let address = address ?? self.address(ofDatabase: "admin", "?directConnection=true")
        var connection = try MongoConnection(try MongoAddress(address))
        return try connection.run(command, on: database)
    }
}
