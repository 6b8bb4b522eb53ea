import Trials

/// What stores told about runs, to be written on each run's next filing: the first things about each of the newest runs, so
/// that it stays small. Everything is also told as an event.
struct RunNotices: Sendable {
    private static let limitOfOneRun = 100

    private let limit: Int
    private var notices: [RunKey: [Notice]] = [:]
    private var order: [RunKey] = []

    /// Remembers what was told about at most `limit` runs.
    init(limit: Int = 1000) { self.limit = limit }

    /// Remembers what a store told about a run.
    mutating func take(_ told: [Notice], about key: RunKey) {
        guard !told.isEmpty else { return }
        if notices[key] == nil {
            order.append(key)
            if order.count > limit { notices[order.removeFirst()] = nil }
        }
        let known = notices[key, default: []]
        let news = told.filter { !known.contains($0) }
        notices[key, default: []] += news.prefix(Self.limitOfOneRun - known.count)
    }

    /// A filing with what was told about its run among its problems: they are complete at each filing, so it stays there.
    func added(to filing: Filing) -> Filing {
        guard let told = notices[filing.key] else { return filing }
        var filing = filing
        for notice in told where !filing.facts.problems.contains(notice.text) {
            filing.facts.problems.append(notice.text)
        }
        return filing
    }
}
