internal import SystemCalls
internal import Trials

/// The time that a command runs at, and how its user's clock on the wall stands to UTC.
struct Moments: Sendable {
    /// When the command began.
    var now: Timestamp
    /// Seconds by which local time is ahead of UTC at a moment, given in seconds since 1970.
    var localOffset: @Sendable (Int) -> Int

    /// The machine's clock and time zone.
    static func system() -> Moments {
        let now = Clock.now
        let localOffset: @Sendable (Int) -> Int = { Clock.localOffset(at: Int64($0) * 1_000_000_000) }
        return Moments(
            now: Timestamp(nanoseconds: Int(now), offset: localOffset(Int(now / 1_000_000_000))),
            localOffset: localOffset)
    }

    /// A moment as it is shown here, whatever the time zone was where it was recorded.
    func local(_ moment: Timestamp) -> Timestamp {
        let seconds = moment.nanoseconds / 1_000_000_000
        return Timestamp(nanoseconds: moment.nanoseconds, offset: localOffset(seconds))
    }

    /// `2 min ago`, and for what is long past the local day.
    func ago(_ moment: Timestamp) -> String { Phrases.ago(local(moment), now: now) }

    /// What `--since` says: a span before now, or a local day or time; nil for other text.
    func since(_ text: String) -> Timestamp? {
        if let span = Span(text) {
            return Timestamp(nanoseconds: now.nanoseconds - span.seconds * 1_000_000_000, offset: now.offset)
        }
        return Timestamp(iso8601: text, localOffset: localOffset)
    }
}
