/// Keeps one message from filling the log: of equal ones that follow close upon one another the first few are written, and later
/// how many more there were.
struct RepeatedLines {
    /// What was held back.
    struct Held: Equatable {
        let message: String
        let count: Int
    }

    private struct Entry {
        let since: ContinuousClock.Instant
        var count = 1

        var held: Int { max(0, count - RepeatedLines.free) }
    }

    private var entries: [String: Entry] = [:]
    /// Their messages, the oldest first, of which those before `oldest` are gone.
    private var order: [String] = []
    private var oldest = 0

    /// So many equal messages are written within `window`.
    static let free = 5
    static let window: Duration = .seconds(60)
    /// So many different ones are remembered.
    static let most = 128

    /// Whether a message is to be written, and what is to be said before it of those that were held back.
    mutating func take(_ message: String, at now: ContinuousClock.Instant) -> (isWritten: Bool, held: [Held]) {
        var held = overdue(at: now)
        if let count = entries[message]?.count {
            entries[message]?.count = count + 1
            return (count < Self.free, held)
        }
        if entries.count >= Self.most, let one = releaseOldest() { held.append(one) }
        entries[message] = Entry(since: now)
        order.append(message)
        return (true, held)
    }

    /// What was held back and is to be said by now, whatever else is logged.
    mutating func overdue(at now: ContinuousClock.Instant) -> [Held] { release { now - $0.since >= Self.window } }

    /// All that was held back and has not been said.
    mutating func rest() -> [Held] { release { _ in true } }

    private mutating func release(while isOver: (Entry) -> Bool) -> [Held] {
        var held: [Held] = []
        while oldest < order.count, let entry = entries[order[oldest]], isOver(entry) {
            if let one = releaseOldest() { held.append(one) }
        }
        return held
    }

    /// Forgets the oldest; gives what was held back of it.
    private mutating func releaseOldest() -> Held? {
        guard oldest < order.count else { return nil }
        let message = order[oldest]
        oldest += 1
        if oldest >= Self.most {
            order.removeFirst(oldest)
            oldest = 0
        }
        let count = entries.removeValue(forKey: message)?.held ?? 0
        return count > 0 ? Held(message: message, count: count) : nil
    }
}
