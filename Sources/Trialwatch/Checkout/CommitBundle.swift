internal import Trials

/// The commits that are kept with a trial, as a bundle that git clones and fetches from: pure.
struct CommitBundle {
    /// The part that has it.
    let part: PartReference
    /// How many commits.
    let count: Int
    /// Whether the commits that they follow have to be had from somewhere else.
    let isPartial: Bool
    /// The branch that they are of; nil when HEAD was detached.
    let branch: String?

    /// The bundle's name beside `RUN.md`.
    static let name = "commits.bundle"
    /// Where it lies in a checkout.
    static let path = "\(TrialCheckout.ownFolder)/\(name)"

    /// Nil when a trial has none.
    init?(_ trial: StoredTrial) {
        guard let commits = trial.capture?.snapshot?.commits,
            let part = trial.parts.first(where: { $0.role == .commits })
        else { return nil }
        self.part = part
        count = commits.count
        isPartial = !commits.prerequisites.isEmpty
        branch = trial.capture?.git?.branch
    }

    /// How git takes them, from the folder of the checkout; `remote` is where the others are to be had.
    func command(_ remote: String?) -> (words: [String], place: String?) {
        if isPartial {
            let reference = branch.map { "refs/heads/\($0)" } ?? "HEAD"
            return (["git", "fetch", "DIR/\(Self.path)", reference], "In a clone" + (remote.map { " of \($0)" } ?? ""))
        }
        return (["git", "clone"] + (branch.map { ["-b", $0] } ?? []) + ["--", Self.path, "REPOSITORY"], nil)
    }
}
