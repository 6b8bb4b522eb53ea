import SystemPackage

extension MarkerDesk {
    /// Who has put a version in its place.
    enum Author {
        case usersWork
        case ownWork
        /// Git is still at it, and what it says about the file is not there yet.
        case undecided
    }

    /// Whether git itself has put a version in its place: another file than before, made while git was at work, with the
    /// bytes that its path held last or that the index has for it.
    func gitWork(_ content: MarkerContent) async -> Author {
        let before = await claims.comparison(of: content.identity, at: content.place)
        guard before?.isSameFile != true else { return .usersWork }
        let file = content.place.full
        guard let work = GitWork(around: file.removingLastComponent()) else { return .usersWork }
        let signs = work.signs()
        let changed = Int64(content.changed)
        let isBirth = signs.isBirth(changed)
        guard isBirth || signs.isAtWork(at: changed) else { return .usersWork }
        if before?.isSameContent == true { return .ownWork }
        let listed = baselines[content.place.project]?.digest(at: content.place.path)
        if before == nil, listed == content.identity.digest { return .ownWork }
        let isInIndex = work.indexHolds(content.bytes, at: file)
        if isInIndex == true { return .ownWork }
        // While a work tree is made, its index is written last.
        return isBirth && !signs.locks.isEmpty ? .undecided : .usersWork
    }
}
