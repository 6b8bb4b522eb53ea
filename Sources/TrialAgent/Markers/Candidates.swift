/// Content closed after writing in place, held back for a moment in case more of it follows. No I/O.
///
/// Bytes that begin with those of a path's candidate extend it, so that a marker written line by line is one version; other
/// bytes make the candidate a version of its own; a candidate left alone for `settle` is a version.
struct Candidates {
    private struct Waiting {
        var content: MarkerContent
        var due: ContinuousClock.Instant
    }

    private let settle: Duration
    private var waiting: [MarkerPlace: Waiting] = [:]
    /// Places by the time at which they were due when they were put here; a later due time is looked up when that has come.
    private var order: [(due: ContinuousClock.Instant, place: MarkerPlace)] = []
    private var first = 0

    init(settle: Duration) { self.settle = settle }

    /// Takes content that was closed after writing; gives the version that it shows to be complete, if any.
    mutating func closed(_ content: MarkerContent, at now: ContinuousClock.Instant) -> MarkerContent? {
        let due = now + settle
        defer { order.append((due, content.place)) }
        guard let before = waiting.updateValue(Waiting(content: content, due: due), forKey: content.place) else {
            return nil
        }
        return content.bytes.starts(with: before.content.bytes) ? nil : before.content
    }

    /// Takes content that is complete at once, because it came under its name as a whole; gives all versions in order.
    mutating func complete(_ content: MarkerContent) -> [MarkerContent] {
        guard let before = waiting.removeValue(forKey: content.place)?.content, before.identity != content.identity
        else { return [content] }
        return [before, content]
    }

    /// The candidates that were left alone long enough, oldest first.
    mutating func due(at now: ContinuousClock.Instant) -> [MarkerContent] {
        var versions: [MarkerContent] = []
        while first < order.count, order[first].due <= now {
            let place = order[first].place
            first += 1
            if let candidate = waiting[place], candidate.due <= now {
                waiting[place] = nil
                versions.append(candidate.content)
            }
        }
        if first > 1024, first > order.count / 2 {
            order.removeFirst(first)
            first = 0
        }
        return versions
    }

    /// When the next one may be due; nil when none waits.
    var next: ContinuousClock.Instant? { first < order.count ? order[first].due : nil }
}
