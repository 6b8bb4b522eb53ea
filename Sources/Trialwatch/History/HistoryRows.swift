internal import Trials

/// The rows of a history that meet a condition, read a page at a time.
struct HistoryRows {
    /// Rows asked for at once.
    static let pageSize = 500

    let reader: any TrialReader
    let query: History.Query
    var condition: Condition?
    /// Rows given out at most.
    var limit: Int?
    let moments: Moments

    /// Gives each row to `body` until it answers false; `onEach` sees the others, too.
    func forEach(
        examined: (History.Row) -> Void = { _ in },
        _ body: (History.Row) throws(CommandFailure) -> Bool
    ) async throws(CommandFailure) {
        var left = limit ?? .max
        var cursor: History.Cursor?
        repeat {
            let page = try await page(after: cursor)
            for row in page.rows {
                guard left > 0 else { return }
                examined(row)
                guard isMeant(row) else { continue }
                left -= 1
                guard try body(row) else { return }
            }
            cursor = page.next
        } while cursor != nil && left > 0
    }

    /// Gives the rows of one page to `body`; the limit does not matter. Answers with where the next page begins.
    func page(
        after cursor: History.Cursor?, examined: (History.Row) -> Void, _ body: (History.Row) -> Void
    ) async throws(CommandFailure) -> History.Cursor? {
        let page = try await page(after: cursor)
        for row in page.rows {
            examined(row)
            if isMeant(row) { body(row) }
        }
        return page.next
    }

    private func page(after cursor: History.Cursor?) async throws(CommandFailure) -> History.Page {
        try await reading { () throws(StoreError) in
            try await reader.trials(query, after: cursor, limit: Self.pageSize)
        }
    }

    private func isMeant(_ row: History.Row) -> Bool {
        condition?.isTrue(of: row, localOffset: moments.localOffset) ?? true
    }
}
