import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials

@testable import TrialAgent

/// What the spool does of runs whose trials were deleted.
@Suite struct SpoolForgetTests {
    private let ground: TemporaryDirectory
    private var state: FilePath { ground.path }

    init() throws { ground = try TemporaryDirectory() }

    @Test func `drops what was set aside of them, whole, and nothing else`() async throws {
        let (refused, later, other, waiting) = (
            try entry(1, "a"), try entry(2, "a", revision: 2), try entry(3, "b"), try entry(4, "c")
        )
        let spool = try Spool(in: state)
        try await spool.append([refused, later, other, waiting])
        #expect(await spool.setAside(refused.name, of: "here", reason: "no") == nil)
        #expect(await spool.setAside(later.name, of: "here", reason: "no") == nil)
        #expect(await spool.setAside(other.name, of: "here", reason: "no") == nil)
        let (kept, spared) = (try entry(6, "a"), try entry(7, "d"))
        try await spool.append([kept, spared])
        try await spool.keep([(kept.name, 1), (spared.name, 2)], of: "here")
        try await spool.forget([runKey("a"), runKey("c")])
        #expect(try await spool.done(of: "here").map(\.entry.number) == [2])
        #expect(spool.counts["here"] == SpoolCounts(waiting: 1, setAside: 1))
        let aside = state.appending("spool/aside")
        #expect(try aside.names() == ["\(other.name)", "\(other.name).reason.txt"])
        // What still comes of a deleted run goes to the store, which says that it is deleted; c's entry is on its way there.
        let last = try entry(5, "a", revision: 3)
        try await spool.append([last])
        #expect(try await spool.everything().map(\.sequence) == [4, 5])
        #expect(try Spool(in: state).counts == ["here": SpoolCounts(waiting: 2, setAside: 1)])
    }

    @Test func `tells which snapshots its entries name, those that were set aside among them`() async throws {
        let state = state
        #expect(try SpooledSnapshots(in: state).snapshots.isEmpty)
        let spool = try Spool(in: state)
        let moment = Timestamp(nanoseconds: 0)
        let made = try ["a", "b", "c"].enumerated().map { place, run in
            var filing = try filing(run)
            filing.capture = TrialCapture(began: moment, agent: "1")
            filing.capture?.snapshot =
                run == "c"
                ? nil
                : Snapshot(
                    tree: String(repeating: run, count: 40), store: "p", host: "h", began: moment, files: 1, size: 1)
            return SpoolEntry(sequence: place + 1, backend: "here", filing: filing)
        }
        try await spool.append(made)
        #expect(await spool.setAside(made[0].name, of: "here", reason: "no") == nil)
        try await spool.keep([(made[1].name, 7)], of: "here")
        try state.appending("spool/new/0000000000000009-0000000000000000-1").overwrite([1, 2, 3])
        #expect(Set(try SpooledSnapshots(in: state).snapshots.map { $0.tree.prefix(1) }) == ["a", "b"])
        // What lies in quarantine may be whole: it can be brought back.
        let quarantine = state.appending("spool/quarantine")
        try FileSystem.rename(
            state.appending("spool/aside/\(made[0].name)"), to: quarantine.appending("\(made[0].name)"))
        try FileSystem.rename(
            state.appending("spool/aside/\(made[0].name).reason.txt"),
            to: quarantine.appending("\(made[0].name).reason.txt"))
        try quarantine.appending("0000000000000009-0000000000000000-1").overwrite([1, 2, 3])
        let found = try SpooledSnapshots(in: state)
        #expect(Set(found.snapshots.map { $0.tree.prefix(1) }) == ["a", "b"])
        #expect(found.damaged == 1)
    }
}
