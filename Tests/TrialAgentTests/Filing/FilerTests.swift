import Bytes
import Synchronization
import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials

@testable import TrialAgent

@Suite struct `The filer` {
    let rig: FilerRig

    init() throws { rig = try FilerRig() }

    @Test func `files all that waits and forgets it when the store has acknowledged it`() async throws {
        try await rig.spool.append(entries(1...250))
        try await rig.run { filer in
            try await filer.flush(within: .seconds(60))
            #expect(await rig.writer.batches == [100, 100, 50])
            #expect(await rig.writer.held.count == 250)
            #expect(await rig.writer.synchronized == 1)
            #expect(filer.status == BackendStatus(name: "here", kind: "double", filed: 250))
            #expect(try rig.new.names().isEmpty)
        }
        let filed = await rig.filed()
        #expect(filed.map(\.reference.number) == Array(1...250))
        #expect(filed.allSatisfy { $0.standing == .filed(.succeeded) && $0.backend == "here" })
    }

    @Test(.timeLimit(.minutes(1))) func `reads what comes next while the store takes what came before`() async throws {
        try await rig.spool.append(entries(1...150))
        try rig.new.appending(entry(120, "run 120").name.description).overwrite([1])
        let isFirst = Atomic(true)
        await rig.writer.beforeAnswering { [rig] in
            // That one entry of the next batch is damaged is found before the first batch is answered.
            if isFirst.exchange(false, ordering: .relaxed) { await rig.saying("this spooled entry is damaged") }
        }
        try await rig.run { try await $0.flush(within: .seconds(60)) }
        #expect(await rig.writer.batches == [100, 49])
        #expect(try rig.new.names().isEmpty)
    }

    @Test func `files what is spooled later without being asked`() async throws {
        try await rig.run { filer in
            try await filer.flush(within: .seconds(60))
            for sequence in 1...5 {
                try await rig.spool.append([entry(sequence, "run \(sequence)")])
                #expect(try await rig.nextFiled()?.key == runKey("run \(sequence)"))
            }
        }
    }

    @Test func `files each run's revisions in order, never two in one call`() async throws {
        var spooled: [SpoolEntry] = []
        for sequence in 1...60 {
            spooled.append(try entry(sequence, "run \(sequence % 7)", revision: (sequence + 6) / 7, isOpen: true))
        }
        try await rig.spool.append(spooled)
        try await rig.run { try await $0.flush(within: .seconds(60)) }
        for run in 0..<7 {
            let revisions = await rig.writer.revisions(of: try runKey("run \(run)"))
            #expect(revisions == Array(1...revisions.count))
        }
        #expect(await rig.writer.held.values.map(\.filings.count).reduce(0, +) == 60)
        #expect(await rig.writer.batches.allSatisfy { $0 <= 7 })
    }

    @Test func `stores parts before the filing that names them`() async throws {
        var filing = try filing("a")
        let bytes = Array("a patch".utf8)
        filing.parts = [PartReference(digest: SHA256.digest(of: bytes).hex, size: 7, role: .patch, name: "patch")]
        try await rig.spool.append([SpoolEntry(sequence: 1, backend: "here", filing: filing, parts: [bytes])])
        try await rig.run { try await $0.flush(within: .seconds(60)) }
        #expect(await rig.writer.stored == filing.parts)
        #expect(await rig.writer.calls.prefix(3) == ["prepare", "store", "file"])
    }

    @Test func `tells what the store told about a run`() async throws {
        await rig.writer.notice { $0.revision.number == 1 ? [Notice("step hash differs")] : [] }
        try await rig.spool.append([entry(1, "a", isOpen: true), entry(2, "a", revision: 2)])
        try await rig.run { try await $0.flush(within: .seconds(60)) }
        #expect(await rig.filed().map(\.notices) == [[Notice("step hash differs")], []])
    }

    @Test func `takes a deleted trial for settled`() async throws {
        await rig.writer.whenFiled { .deleted(TrialReference(experiment: $0.experiment, number: 4)) }
        try await rig.spool.append([entry(1, "a")])
        try await rig.run { try await $0.flush(within: .seconds(60)) }
        #expect(await rig.filed().map(\.standing) == [.deleted])
        #expect(try rig.new.names().isEmpty)
    }

    @Test func `sets a refused entry aside with the later ones of its run, and files the others`() async throws {
        let bad = try runKey("bad")
        await rig.writer.whenFiled { $0.key == bad ? .refused(.poison) : nil }
        try await rig.spool.append([
            entry(1, "bad"), entry(2, "good"), entry(3, "bad", revision: 2), entry(4, "better"),
        ])
        try await rig.run { filer in
            try await filer.flush(within: .seconds(60))
            #expect(filer.status.setAside == 2)
            #expect(filer.status.waiting == 0)
            #expect(filer.status.lastError?.contains("too large") == true)
            #expect(!filer.status.isHealthy)
        }
        #expect(await rig.filed().map(\.key) == [try runKey("good"), try runKey("better")])
        let name = try entry(1, "bad").name.description
        let reason = try rig.aside.appending(name + ".reason.txt").content()
        #expect(String(decoding: reason, as: UTF8.self) == "\(StoreError.poison)\n")
    }

    @Test func `finds the entry on which a whole batch fails`() async throws {
        let bad = try runKey("run 37")
        await rig.writer.whenCalled { $0.contains { $0.key == bad } ? .poison : nil }
        try await rig.spool.append(entries(1...100))
        try await rig.run { try await $0.flush(within: .seconds(60)) }
        #expect(await rig.writer.held.count == 99)
        #expect(try rig.aside.names().first == entry(37, "run 37").name.description)
        #expect(await rig.writer.batches.count < 20)
    }

    @Test func `lets an entry wait that its store cannot take yet, and no other run with it`() async throws {
        let busy = try runKey("busy")
        let isBusy = Atomic(true)
        await rig.writer.whenFiled { $0.key == busy && isBusy.load(ordering: .relaxed) ? .refused(.busy) : nil }
        try await rig.spool.append([
            entry(1, "busy", isOpen: true), entry(2, "b"), entry(3, "busy", revision: 2), entry(4, "d"),
        ])
        try await rig.run { filer in
            var sleeps = rig.clock.sleeps.makeAsyncIterator()
            let delay = try #require(await sleeps.next())
            #expect(delay <= .seconds(1))
            #expect(await rig.writer.held.count == 2)
            #expect(filer.status.waiting == 2)
            // What comes meanwhile does not wait, and does not hasten what waits.
            try await rig.spool.append([entry(5, "e")])
            while try await rig.nextFiled()?.key != runKey("e") {}
            #expect(await rig.writer.batches.reduce(0, +) == 4)
            isBusy.store(false, ordering: .relaxed)
            rig.clock.advance(by: delay)
            for revision in 1...2 { #expect(await rig.nextFiled()?.revision.number == revision) }
            #expect(await rig.writer.revisions(of: busy) == [1, 2])
        }
    }

    @Test func `keeps what a damaged store cannot take, says that help is needed, and files it when it is there`()
        async throws
    {
        let isBroken = Atomic(true)
        await rig.writer.whenFiled { _ in isBroken.load(ordering: .relaxed) ? .refused(.broken) : nil }
        try await rig.spool.append([entry(1, "a")])
        try await rig.run { filer in
            let error = await #expect(throws: AgentError.self) { try await filer.flush(within: .seconds(60)) }
            #expect(error?.reason.contains("unreadable") == true)
            #expect(filer.status.unreachableSince != nil)
            #expect(filer.status.setAside == 0)
            isBroken.store(false, ordering: .relaxed)
            try await filer.flush(within: .seconds(60))
            #expect(filer.status.isHealthy)
        }
    }

    @Test func `lets no experiment wait for one that somebody has to repair`() async throws {
        let sick = try #require(Experiment.ID("sick"))
        await rig.writer.whenFiled { $0.experiment == sick ? .refused(.locked) : nil }
        try await rig.spool.append(
            entries(1...150).map { entry in
                var filing = entry.filing
                filing.experiment = sick
                return SpoolEntry(sequence: entry.sequence, backend: entry.backend, filing: filing)
            } + entries(151...160))
        try await rig.run { filer in
            let error = await #expect(throws: AgentError.self) { try await filer.flush(within: .seconds(60)) }
            #expect(error?.reason.contains("permission denied") == true)
            #expect(await rig.writer.held.count == 10)
            #expect(filer.status.waiting == 150)
            #expect(filer.status.setAside == 0)
            #expect(!filer.status.isHealthy)
        }
    }

    @Test func `goes on with what the store did not come to`() async throws {
        // It takes every third of a call, so that each call brings it further.
        let reached = Mutex(0)
        await rig.writer.whenFiled { _ in
            reached.withLock { count in
                count += 1
                return count % 3 == 1 ? nil : .notReached
            }
        }
        await rig.writer.beforeAnswering { reached.withLock { $0 = 0 } }
        try await rig.spool.append(entries(1...40))
        try await rig.run { try await $0.flush(within: .seconds(60)) }
        #expect(await rig.filed().count == 40)
        #expect(await rig.writer.prepared == 1)
    }

    @Test func `asks a store that is away once after each delay, however much waits, and files all when it is back`()
        async throws
    {
        let isAway = Atomic(true)
        await rig.writer.whenPrepared { _ in isAway.load(ordering: .relaxed) ? .away : nil }
        for start in stride(from: 1, through: 2000, by: 500) {
            try await rig.spool.append(entries(start...(start + 499)))
        }
        try await rig.run { filer in
            var sleeps = rig.clock.sleeps.makeAsyncIterator()
            for attempt in 1...12 {
                let delay = try #require(await sleeps.next())
                #expect(delay <= RetryPolicy().bound(after: attempt))
                #expect(await rig.writer.prepared == attempt)
                #expect(filer.status.waiting == 2000)
                #expect(filer.status.unreachableSince == Timestamp(nanoseconds: 5))
                #expect(filer.status.lastError?.contains("connection refused") == true)
                // What comes meanwhile is no reason to ask earlier.
                try await rig.spool.append([entry(attempt, "run \(attempt)")])
                if attempt == 12 { isAway.store(false, ordering: .relaxed) }
                rig.clock.advance(by: delay)
            }
            try await filer.flush(within: .seconds(60))
            #expect(await rig.writer.prepared == 13)
            #expect(await rig.writer.held.count == 2000)
            #expect(filer.status.isHealthy)
        }
        #expect(
            await rig.events().filter {
                if case .filed = $0 { false } else { true }
            } == [
                .unreachable(backend: "here", reason: "here: connecting: here: connection refused (start it)"),
                .notice("here: all is kept"), .reachable(backend: "here"),
            ])
    }

    @Test func `prepares the store anew when it was lost in the middle`() async throws {
        let calls = Atomic(0)
        await rig.writer.whenCalled { _ in calls.add(1, ordering: .relaxed).newValue == 2 ? .away : nil }
        try await rig.spool.append(entries(1...300))
        try await rig.run { filer in
            var sleeps = rig.clock.sleeps.makeAsyncIterator()
            rig.clock.advance(by: try #require(await sleeps.next()))
            while try await rig.nextFiled()?.key != runKey("run 300") {}
        }
        #expect(
            await rig.writer.calls.filter { $0 != "synchronize" } == [
                "prepare", "file", "file", "prepare", "file", "file",
            ])
        #expect(await rig.writer.held.count == 300)
    }
}
