import Synchronization
import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials

@testable import TrialAgent

@Suite struct `A filer that is asked for an end` {
    let rig: FilerRig

    init() throws { rig = try FilerRig() }

    @Test func `says what hinders it when the store is away`() async throws {
        await rig.writer.whenPrepared { _ in .away }
        try await rig.spool.append(entries(1...10))
        try await rig.run { filer in
            for attempt in 1...3 {
                let error = await #expect(throws: AgentError.self) { try await filer.flush(within: .seconds(60)) }
                #expect(error?.description == "here: connecting: here: connection refused (start it)")
                #expect(error?.isTransient == true)
                #expect(await rig.writer.prepared <= attempt + 1)
            }
        }
    }

    @Test func `tries at once what waits for its delay`() async throws {
        let isAway = Atomic(true)
        await rig.writer.whenPrepared { _ in isAway.load(ordering: .relaxed) ? .away : nil }
        try await rig.spool.append(entries(1...10))
        try await rig.run { filer in
            var sleeps = rig.clock.sleeps.makeAsyncIterator()
            _ = await sleeps.next()
            isAway.store(false, ordering: .relaxed)
            try await filer.flush(within: .seconds(60))
            #expect(await rig.writer.held.count == 10)
        }
    }

    @Test func `does not wait longer than it was told for a store that does not answer`() async throws {
        let gate = Gate()
        await rig.writer.beforeAnswering { await gate.pass() }
        try await rig.spool.append(entries(1...10))
        try await rig.run { _ in
            await gate.reached()
            async let hindrance = rig.hindrance(within: .seconds(7))
            var sleeps = rig.clock.sleeps.makeAsyncIterator()
            #expect(await sleeps.next() == .seconds(7))
            rig.clock.advance(by: .seconds(7))
            #expect(await hindrance?.reason.contains("10 entries wait") == true)
            await gate.open()
        }
    }

    @Test func `finishes the batch under way and brings the store up to date when it is stopped`() async throws {
        let gate = Gate()
        await rig.writer.beforeAnswering { await gate.pass() }
        try await rig.spool.append(entries(1...250))
        await withTaskGroup { group in
            group.addTask { await rig.filer.run() }
            await gate.reached()
            group.cancelAll()
            await gate.open()
        }
        #expect(await rig.writer.calls == ["prepare", "file", "synchronize"])
        #expect(try rig.new.names().count == 150)
        #expect(await rig.filed().count == 100)
        let error = await #expect(throws: AgentError.self) { try await rig.filer.flush(within: .seconds(60)) }
        #expect(error?.reason.contains("stopping") == true)
    }

    @Test func `leaves a store alone that is away when it is stopped`() async throws {
        await rig.writer.whenPrepared { _ in .away }
        try await rig.spool.append(entries(1...10))
        try await rig.run { _ in
            var sleeps = rig.clock.sleeps.makeAsyncIterator()
            _ = await sleeps.next()
        }
        #expect(await rig.writer.calls == ["prepare"])
    }

    @Test func `files nothing twice and loses nothing, wherever the one before it was cut off`() async throws {
        // A filer that dies after the store's answer and before the entry is removed leaves the entry; one that dies before
        // the answer leaves it, too. Both are this: the store has some of what still waits.
        let spooled = try (1...20).map { try entry($0, "run \($0 % 5)", revision: ($0 + 4) / 5) }
        for cut in 0...20 {
            let rig = try FilerRig()
            _ = try await rig.writer.file(spooled.prefix(cut).map(\.filing))
            try await rig.spool.append(spooled)
            try await rig.run { try await $0.flush(within: .seconds(60)) }
            #expect(await rig.writer.held.count == 5)
            for run in 0..<5 { #expect(await rig.writer.revisions(of: try runKey("run \(run)")) == [1, 2, 3, 4]) }
            #expect(try rig.new.names().isEmpty)
        }
    }
}

/// Holds whoever passes until it is opened.
private actor Gate {
    private var isOpen = false
    private var wasReached = false
    private var held: [CheckedContinuation<Void, Never>] = []
    private var watching: [CheckedContinuation<Void, Never>] = []

    func pass() async {
        wasReached = true
        for watcher in watching { watcher.resume() }
        watching = []
        if !isOpen { await withCheckedContinuation { held.append($0) } }
    }

    func reached() async {
        if !wasReached { await withCheckedContinuation { watching.append($0) } }
    }

    func open() {
        isOpen = true
        for continuation in held { continuation.resume() }
        held = []
    }
}
