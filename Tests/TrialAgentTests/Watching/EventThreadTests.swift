import Synchronization
import SystemCalls
import SystemPackage
import Testing

@testable import TrialAgent

@Suite(.timeLimit(.minutes(1))) struct EventThreadTests {
    @Test func `what happened before a fence comes before it, and what happens after comes behind`() async throws {
        let directory = FilePath("/tmp/trialwatch-events-\(UInt64.random(in: .min ... .max))")
        try FileSystem.makeDirectory(directory)
        defer { try? FileSystem.removeTree(directory) }
        let thread = try EventThread()
        _ = try thread.watch(directory)
        try thread.start()
        defer { thread.stop() }
        var batches = thread.batches.makeAsyncIterator()
        for round in 0..<50 {
            let name = "made-\(round)"
            try FileSystem.makeDirectory(directory.appending(name))
            let fence = thread.fence()
            var names: [String] = []
            reading: while let batch = await batches.next() {
                switch batch {
                case .events(let events): names += events.compactMap(\.name?.string)
                case .fence(let passed):
                    #expect(passed == fence)
                    break reading
                case .failed(let error): throw error
                }
            }
            #expect(names == [name])
        }
    }

    @Test func `a thread that is stopped ends what it hands over`() async throws {
        let thread = try EventThread()
        try thread.start()
        thread.stop()
        for await batch in thread.batches { Issue.record("\(batch) after the end") }
        for await signal in thread.signals { Issue.record("\(signal) after the end") }
    }

    @Test func `a thread that nobody started is let go of`() throws {
        _ = try EventThread()
    }

    @Test func `a descriptor of somebody else is told of, once or each time, until its wait or the thread ends`() throws
    {
        let thread = try EventThread()
        let (told, tell) = (try Raised(), try Raised())
        let (once, often, ended) = (try Raised(), try Raised(), try Raised())
        let counts = Mutex<[String: Int]>([:])
        func wait(_ name: String, _ raised: Raised, once: Bool) throws -> EventThread.Wait {
            try thread.wait(for: raised.event.descriptor, once: once) { occasion in
                counts.withLock { $0["\(name) \(occasion)", default: 0] += 1 }
                if !once { raised.event.lower() }
                told.event.raise()
            }
        }
        _ = try wait("once", once, once: true)
        _ = try wait("often", often, once: false)
        let wait = try wait("ended", ended, once: false)
        thread.end(wait, for: ended.event.descriptor)
        try thread.start()
        ended.event.raise()
        once.event.raise()
        #expect(try told.event.descriptor.waitUntilReadable(timeout: .seconds(20)))
        for _ in 0..<3 {
            told.event.lower()
            often.event.raise()
            #expect(try told.event.descriptor.waitUntilReadable(timeout: .seconds(20)))
        }
        thread.stop()
        _ = try thread.wait(for: tell.event.descriptor, once: true) { occasion in
            counts.withLock { $0["late \(occasion)", default: 0] += 1 }
        }
        #expect(
            counts.withLock { $0 } == ["once readable": 1, "often readable": 3, "often over": 1, "late over": 1])
    }
}

private final class Raised: Sendable {
    let event: EventDescriptor
    init() throws { event = try EventDescriptor() }
}
