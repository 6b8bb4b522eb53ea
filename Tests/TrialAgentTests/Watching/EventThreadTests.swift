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
}
