import SystemCalls
import SystemPackage

extension MarkerDesk {
    /// Who has put a version in its place.
    enum Author {
        case user
        case git
        /// `trialwatch checkout`, which puts an earlier run's files in place.
        case checkout
        /// Nobody can say yet: this is still at work, and what it will say about the file is not there.
        case undecided(Work)
    }

    /// Whose work has to be over before anybody can say whose a version is.
    enum Work: String, Sendable {
        case git = "git is still making the work tree around it"
        case checkout = "a trialwatch checkout into a folder around it has not ended"
    }

    /// Who has put a version in its place. Git itself has: another file than before, made while git was at work, with the
    /// bytes that its path held last or that the index has for it.
    func author(of content: MarkerContent) async throws(AgentError) -> Author {
        switch checkout(around: content) {
        case .underway: return .undecided(.checkout)
        case .done: return .checkout
        case .none: break
        }
        let before = try await claims.comparison(of: content.identity, at: content.place)
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
        return isBirth && !signs.locks.isEmpty ? .undecided(.git) : .user
    }

    private enum Checkout {
        case underway, done
    }

    /// What `trialwatch checkout` has to do with a version: it writes `.trialwatch/trial.json` after all files, and holds a lock on
    /// a file beside it for as long as it writes anything.
    private func checkout(around content: MarkerContent) -> Checkout? {
        var folder = content.place.path.removingLastComponent()
        while !folder.isEmpty {
            let own = content.place.project.pushing(folder).appending(MarkerPatterns.ownFolder)
            // In this order: when it is not under way any more, all is there.
            if isLocked(own.appending(MarkerPatterns.unfinishedCheckout)) { return .underway }
            if let status = try? FileStatus.ifPresent(own.appending("trial.json")),
                content.changed <= Int(status.modified)
            {
                return .done
            }
            folder.removeLastComponent()
        }
        return nil
    }

    /// What a killed checkout left is locked by nobody.
    private func isLocked(_ path: FilePath) -> Bool {
        guard let file = try? OwnedDescriptor(opening: path, .readOnly, options: [.noFollow, .nonBlocking]) else {
            return false
        }
        return (try? file.tryLock(.shared)) == false
    }
}
