/// Markers that are to be looked at when some time has passed, each once, in order of time. No I/O.
struct Looks {
    private var times: [MarkerPlace: ContinuousClock.Instant] = [:]
    private var order: [(time: ContinuousClock.Instant, place: MarkerPlace)] = []
    private var first = 0

    /// Plans a look; one that is planned already stays as it is.
    mutating func schedule(_ place: MarkerPlace, at time: ContinuousClock.Instant) {
        guard times[place] == nil else { return }
        times[place] = time
        // Times come nearly in order: a later one is at most a retry ahead.
        var index = order.endIndex
        while index > first, order[index - 1].time > time { index -= 1 }
        order.insert((time, place), at: index)
    }

    /// The places whose time has come.
    mutating func due(at now: ContinuousClock.Instant) -> [MarkerPlace] {
        var places: [MarkerPlace] = []
        while first < order.count, order[first].time <= now {
            places.append(order[first].place)
            times[order[first].place] = nil
            first += 1
        }
        if first > 1024, first > order.count / 2 {
            order.removeFirst(first)
            first = 0
        }
        return places
    }

    /// When the next look is due; nil when none is planned.
    var next: ContinuousClock.Instant? { first < order.count ? order[first].time : nil }
}
