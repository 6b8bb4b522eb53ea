import SystemCalls
import TestFiles
import Testing
import Trials

@testable import TrialAgent

@Suite(.timeLimit(.minutes(1))) struct FilingStageTests {
    private let directory: TemporaryDirectory
    private let spool: Spool
    private let events: AsyncStream<FilingEvent>
    private let event: AsyncStream<FilingEvent>.Continuation

    init() throws {
        directory = try TemporaryDirectory()
        spool = try Spool(in: directory.path, synchronizeContent: { (_: borrowing OwnedDescriptor) in })
        (events, event) = AsyncStream.makeStream()
    }

    private func backend(_ name: String, _ writer: ScriptedWriter) -> NamedBackend {
        NamedBackend(name: name, kind: "double", writer: writer)
    }

    private func running(_ stage: FilingStage, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup { group in
            group.addTask { await stage.run() }
            try await body()
            stage.finish()
        }
    }

    /// A store whose calls do not return before `open`, cancelled or not, as calls into the kernel do not.
    private func hanging(_ writer: ScriptedWriter) async -> (called: AsyncStream<Void>, open: @Sendable () -> Void) {
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let (called, call) = AsyncStream.makeStream(of: Void.self)
        await writer.beforeAnswering {
            call.yield()
            await Task { for await _ in gate {} }.value
        }
        return (called, { open.finish() })
    }

    @Test func `a store that comes is filed to, one that goes is not, and one that stays goes on`() async throws {
        let (first, second) = (ScriptedWriter(), ScriptedWriter())
        let (here, lab) = (backend("here", first), backend("lab", second))
        let stage = FilingStage([here], spool: spool, events: event)
        try await running(stage) {
            try await spool.append([entry(1, "a"), entry(2, "b", for: "lab")])
            try await stage.filers[0].flush(within: .seconds(10))
            stage.replace(with: [here, lab])
            #expect(stage.filers.map(\.backend.name) == ["here", "lab"])
            try await stage.filers[1].flush(within: .seconds(10))
            #expect(await second.held.count == 1)
            stage.replace(with: [here])
            try await spool.append([entry(3, "c")])
            try await stage.filers[0].flush(within: .seconds(10))
        }
        #expect(await first.held.count == 2)
        #expect(await first.prepared == 1)
        #expect(await second.held.count == 1)
    }

    @Test func `another store of the same name begins when the last call to the one before has returned`() async throws
    {
        let (old, new) = (ScriptedWriter(), ScriptedWriter())
        let (called, open) = await hanging(old)
        let stage = FilingStage([backend("here", old)], spool: spool, events: event)
        try await running(stage) {
            try await spool.append([entry(1, "a")])
            for await _ in called { break }
            stage.replace(with: [backend("here", new)])
            try await spool.append([entry(2, "b")])
            #expect(stage.isFiling(to: "here"))
            #expect(await new.prepared == 0)
            open()
            try await stage.filers[0].flush(within: .seconds(10))
        }
        #expect(await old.held.count == 1)
        #expect(await new.held.count == 1)
        #expect(spool.counts["here"]?.waiting == 0)
        #expect(!stage.isFiling(to: "here"))
    }

    @Test func `while a call to a store that is gone has not returned, its entries are in use`() async throws {
        let old = ScriptedWriter()
        let (called, open) = await hanging(old)
        let stage = FilingStage([backend("here", old)], spool: spool, events: event)
        try await running(stage) {
            try await spool.append([entry(1, "a")])
            for await _ in called { break }
            stage.replace(with: [])
            #expect(stage.filers.isEmpty)
            #expect(stage.isFiling(to: "here"))
            #expect(stage.isStuck(after: .zero))
            open()
        }
        #expect(!stage.isFiling(to: "here"))
    }
}
