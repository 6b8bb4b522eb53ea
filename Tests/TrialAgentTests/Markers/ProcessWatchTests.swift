import Logging
import Synchronization
import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials

@testable import TrialAgent

@Suite(.timeLimit(.minutes(1))) struct ProcessWatchTests {
    static let ends: [(String, RunExit)] = [
        ("exit 0", .exited(0)), ("exit 3", .exited(3)), ("kill -9 $$", .signalled(9)),
        ("kill -TERM $$; exec sleep 600", .signalled(15)),
    ]

    @Test(arguments: ends) func `how a process ended is told`(body: String, exit: RunExit) async throws {
        let ground = try WatchGround()
        let script = try Script.forgotten(body)
        ground.watch.follow(try ground.process(script.printedNumber()), for: .test(1))
        let before = Timestamp.now
        try script.goOn()
        let end = try await ground.next()
        #expect(end.key == .test(1))
        #expect(end.exit == exit)
        #expect(end.at >= before && end.at <= .now)
    }

    @Test func `a process that had ended before it was followed is told at once`() async throws {
        let ground = try WatchGround()
        var gone = try Script("read go")
        let process = try ground.process(gone.number)
        try gone.goOn()
        #expect(try gone.end() != nil)
        ground.watch.follow(process, for: .test(1))
        #expect(try await ground.next().exit == .unknown)

        let zombie = try Script.forgotten("exit 3")
        let number = try zombie.printedNumber()
        let forgotten = try ground.process(number)
        let descriptor = try ProcessDescriptor(number)
        try zombie.goOn()
        #expect(try descriptor.descriptor.waitUntilReadable(timeout: .seconds(20)))
        ground.watch.follow(forgotten, for: .test(2))
        #expect(try await ground.next().exit == .exited(3))
    }

    @Test func `a number that is used again ends the run whose process had it before`() async throws {
        let ground = try WatchGround()
        let script = try Script("read go")
        let process = try ground.process(script.number)
        ground.watch.follow(process.with(ticks: process.startTicks - 1), for: .test(1))
        #expect(try await ground.next().isEnd(of: .test(1), .unknown))
        ground.watch.follow(process.with(boot: "an earlier one"), for: .test(2))
        #expect(try await ground.next().isEnd(of: .test(2), .unknown))
        ground.watch.follow(process, for: .test(3))
        try script.goOn()
        #expect(try await ground.next().key == .test(3))
    }

    @Test func `each run of one process is told, each once, and who is not followed any more is not`() async throws {
        let ground = try WatchGround()
        let first = try Script.forgotten("exit 4")
        let last = try Script.forgotten("exit 5")
        let process = try ground.process(first.printedNumber())
        let other = try ground.process(last.printedNumber())
        for _ in 0..<3 { ground.watch.follow(process, for: .test(1)) }
        ground.watch.follow(process, for: .test(2))
        ground.watch.follow(process, for: .test(3))
        ground.watch.unfollow(.test(3))
        // The run's next attempt.
        ground.watch.follow(process, for: .test(4))
        ground.watch.follow(other, for: .test(4))
        try first.goOn()
        let ends = [try await ground.next(), try await ground.next()]
        #expect(Set(ends.map(\.key)) == [.test(1), .test(2)])
        #expect(ends.allSatisfy { $0.exit == .exited(4) })
        try last.goOn()
        #expect(try await ground.next().isEnd(of: .test(4), .exited(5)))
    }

    @Test func `a hundred processes that end at once are told a hundred times`() async throws {
        let ground = try WatchGround()
        // In its place the parent runs another program at last, which asks nobody how it ended.
        let script = try Script(
            """
            for i in $(seq 100); do sleep 600 & echo $!; pids="$pids $!"; done
            read go; kill -9 $pids; exec sleep 600
            """)
        for index in 0..<100 {
            ground.watch.follow(try ground.process(script.printedNumber()), for: .test(index))
        }
        try script.goOn()
        var ended: Set<RunKey> = []
        for _ in 0..<100 {
            let end = try await ground.next()
            ended.insert(end.key)
            #expect(end.exit == .signalled(9))
        }
        #expect(ended == Set((0..<100).map { .test($0) }))
    }

    @Test func `without a free descriptor processes are looked at, and that is said once`() async throws {
        let said = Said()
        let ground = try WatchGround(lookingEvery: .milliseconds(5), logger: said.logger) {
            (number) throws(SystemCallError) in
            throw SystemCallError(call: "pidfd_open", subject: "\(number)", errno: .tooManyOpenFiles)
        }
        let zombie = try Script.forgotten("exit 3")
        let other = try Script("read go")
        let number = try zombie.printedNumber()
        ground.watch.follow(try ground.process(number), for: .test(1))
        ground.watch.follow(try ground.process(other.number), for: .test(2))
        try zombie.goOn()
        #expect(try await ground.next().isEnd(of: .test(1), .exited(3)))
        ground.watch.unfollow(.test(2))
        let warnings = said.lines
        #expect(warnings.count == 1)
        #expect(
            warnings.first?.hasPrefix(
                "process \(number) cannot be waited for: pidfd_open \(number): Too many open files (EMFILE); it is looked at"
            )
                == true)
    }

    @Test func `a process is waited for as soon as a descriptor is free`() async throws {
        let refusals = Refusals(3)
        let ground = try WatchGround(lookingEvery: .milliseconds(5)) { (number) throws(SystemCallError) in
            if refusals.next() {
                throw SystemCallError(call: "pidfd_open", subject: "\(number)", errno: .tooManyOpenFiles)
            }
            return try ProcessDescriptor(number)
        }
        let script = try Script.forgotten("exit 3")
        ground.watch.follow(try ground.process(script.printedNumber()), for: .test(1))
        while !refusals.isOver { await Task.yield() }
        try script.goOn()
        #expect(try await ground.next().isEnd(of: .test(1), .exited(3)))
    }

    @Test(.enabled(if: MemoryLimit.isPermitted, "this machine lets nobody make a memory cgroup"))
    func `a process that the kernel ended for want of memory is told so`() async throws {
        let ground = try WatchGround()
        let limit = try MemoryLimit(bytes: 16 << 20)
        for (body, exit) in [("exec tail /dev/zero", RunExit.outOfMemory), ("kill -9 $$", .signalled(9))] {
            let script = try Script.forgotten(body)
            let number = try script.printedNumber()
            try limit.put(on: number)
            ground.watch.follow(try ground.process(number), for: .test(1))
            try script.goOn()
            #expect(try await ground.next().isEnd(of: .test(1), exit))
        }
    }
}

/// A watch over a thread that runs.
final class WatchGround {
    let thread: EventThread
    let search: ProcessSearch
    let usages: ProcessUsages
    let watch: ProcessWatch
    private let ends: AsyncStream<ProcessWatch.End>

    init(
        lookingEvery interval: Duration = .seconds(1), logger: Logger = .silent,
        hold: @escaping @Sendable (Int32) throws(SystemCallError) -> ProcessDescriptor = {
            (number) throws(SystemCallError) in try ProcessDescriptor(number)
        }
    ) throws {
        thread = try EventThread()
        search = ProcessSearch(boot: try Clock.bootIdentifier())
        usages = try ProcessUsages(on: thread, search: search)
        let (ends, end) = AsyncStream.makeStream(of: ProcessWatch.End.self)
        self.ends = ends
        watch = try ProcessWatch(
            on: thread, search: search, usages: usages, logger: logger, lookingEvery: interval, hold: hold,
            ended: { end.yield($0) })
        try thread.start()
    }

    deinit { thread.stop() }

    func process(_ number: Int32) throws -> RunProcess {
        let found = search.find(Int(number), of: User.currentIdentifier, before: .now, near: "/")
        guard let process = found.process else { throw Unexpected(found: found) }
        return process
    }

    func next() async throws -> ProcessWatch.End { try #require(await first()) }

    private func first() async -> ProcessWatch.End? {
        for await end in ends { return end }
        return nil
    }
}

/// A cgroup below our own with little memory.
private final class MemoryLimit: Sendable {
    static let isPermitted = (try? MemoryLimit(bytes: 16 << 20)) != nil
    private let folder: FilePath

    init(bytes: Int) throws {
        let mounts = String(
            decoding: try OwnedDescriptor(opening: "/proc/self/mountinfo", .readOnly).readToEnd(limit: 1 << 20),
            as: UTF8.self)
        let cgroups = try ProcessInformation(OwnProcess.number)?.cgroups() ?? []
        let own = try #require(MemoryCgroups(mountinfo: mounts).files(for: cgroups).first)
        let limit = own.lastComponent == "memory.events" ? "memory.max" : "memory.limit_in_bytes"
        folder = own.removingLastComponent().appending("trialwatch-test-\(UInt32.random(in: .min ... .max))")
        try FileSystem.makeDirectory(folder)
        do {
            try write("\(bytes)", to: limit)
        } catch {
            try? FileSystem.removeDirectory(folder)
            throw error
        }
    }

    deinit { try? FileSystem.removeDirectory(folder) }

    func put(on process: Int32) throws { try write("\(process)", to: "cgroup.procs") }

    private func write(_ text: String, to file: String) throws {
        try OwnedDescriptor(opening: folder.appending(file), .writeOnly).write(Array(text.utf8))
    }
}

/// Refuses so many times.
private final class Refusals: Sendable {
    private let left: Mutex<Int>

    init(_ count: Int) { left = Mutex(count) }

    func next() -> Bool {
        left.withLock { left in
            left -= 1
            return left >= 0
        }
    }

    var isOver: Bool { left.withLock { $0 < 0 } }
}

/// What was logged.
private final class Said: Sendable {
    private let all = Mutex<[String]>([])

    var lines: [String] { all.withLock { $0 } }

    var logger: Logger { Logger(label: "test") { [self] _ in Handler(said: self) } }

    private struct Handler: LogHandler {
        let said: Said
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            said.all.withLock { $0.append("\(event.message)") }
        }
    }
}

extension ProcessWatch.End {
    fileprivate func isEnd(of key: RunKey, _ exit: RunExit) -> Bool { self.key == key && self.exit == exit }
}

extension RunKey {
    static func test(_ number: Int) -> RunKey {
        RunKey(sha256: (0..<32).map { UInt8(truncatingIfNeeded: number >> (8 * ($0 % 4))) })
    }
}
