/// The alarms that are set, so that no more are set than are needed. No I/O.
struct Alarms {
    private var times: Set<ContinuousClock.Instant> = []

    /// No alarm is set further ahead: what is due later is found by then.
    private static let longest: Duration = .seconds(60)

    /// When an alarm is to ring so that somebody looks when the next thing is due; nil when one that is set comes before.
    mutating func next(for due: ContinuousClock.Instant?, at now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        guard let due else { return nil }
        let time = min(due, now + Self.longest)
        guard times.allSatisfy({ $0 > time }) else { return nil }
        times.insert(time)
        return time
    }

    /// An alarm has rung.
    mutating func rang(_ time: ContinuousClock.Instant) { times.remove(time) }
}
