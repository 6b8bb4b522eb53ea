internal import Git
internal import Trials

/// The commits that a trial's pack has besides its files, as a bundle that git clones and fetches from (gitformat-bundle(5)): pure.
struct CommitBundle {
    /// How many commits.
    let count: Int
    /// Whether the commits that they follow have to be had from somewhere else.
    let isPartial: Bool
    /// The branch that they are of; nil when HEAD was detached.
    let branch: String?
    private let head: ObjectID
    private let prerequisites: [ObjectID]

    /// The bundle's name beside `RUN.md`.
    static let name = "commits.bundle"

    /// Nil when a trial has none, or its record cannot be believed.
    init?(_ trial: StoredTrial) {
        guard let snapshot = trial.capture?.snapshot, let commits = snapshot.commits,
            let head = snapshot.base.flatMap({ ObjectID(hex: $0) })
        else { return nil }
        let prerequisites = commits.prerequisites.compactMap { ObjectID(hex: $0) }
        guard prerequisites.count == commits.prerequisites.count else { return nil }
        self.head = head
        self.prerequisites = prerequisites
        count = commits.count
        isPartial = !prerequisites.isEmpty
        branch = trial.capture?.git?.branch.flatMap { Self.isName($0) ? $0 : nil }
    }

    /// The whole of it, with what the store keeps as the trial's pack.
    func bytes(pack: [UInt8]) -> [UInt8] {
        var lines = ["# v2 git bundle"] + prerequisites.map { "-\($0) " }
        if let branch { lines.append("\(head) refs/heads/\(branch)") }
        lines += ["\(head) HEAD", "", ""]
        return Array(lines.joined(separator: "\n").utf8) + pack
    }

    /// Whether git takes a text for the name of a branch, and nothing in it ends the line (git-check-ref-format(1)).
    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && !text.hasPrefix("-") && !text.contains("..") && !text.contains("//")
            && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && !"~^:?*[\\".utf8.contains($0) }
    }
}
