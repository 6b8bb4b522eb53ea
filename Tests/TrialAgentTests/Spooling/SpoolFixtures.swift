import Bytes
import SystemCalls
import SystemPackage
import Testing
import Trials

@testable import TrialAgent

/// The key of the run that a test calls by this name.
func runKey(_ name: String) throws -> RunKey {
    try #require(RunKey(SHA256.digest(of: name).hex))
}

/// A filing of the run `run`, closed unless it is said to go on.
func filing(_ run: String, revision: Int = 1, isOpen: Bool = false) throws -> Filing {
    var facts = TrialFacts()
    facts.run = run
    facts.parameters = ["lr": .float(0.1), "name": .text(run)]
    let end = Outcome(
        state: .succeeded, result: .float(0.5), finished: Timestamp(nanoseconds: 1_700_000_000_000_000_000))
    return Filing(
        key: try runKey(run), experiment: try #require(Experiment.ID("resnet")), revision: Revision(revision),
        facts: facts, outcome: isOpen ? nil : end)
}

/// An entry of the run `run` for the store `here`.
func entry(
    _ sequence: Int, _ run: String, revision: Int = 1, isOpen: Bool = false, for backend: String = "here"
) throws -> SpoolEntry {
    SpoolEntry(
        sequence: sequence, backend: backend, filing: try filing(run, revision: revision, isOpen: isOpen))
}

/// One entry each of so many runs.
func entries(_ range: ClosedRange<Int>) throws -> [SpoolEntry] {
    try range.map { try entry($0, "run \($0)") }
}

extension Spool {
    /// Everything that waits for a store, batch by batch.
    func everything(for backend: String = "here", limit: Int = 100) throws -> [SpoolEntry] {
        var (all, place): ([SpoolEntry], EntryName?) = ([], nil)
        while true {
            let batch = try pending(for: backend, after: place, limit: FilingCapacity(trials: limit, bytes: 1 << 24))
            if batch.entries.isEmpty { return all }
            all += batch.entries
            place = batch.end
        }
    }
}

extension FilePath {
    /// The names in this folder, sorted.
    func names() throws -> [String] { try FileSystem.entries(of: self).map(\.name.string).sorted() }

    /// All bytes of this file.
    func content() throws -> [UInt8] { try OwnedDescriptor(opening: self, .readOnly).readToEnd(limit: 1 << 20) }

    /// Writes this file as it is, with no care.
    func overwrite(_ bytes: [UInt8]) throws {
        try OwnedDescriptor(opening: self, .writeOnly, options: [.create, .truncate]).write(bytes)
    }
}
