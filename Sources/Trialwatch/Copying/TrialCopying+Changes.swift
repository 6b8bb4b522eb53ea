internal import Trials

extension TrialCopying {
    private static let longestPage = 200

    /// Where the changes end that there are by now, or a little before.
    func end(ofChanges start: ChangeCursor?) async throws(StoreError) -> ChangeCursor? {
        var cursor = start
        while true {
            let page = try await reader.changes(after: cursor, limit: 1000)
            cursor = page.next
            // In a store that is written to all the time there would be no end.
            if page.references.count < 1000 { return cursor }
        }
    }

    /// Copies some of what changed after a place; gives the place to go on from, and whether there may be more at once.
    ///
    /// The place is that before when something may be taken later that was not taken now.
    mutating func copyChanges(
        after start: ChangeCursor?, of chosen: [Experiment.ID]
    ) async throws(StoreError) -> (next: ChangeCursor?, isWhole: Bool) {
        let page = try await reader.changes(after: start, limit: Self.longestPage)
        let wanted = page.references.filter { chosen.isEmpty || chosen.contains($0.experiment) }
        if !wanted.isEmpty {
            try await copy(wanted)
            try await giveNumbers()
            try await writer.synchronize()
        }
        return isUnsettled ? (start, false) : (page.next, page.references.count >= Self.longestPage)
    }
}
