import Logging
import Synchronization
import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials
import YAML

@testable import TrialAgent

/// What is done for stores of snapshots between the captures, and when.
@Suite(.timeLimit(.minutes(1))) struct SnapshotUpkeepTests {
    private let rig: UpkeepRig

    init() throws { rig = try UpkeepRig() }

    @Test func `each project without a snapshot gets one, after a pause, and then nothing wakes the agent but a look`()
        async throws
    {
        try await rig.run { clock in
            #expect(await clock.next() == SnapshotUpkeep.pause)
            #expect(rig.asked.isEmpty)
            clock.advance(by: SnapshotUpkeep.pause)
            #expect(await rig.nextAsked() == "git one first")
            rig.answer()
            #expect(await rig.nextAsked() == "git two first")
            rig.answer()
            // The look at the packs.
            #expect(await clock.next() == SnapshotUpkeep.idle)
            clock.advance(by: SnapshotUpkeep.idle)
            #expect(await rig.eventually { rig.room.bytes > 0 })
            #expect(clock.sleeping.isEmpty)
            #expect(rig.asked.count == 2)
        }
        #expect(rig.told.contains { $0.contains("one: a first snapshot with 7 files is made") })
    }

    @Test func `a project that appears later gets one, too`() async throws {
        rig.leave(["two"])
        try await rig.run { clock in
            _ = await clock.next()
            clock.advance(by: SnapshotUpkeep.pause)
            #expect(await rig.nextAsked() == "git two first")
            rig.answer()
            _ = await clock.next()
            rig.appear("three")
            #expect(await rig.nextAsked() == "git three first")
            rig.answer()
        }
    }

    @Test func `a capture breaks a first snapshot off at once; it is begun again, and the third time left to a trial`()
        async throws
    {
        try await rig.run { clock in
            for number in 1...3 {
                while await clock.next() != SnapshotUpkeep.pause {}
                clock.advance(by: SnapshotUpkeep.pause)
                #expect(await rig.nextAsked() == "git one first", "\(number)")
                rig.activity.began()
                await rig.nextBroken()
                // Nothing is begun while the capture goes on.
                #expect(clock.sleeping.allSatisfy { $0 != SnapshotUpkeep.pause })
                rig.activity.ended()
            }
            while await clock.next() != SnapshotUpkeep.pause {}
            clock.advance(by: SnapshotUpkeep.pause)
            #expect(await rig.nextAsked() == "git two first")
            rig.answer()
        }
    }

    @Test func `a store with many packs is packed when nothing was captured for long, and packing gives way`()
        async throws
    {
        for name in ["one", "two"] { try rig.makeStore(of: name, packs: 51) }
        rig.leave([])
        try await rig.run { clock in
            #expect(await clock.next() == SnapshotUpkeep.idle)
            rig.activity.began()
            rig.activity.ended()
            clock.advance(by: SnapshotUpkeep.idle)
            // It was not quiet for so long: the time begins anew.
            #expect(await clock.next() == SnapshotUpkeep.idle)
            #expect(rig.asked.isEmpty)
            clock.advance(by: SnapshotUpkeep.idle)
            #expect(await rig.nextAsked() == "packing stores")
            rig.activity.began()
            await rig.nextBroken()
            rig.activity.ended()
            #expect(await clock.next() == SnapshotUpkeep.idle)
            clock.advance(by: SnapshotUpkeep.idle)
            #expect(await rig.nextAsked() == "packing stores")
            rig.answer()
            #expect(await rig.eventually { clock.sleeping.isEmpty && rig.room.bytes > 0 })
        }
    }

    @Test func `when captures leave no time for it, packing goes on beside them`() async throws {
        for name in ["one", "two"] { try rig.makeStore(of: name, packs: 51) }
        try await rig.run { clock in
            _ = await clock.next()
            for _ in 0..<CaptureActivity.toldOf {
                rig.activity.began()
                rig.activity.ended()
            }
            rig.activity.began()
            #expect(await rig.nextAsked() == "packing stores")
            rig.activity.ended()
            rig.activity.began()
            rig.answer()
            #expect(await rig.eventually { rig.room.bytes > 0 })
            rig.activity.ended()
        }
        #expect(rig.asked == ["packing stores"])
    }

    @Test func `nothing is made ahead where there is no room, and what cannot be made is told`() async throws {
        rig.limit(to: 0)
        try await rig.run { clock in
            _ = await clock.next()
            clock.advance(by: SnapshotUpkeep.pause)
            #expect(await clock.next() == SnapshotUpkeep.idle)
            #expect(rig.asked.isEmpty)
            rig.limit(to: 1 << 40)
            rig.appear("three")
            #expect(await rig.nextAsked() == "git one first")
            rig.answer(failing: true)
            #expect(await rig.nextAsked() == "git two first")
        }
        #expect(rig.told == ["\(rig.folder)/one: no snapshot was made before its first trial: git: it is broken"])
    }
}

/// Projects and stores in a folder, and a capture worker that answers when a test says so.
private final class UpkeepRig: Sendable {
    private struct State {
        var projects = ["one", "two"]
        var asked: [String] = []
        var most = ByteCount.gigabytes(20)
        var answer: CheckedContinuation<Bool?, Never>?
        var early: Bool??
    }

    let directory: TemporaryDirectory
    let room: SnapshotRoom
    let activity = CaptureActivity()
    private let clock = ManualClock()
    private let lines = Lines()
    private let state: Box<State>
    private let (asks, ask) = AsyncStream.makeStream(of: String.self)
    private let (breaks, broke) = AsyncStream.makeStream(of: Void.self)
    private let (changes, change) = AsyncStream.makeStream(of: Void.self)

    init() throws {
        directory = try TemporaryDirectory()
        let state = Box(State())
        self.state = state
        for name in ["one", "two", "three", "state/snapshots"] {
            try FileSystem.makeDirectories(directory.path.appending(name))
        }
        room = SnapshotRoom(
            directory.path.appending("state/snapshots"),
            limits: {
                var limits = StoreLimits()
                limits.maxSize = state.value.withLock { $0.most }
                return limits
            }, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    var folder: FilePath { directory.path }
    var asked: [String] { state.value.withLock { $0.asked } }
    var told: [String] { lines.all }

    func limit(to bytes: Int) { state.value.withLock { $0.most = ByteCount(bytes: bytes) } }

    /// Only these projects are there from now on.
    func leave(_ names: [String]) { state.value.withLock { $0.projects = names } }

    func appear(_ name: String) {
        state.value.withLock { $0.projects.append(name) }
        change.yield()
    }

    /// A store for a project, with a snapshot and empty packs, where one counts files.
    func makeStore(of name: String, packs: Int) throws {
        var script = try Script(
            """
            set -e; s=state/snapshots/\(name)-$(printf %s "$PWD/\(name)" | sha256sum | cut -c1-12).git
            mkdir -p $s/refs/snapshots $s/objects/pack; echo >$s/HEAD
            echo >$s/refs/snapshots/0123456789012345678901234567890123456789
            i=0; while [ $i -lt \(packs) ]; do echo >$s/objects/pack/pack-$i.idx; i=$((i + 1)); done
            """, in: directory.path)
        try #require(try script.end() == .exited(0))
    }

    func run(_ body: (Steps) async throws -> Void) async throws {
        let upkeep = SnapshotUpkeep(
            SnapshotUpkeep.Parts(
                ask: { [self] in await answers($0, $1) },
                projects: { [self] in state.value.withLock { $0.projects }.map { folder.appending($0) } },
                subject: {
                    CaptureSubject(
                        project: $0.string, owners: [], snapshot: SnapshotWish(stores: $0.string), agentVersion: "1",
                        agentPath: "/")
                },
                folder: folder.appending("state/snapshots"), room: room, activity: activity,
                note: { [lines] in lines.logger.warning("\($0)") }, logger: lines.logger, clock: clock))
        try await withThrowingTaskGroup { group in
            group.addTask { [changes] in await upkeep.run(changes) }
            try await body(Steps(clock))
            group.cancelAll()
        }
    }

    private func answers(_ capturers: [String], _ subject: CaptureSubject) async -> [CapturerAnswer] {
        let name = FilePath(subject.project).lastComponent?.string ?? ""
        let what =
            capturers == [SnapshotPacker.name]
            ? "packing stores" : "git \(name)\(subject.snapshot?.isFirstOnly == true ? " first" : "")"
        state.value.withLock { $0.asked.append(what) }
        ask.yield(what)
        let isFailing = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let early = state.value.withLock { state -> Bool?? in
                    if Task.isCancelled { return .some(nil) }
                    if let early = state.early.take() { return early }
                    state.answer = continuation
                    return nil
                }
                if let early { continuation.resume(returning: early) }
            }
        } onCancel: {
            state.value.withLock { $0.answer.take() }?.resume(returning: nil)
        }
        guard let isFailing else {
            broke.yield()
            return capturers.map { .failed($0, "it was killed") }
        }
        if isFailing { return capturers.map { .failed($0, "it is broken") } }
        var part = CapturedPart()
        var snapshot = CapturedSnapshot()
        snapshot.facts = Snapshot(tree: "", store: "", host: "", began: .now, files: 7, size: 1)
        part.snapshot = snapshot
        try? makeStore(of: name, packs: 0)
        return capturers.map { CapturerAnswer(timing: nil, part: part, capturer: $0) }
    }

    /// The next thing that the worker is asked for.
    func nextAsked() async -> String? { await asks.first { _ in true } }

    /// Waits until the worker is killed.
    func nextBroken() async { await breaks.first { _ in true } }

    /// Has the worker answer what it is asked, or is asked next.
    func answer(failing: Bool = false) {
        let waiting = state.value.withLock { state in
            let waiting = state.answer.take()
            if waiting == nil { state.early = .some(failing) }
            return waiting
        }
        waiting?.resume(returning: failing)
    }

    func eventually(_ isTrue: () -> Bool) async -> Bool {
        for _ in 0..<500 {
            if isTrue() { return true }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return isTrue()
    }
}

/// The clock, sleep by sleep.
private struct Steps: Sendable {
    private let clock: ManualClock
    init(_ clock: ManualClock) { self.clock = clock }

    func next() async -> Duration? { await clock.sleeps.first { _ in true } }
    func advance(by duration: Duration) { clock.advance(by: duration) }
    var sleeping: [Duration] { clock.sleeping }
}

private final class Box<Value: Sendable>: Sendable {
    let value: Mutex<Value>
    init(_ value: Value) { self.value = Mutex(value) }
}
