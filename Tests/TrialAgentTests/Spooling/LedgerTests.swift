import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials

@testable import TrialAgent

@Suite struct LedgerTests {
    let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    func filed(_ serial: Int, _ state: TrialState, name: String? = nil) -> FiledRun {
        FiledRun(
            backend: "here", key: .test(serial), name: name,
            reference: TrialReference(experiment: MarkerStory.experiment, number: 10 + serial), revision: Revision(1),
            standing: .filed(state), notices: [])
    }

    @Test func `runs that go on or have a name are known by number, after a restart too`() async throws {
        var ledger = try Ledger(in: folder.path)
        let runs = [filed(1, .running), filed(2, .succeeded), filed(3, .failed, name: "base"), filed(4, .running)]
        #expect(await ledger.take(runs) == nil)
        #expect(await ledger.take([filed(4, .succeeded)]) == nil)
        let keys = (1...4).map { RunKey.test($0) }
        let known: [RunKey: Int] = [.test(1): 11, .test(3): 13]
        #expect(await ledger.numbers(of: keys) == known)
        ledger = try Ledger(in: folder.path)
        #expect(ledger.notice == nil)
        #expect(await ledger.numbers(of: keys) == known)
    }

    @Test func `a line cut off by a crash is dropped without a word, more than that with one`() async throws {
        _ = await (try Ledger(in: folder.path)).take([filed(1, .running)])
        let path = folder.path.appending("ledger")
        try OwnedDescriptor(opening: path, .writeOnly, options: .append).write(Array("0123".utf8))
        let ledger = try Ledger(in: folder.path)
        #expect(ledger.notice == nil)
        #expect(await ledger.numbers(of: [.test(1)]) == [.test(1): 11])
        try OwnedDescriptor(opening: path, .writeOnly, options: .append).write(Array("x\ny\n".utf8))
        #expect(try Ledger(in: folder.path).notice?.contains("2 lines") == true)
    }

    @Test func `of runs with a name those are known that were spoken of last, after a restart too`()
        async throws
    {
        var ledger = try Ledger(in: folder.path, keeping: 100)
        // One that goes on may be closed by its number, however long nothing was heard of it.
        #expect(await ledger.take([filed(20_001, .running)]) == nil)
        for first in stride(from: 1, through: 20_000, by: 50) {
            let named = (first..<(first + 50)).map { filed($0, .succeeded, name: "run \($0)") }
            #expect(await ledger.take(named) == nil)
        }
        for _ in 0..<2 {
            let known = await ledger.numbers(of: (1...20_000).map { .test($0) })
            #expect((100...125).contains(known.count))
            #expect(await ledger.numbers(of: [.test(20_001)]) == [.test(20_001): 20_011])
            #expect(known[.test(20_000)] == 20_010 && known[.test(19_901)] == 19_911 && known[.test(19_800)] == nil)
            ledger = try Ledger(in: folder.path, keeping: 100)
            #expect(ledger.notice == nil)
        }
        let size = try #require(try FileStatus.ifPresent(folder.path.appending("ledger"))?.size)
        #expect(size < 100 * 12_000)
    }
}
