/// Keeps one message from filling the log: of equal ones that follow close upon one another the first few are written, and later
/// how many more there were.
struct RepeatedLines {
    /// What was held back.
    struct Held: Equatable {
        let message: String
        let count: Int
    }

    private struct Entry {
        var since: ContinuousClock.Instant
        var count = 1

        var held: Int { max(0, count - RepeatedLines.free) }
    }

    private var entries: [String: Entry] = [:]

    /// So many equal messages are written within `window`.
    static let free = 5
    static let window: Duration = .seconds(60)
    /// So many different ones are remembered.
    static let most = 128

    /// Whether a message is to be written, and what is to be said before it of those that were held back.
    mutating func take(_ message: String, at now: ContinuousClock.Instant) -> (isWritten: Bool, held: [Held]) {
        var held = overdue(at: now)
        if var entry = entries[message] {
            entry.count += 1
            entries[message] = entry
            return (entry.held == 0, held)
        }
        if entries.count >= Self.most, let oldest = entries.values.map(\.since).min() {
            held += release { $0.since == oldest }
        }
        entries[message] = Entry(since: now)
        return (true, held)
    }

    /// What was held back and is to be said by now, whatever else is logged.
    mutating func overdue(at now: ContinuousClock.Instant) -> [Held] { release { now - $0.since >= Self.window } }

    /// All that was held back and has not been said.
    mutating func rest() -> [Held] { release { _ in true } }

    private mutating func release(_ isOver: (Entry) -> Bool) -> [Held] {
        let over = entries.filter { isOver($0.value) }
        for message in over.keys { entries[message] = nil }
        return over.filter { $0.value.held > 0 }.map { Held(message: $0.key, count: $0.value.held) }
            .sorted { $0.message < $1.message }
    }
}
