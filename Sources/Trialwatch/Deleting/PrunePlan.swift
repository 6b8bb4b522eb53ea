internal import Trials

/// Which trials of an experiment stay and which go: pure.
///
/// What any rule keeps stays, and so does what runs.
struct PrunePlan {
    /// What is to be kept.
    struct Rules {
        /// So many of the newest.
        var newest: Int?
        /// Those that ended since then.
        var since: Timestamp?
        /// So many of the best by a field, and whether low is good.
        var best: (count: Int, order: HistoryOrder)?
        /// Those of which this is true.
        var condition: Condition?

        var isEmpty: Bool { newest == nil && since == nil && best == nil && condition == nil }
    }

    /// Those that stay, newest first, each with what keeps it.
    private(set) var kept: [(row: History.Row, reason: String)] = []
    /// Those that go, newest first.
    private(set) var deleted: [History.Row] = []

    /// Judges all trials of an experiment, given newest first; times without an offset are read with `localOffset`.
    init(_ rows: [History.Row], _ rules: Rules, localOffset: (Int) -> Int = { _ in 0 }) {
        let ended = rows.filter { $0.state != .running }
        let newest = Set(ended.prefix(rules.newest ?? 0).map(\.reference.number))
        var best: Set<Int> = []
        if let rule = rules.best {
            let measured = ended.filter { $0.state == .succeeded && rule.order.field.value(in: $0) != nil }
            best = Set(rule.order.sorted(measured).prefix(rule.count).map(\.reference.number))
        }
        for row in rows {
            let number = row.reference.number
            let reason: String? =
                if row.state == .running {
                    "running"
                } else if newest.contains(number) {
                    "among the newest"
                } else if best.contains(number) {
                    "among the best"
                } else if let since = rules.since, Self.ended(row).map({ $0.nanoseconds >= since.nanoseconds }) ?? true
                {
                    "recent"
                } else if rules.condition?.isTrue(of: row, localOffset: localOffset) == true {
                    "meets the condition"
                } else {
                    nil
                }
            if let reason { kept.append((row, reason)) } else { deleted.append(row) }
        }
    }

    /// Has trials stay that run again since they were looked at.
    mutating func spare(_ numbers: Set<Int>) {
        let running = deleted.filter { numbers.contains($0.reference.number) }
        deleted.removeAll { numbers.contains($0.reference.number) }
        kept = (kept + running.map { ($0, "running") }).sorted { $0.row.reference.number > $1.row.reference.number }
    }

    /// What has no time at all is not known to be old.
    private static func ended(_ row: History.Row) -> Timestamp? { row.finished ?? row.started }
}
