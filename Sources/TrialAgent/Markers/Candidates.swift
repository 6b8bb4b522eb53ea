/// Content closed after writing in place, held back for a moment in case more of it follows. No I/O.
///
/// Bytes that begin with those of a path's candidate extend it, so that a marker written line by line is one version; other
/// bytes make the candidate a version of its own; a candidate left alone for `settle` is a version.
struct Candidates {
    private struct Waiting {
        var content: MarkerContent
        var due: ContinuousClock.Instant
        /// How often it was closed.
        var closes = 1
        var isExtended = false

        /// The version that it turned out to be.
        var version: MarkerContent {
            var version = content
            // What was closed more often than it was seen to change was overwritten unseen, unless each close may have
            // added a line of it.
            let lines = content.bytes.count { $0 == 0x0A }
            if !isExtended, lines < closes { version.overwritten += closes - 1 }
            return version
        }
    }

    var settle: Duration
    private var waiting: [MarkerPlace: Waiting] = [:]
    private var looks = Looks<MarkerPlace>()

    init(settle: Duration) { self.settle = settle }

    /// Takes content that was closed after writing; gives the version that it shows to be complete, if any.
    mutating func closed(_ content: MarkerContent, at now: ContinuousClock.Instant) -> MarkerContent? {
        let due = now + settle
        looks.schedule(content.place, at: due)
        guard var before = waiting.removeValue(forKey: content.place) else {
            waiting[content.place] = Waiting(content: content, due: due)
            return nil
        }
        let isSame = content.identity == before.content.identity
        guard isSame || content.bytes.starts(with: before.content.bytes) else {
            waiting[content.place] = Waiting(content: content, due: due)
            return before.version
        }
        if isSame { before.closes += 1 } else { before.isExtended = true }
        before.content = content
        before.due = due
        waiting[content.place] = before
        return nil
    }

    /// Takes content that is complete at once, because it came under its name as a whole; gives all versions in order.
    mutating func complete(_ content: MarkerContent) -> [MarkerContent] {
        guard let before = waiting.removeValue(forKey: content.place) else { return [content] }
        guard before.content.identity == content.identity else { return [before.version, content] }
        // Who read it first knows more of it: its process may be gone by now.
        var version = before.version
        version.process = version.process ?? content.process
        return [version]
    }

    /// Takes content that a look found; gives all versions that are complete, in order. A candidate waits on.
    mutating func found(_ content: MarkerContent, at now: ContinuousClock.Instant) -> [MarkerContent] {
        guard var before = waiting[content.place] else { return [content] }
        if before.content.identity == content.identity { return [] }
        let isSameFile = content.identity.stamp.file == before.content.identity.stamp.file
        guard isSameFile, content.bytes.starts(with: before.content.bytes) else { return complete(content) }
        // More of it, whose close is still to be told of.
        before.isExtended = true
        (before.content.identity, before.content.bytes) = (content.identity, content.bytes)
        (before.content.changed, before.content.process) = (content.changed, nil)
        before.due = now + settle
        waiting[content.place] = before
        looks.schedule(content.place, at: before.due)
        return []
    }

    /// The candidates that were left alone long enough, oldest first.
    mutating func due(at now: ContinuousClock.Instant) -> [MarkerContent] {
        var versions: [MarkerContent] = []
        for place in looks.due(at: now) {
            guard let candidate = waiting[place] else { continue }
            if candidate.due <= now {
                waiting[place] = nil
                versions.append(candidate.version)
            } else {
                looks.schedule(place, at: candidate.due)
            }
        }
        return versions
    }

    /// When a marker's candidate is due; nil when it has none.
    func due(of place: MarkerPlace) -> ContinuousClock.Instant? { waiting[place]?.due }

    /// When the next one may be due; nil when none waits.
    var next: ContinuousClock.Instant? { looks.next }
}
