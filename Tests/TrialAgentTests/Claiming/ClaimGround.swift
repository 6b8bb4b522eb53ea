import SystemCalls
import SystemPackage
import TestFiles
import Trials

@testable import TrialAgent

/// Claims in a folder of a test's own, and versions of markers that are told apart by a number.
protocol ClaimGround {
    var folder: TemporaryDirectory { get }
}

extension ClaimGround {
    func open() throws -> Claims { try Claims(in: folder.path, on: BlockingExecutor("test")) }

    func identity(_ serial: Int) -> VersionIdentity {
        VersionIdentity(stamp: FileStamp(volume: "v", file: "\(serial)", modified: serial, size: 1), digest: "d")
    }

    func place(_ name: String) -> MarkerPlace { MarkerPlace(project: "/p", path: FilePath(name)) }

    func key(_ name: String) -> RunKey { RunRules.key(ofRun: name, in: MarkerStory.experiment) }

    func claim(
        _ serial: Int, at name: String = "a.run", outcome: Outcome? = nil, run: String? = nil, note: String? = nil
    ) -> Claim {
        var facts = TrialFacts()
        facts.run = run
        facts.note = note
        let key = run.map { self.key($0) } ?? RunRules.key(of: identity(serial))
        var record = RunRecord(
            key: key, experiment: MarkerStory.experiment, backend: "here", place: place(name), revision: Revision(1),
            facts: facts,
            given: [], metrics: [], outcome: outcome, seen: Timestamp(nanoseconds: serial))
        record.version = identity(serial)
        let filing = Filing(
            key: key, experiment: record.experiment, revision: record.revision, facts: facts, outcome: outcome)
        return Claim(
            head: Claim.Head(sequence: 0, identity: identity(serial), runs: [record]),
            runs: [
                ClaimedRun(
                    sequence: 0, place: place(name), backend: "here", filing: filing,
                    wish: CaptureWish(code: [], seen: 0))
            ])
    }

    /// A version at a place, of a run that is over.
    func closed(_ serial: Int, at name: String, run: String? = nil) -> Claim {
        var claim = claim(serial, at: name, outcome: ended, run: run, note: "note \(serial)")
        claim.head.place = place(name)
        claim.runs = []
        return claim
    }

    var ended: Outcome { Outcome(state: .succeeded, finished: Timestamp(nanoseconds: 9)) }

    /// The files of the index's segments.
    func segments() throws -> [FilePath] {
        try ClaimSegment.numbers(beside: folder.path.appending("claims")).sorted()
            .map { ClaimSegment.path($0, beside: folder.path.appending("claims")) }
    }
}

extension Claims {
    /// Rows of tables that are in memory, and in files.
    var rows: (inMemory: Int, inFiles: Int) {
        (index.recent.count, index.segments.list.reduce(0) { $0 + $1.description.counts.reduce(0, +) })
    }
}
