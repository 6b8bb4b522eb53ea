import SystemCalls
import SystemPackage

extension MarkerDesk {
    /// Who has put a version in its place.
    enum Author {
        case user
        case git
        /// `trialwatch checkout`, which puts an earlier run's files in place.
        case checkout
        /// Git is still at it, and what it says about the file is not there yet.
        case undecided
    }

    /// Who has put a version in its place. Git itself has: another file than before, made while git was at work, with the
    /// bytes that its path held last or that the index has for it.
    func author(of content: MarkerContent) async -> Author {
        if isOfCheckout(content) { return .checkout }
        let before = await claims.comparison(of: content.identity, at: content.place)
        guard before?.isSameFile != true else { return .user }
        let file = content.place.full
        guard let work = GitWork(around: file.removingLastComponent()) else { return .user }
        let signs = work.signs()
        let changed = Int64(content.changed)
        let isBirth = signs.isBirth(changed)
        guard isBirth || signs.isAtWork(at: changed) else { return .user }
        if before?.isSameContent == true { return .git }
        let listed = baselines[content.place.project]?.digest(at: content.place.path)
        if before == nil, listed == content.identity.digest { return .git }
        let isInIndex = work.indexHolds(content.bytes, at: file, changed: changed)
        if isInIndex == true { return .git }
        // While a work tree is made, its index is written last.
        return isBirth && !signs.locks.isEmpty ? .undecided : .user
    }

    /// True when a tree that `checkout` made has the version from the beginning: it writes `.trialwatch/trial.json` last.
    private func isOfCheckout(_ content: MarkerContent) -> Bool {
        var folder = content.place.path.removingLastComponent()
        while !folder.isEmpty {
            let made = content.place.project.pushing(folder).appending(MarkerPatterns.ownFolder).appending("trial.json")
            if let status = try? FileStatus.ifPresent(made), content.changed <= Int(status.modified) { return true }
            folder.removeLastComponent()
        }
        return false
    }
}
