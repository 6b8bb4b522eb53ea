import Glibc
import ProgramTesting
import Synchronization
import SystemCalls
import SystemPackage

/// A machine with systemd as its first process, on which the package is installed; it goes with this process.
///
/// Two users are on it: ada, who has a service manager of her own, and bob, for whom the system's runs an agent.
final class SystemdBox: Sendable {
    /// What a command in the box came to.
    struct Output: Sendable {
        let status: Int32
        /// Standard output and errors.
        let text: String

        var lines: [String] { text.split(separator: "\n").map(String.init) }
    }

    /// The one that all tests share, or what went wrong with what is put into it: that is a failure of the tests.
    static let shared = Result { try SystemdBox(booted.get()) }

    /// Whether this machine lets tests have one.
    static var isPossible: Bool { (try? booted.get()) != nil }

    private static let booted = Result { try Booted() }

    /// The sources.
    static let sources = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()

    private let booted: Booted
    /// The package, as the box and this machine see it.
    let package: FilePath

    /// The box's root, as this machine sees it.
    var root: FilePath { booted.folder.appending("root") }

    private static let rig = sources.appending("scripts/systemd-box").string

    /// A box with nothing in it, which is taken down when its guardian's input ends.
    private final class Booted: Sendable {
        let folder = FilePath("/tmp/trialwatch-box-\(UInt64.random(in: .min ... .max))")
        private let guardian: Mutex<ChildProcess>

        private static let guarding = """
            "$1" up "$2" >&2 || exit 1
            echo ready
            read -r _
            "$1" down "$2"
            """

        init() throws {
            guard User.currentIdentifier == 0, FileSystem.isPermitted("/usr/bin/systemd-nspawn", executing: true) else {
                throw ProgramError("a box takes root, and Debian's systemd-container")
            }
            let guardian = try ChildProcess(
                "/bin/bash", arguments: ["bash", "-c", Self.guarding, "bash", SystemdBox.rig, folder.string],
                environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"])
            guard try guardian.read(atMost: 16, timeout: .seconds(60))?.isEmpty == false else {
                throw ProgramError("this machine boots no systemd in a container")
            }
            self.guardian = Mutex(guardian)
        }

        /// Takes it down, and waits until it is.
        func end() throws {
            try guardian.withLock { (guardian) throws(SystemCallError) in
                guardian.closeInput()
                _ = try guardian.end(timeout: .seconds(30))
            }
        }
    }

    private init(_ booted: Booted) throws {
        self.booted = booted
        do {
            package = try Self.makePackage()
            try setUp()
        } catch {
            try booted.end()
            throw error
        }
    }

    private func setUp() throws {
        try FileSystem.makeDirectories(root.appending("opt"))
        try Self.copy(package, to: root.appending("opt/trialwatch.deb"))
        try Self.copy(
            Sandbox.builtProgram().removingLastComponent().appending("libNVMLDouble.so"),
            to: root.appending("usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1"))
        let setUp = try run(
            """
            set -e
            mknod -m 666 /dev/nvidia0 c 195 0
            mknod -m 666 /dev/fuse c 10 229
            for user in ada bob; do useradd -m -s /bin/bash $user; chmod 700 /home/$user; done
            dpkg --no-triggers -i /opt/trialwatch.deb
            loginctl enable-linger ada
            for _ in $(seq 100); do [ -S /run/user/$(id -u ada)/systemd/private ] && break; sleep 0.1; done
            """)
        guard setUp.status == 0 else { throw ProgramError("setting the box up: \(setUp.text)") }
    }

    /// The package of the program under test, made in a folder of its own, after `preparing` bash for it.
    static func makePackage(_ preparing: String = ":") throws -> FilePath {
        let folder = FilePath("/tmp/trialwatch-package-\(UInt64.random(in: .min ... .max))")
        let made = try execute(
            [
                "bash", "-c", preparing + "; exec \"$@\"", "bash",
                sources.appending("scripts/package").string, "--fast", "--program",
                try Sandbox.builtProgram().string, folder.string,
            ])
        guard made.status == 0, let package = made.lines.first(where: { $0.hasSuffix(".deb") }) else {
            throw ProgramError("scripts/package: \(made.text)")
        }
        return FilePath(package)
    }

    /// Runs a script for bash in the box, as root or another user, and waits for its end.
    func run(_ script: String, as user: String? = nil) throws -> Output {
        var command = ["bash", "-c", script]
        if let user {
            let start =
                "cd && export XDG_RUNTIME_DIR=/run/user/$(id -u) && [ -d $XDG_RUNTIME_DIR ] || unset XDG_RUNTIME_DIR\n"
            command = [
                "runuser", "-u", user, "--", "env", "-i", "HOME=/home/\(user)", "USER=\(user)",
                "LANG=C.UTF-8", "PATH=/usr/bin:/bin", "bash", "-c", start + script,
            ]
        }
        return try Self.execute([Self.rig, "sh", booted.folder.string] + command)
    }

    /// The same, where nothing but success is of use.
    @discardableResult
    func must(_ script: String, as user: String? = nil) throws -> Output {
        let output = try run(script, as: user)
        guard output.status == 0 else { throw ProgramError("\(script)\nended with \(output.status): \(output.text)") }
        return output
    }

    /// Runs a program on this machine.
    static func execute(_ words: [String]) throws -> Output {
        var child = try ChildProcess(
            "/bin/bash", arguments: ["bash", "-c", "exec \"$@\" 2>&1", "bash"] + words,
            environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8"])
        child.closeInput()
        var bytes: [UInt8] = []
        while let piece = try child.read(atMost: 1 << 16, timeout: .seconds(120)), !piece.isEmpty { bytes += piece }
        guard case .exited(let status)? = try child.end(timeout: .seconds(10)) else {
            throw ProgramError("\(words.joined(separator: " ")) does not end")
        }
        return Output(status: status, text: String(decoding: bytes, as: UTF8.self))
    }

    private static func copy(_ file: FilePath, to place: FilePath) throws {
        let copied = try execute(["cp", file.string, place.string])
        guard copied.status == 0 else { throw ProgramError(copied.text) }
    }
}
