import BackendTesting
import LocalBackend
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing
import Trials

/// Local files survive a kill at every step of a filing.
@Suite struct CrashTests {
    /// Every point, or with reduced counts every third, from a place on that is another each time.
    private static let step = Soak.isAsked ? 1 : 3
    private let points = stride(from: Int.random(in: 1...step), to: 10_000, by: step)

    @Test func `killed at any call that changes a file, a filing is never lost, never doubled and never torn`()
        async throws
    {
        var kills = 0
        // The killed call does not happen; the first run that comes to its end has been killed at every one.
        for nth in points {
            let store = try LocalStore()
            let fault = fault(.kill, at: nth, in: store)
            var writer = try WriterProcess("local:\(store.directory)", first: 1, count: 2, under: fault)
            let (end, acknowledged) = try writer.end()
            let met = try fault.met()
            try await expectRecovery(of: store, acknowledged, "killed at \(met ?? "no call")")
            if end == .exited(0) { break }
            #expect(met != nil)
            kills += 1
        }
        #expect(kills > 100 / Self.step)
    }

    /// Calls, and what is wrong with them.
    private static let failures: [(Fault.Kind, [String])] = [
        (.error(.noSpace), ["pwrite", "write", "mkdir", "openat2", "fallocate"]),
        (.error(.ioError), ["fdatasync", "fsync", "renameat2", "ftruncate"]), (.short, ["pwrite", "write"]),
    ]

    @Test(arguments: failures)
    func `a disk that fails once, at whatever call, costs no filing`(_ kind: Fault.Kind, of calls: [String])
        async throws
    {
        for nth in points {
            let store = try LocalStore()
            let fault = fault(kind, at: nth, of: calls, in: store)
            // The program gives up at the first error that it is told of, as if it were killed there.
            var writer = try WriterProcess("local:\(store.directory)", first: 1, count: 2, under: fault)
            let (_, acknowledged) = try writer.end()
            guard let met = try fault.met() else {
                #expect(nth > 20)
                break
            }
            try await expectRecovery(of: store, acknowledged, "\(kind) at \(met)")
        }
    }

    @Test func `where the kernel has no leases the pickle is written whole each time`() async throws {
        let store = try LocalStore()
        let fault = fault(.error(.invalidArgument), at: nil, of: ["lease"], in: store)
        var writer = try WriterProcess("local:\(store.directory)", first: 1, count: 3, under: fault)
        #expect(try writer.end().0 == .exited(0))
        #expect(try fault.met() != nil)
        let text = String(decoding: try store.bytes(store.pickle), as: UTF8.self)
        #expect(text.split(separator: "sha256:").count == 2)
        let backend = store.backend()
        _ = try await backend.prepare()
        for number in 1...3 { try await expectWhole(FiledInSteps(number), number, in: backend) }
    }

    private func fault(_ kind: Fault.Kind, at point: Int?, of calls: [String] = [], in store: LocalStore)
        -> Fault
    {
        Fault(kind, at: point, of: calls, in: [store.directory], note: store.directory.appending("fault-note"))
    }

    private func expectRecovery(
        of store: LocalStore, _ acknowledged: [WriterProcess.Acknowledged], _ comment: Comment
    ) async throws {
        let backend = store.backend()
        _ = try await backend.prepare()
        for said in acknowledged {
            let trial = try await backend.trial(SampleRun(said.run).reference(said.number))
            #expect(trial?.key == SampleRun(said.run).key, comment)
            #expect((trial?.revision.number ?? 0) >= said.revision, comment)
        }
        // The spool still holds what was not acknowledged, and files it again.
        let runs = [1, 2].map { FiledInSteps($0) }
        var numbers: [Int] = []
        for run in runs {
            for filing in run.filings { _ = try await backend.file([filing]) }
            numbers += try await backend.file([run.filings[2]]).compactMap(\.number)
        }
        #expect(Set(numbers).count == 2, comment)
        for (run, number) in zip(runs, numbers) { try await expectWhole(run, number, in: backend) }
        try await backend.synchronize()
        #expect(try await backend.experiments().map(\.lastNumber) == [2], comment)
        #expect(try store.missingFiles(of: numbers) == [], comment)
        #expect(try store.tornLines() == 0, comment)
    }
}
