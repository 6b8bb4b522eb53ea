/// What is to be looked at when some time has passed, each once, in order of time. No I/O.
struct Looks<Subject: Hashable> {
    private var times: [Subject: ContinuousClock.Instant] = [:]
    private var order: [(time: ContinuousClock.Instant, subject: Subject)] = []
    private var first = 0

    /// Plans a look; of two for one subject the earlier counts.
    mutating func schedule(_ subject: Subject, at time: ContinuousClock.Instant) {
        if let planned = times[subject], planned <= time { return }
        times[subject] = time
        var (low, high) = (first, order.count)
        // Times come nearly in order, so that the end is the likely place.
        if let last = order.last, last.time <= time { low = high }
        while low < high {
            let middle = (low + high) / 2
            if order[middle].time <= time { low = middle + 1 } else { high = middle }
        }
        order.insert((time, subject), at: low)
    }

    /// The subjects whose time has come.
    mutating func due(at now: ContinuousClock.Instant) -> [Subject] {
        var subjects: [Subject] = []
        while first < order.count, order[first].time <= now {
            let (time, subject) = order[first]
            first += 1
            // One that was planned anew for an earlier time stands here once more.
            guard times[subject] == time else { continue }
            times[subject] = nil
            subjects.append(subject)
        }
        if first > 1024, first > order.count / 2 {
            order.removeFirst(first)
            first = 0
        }
        return subjects
    }

    /// When the next look is due; nil when none is planned.
    var next: ContinuousClock.Instant? { first < order.count ? order[first].time : nil }
}
