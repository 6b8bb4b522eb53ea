/// What a pickle has of the series of running trials: which list, by its label, holds how many points.
///
/// It is kept in memory only. A series that is not known is written anew whole, into another list. Numbers of labels are
/// used again, because Python keeps an array as long as the highest.
struct RunningSeries {
    /// One list.
    struct Held {
        /// Its label's place among those of running series.
        let place: Int
        /// How many points the series had, and how many of them the list has.
        var count: Int
        var listed: Int
        /// The trial's newest entry in the index of points that was looked at.
        var lastPoints: Int

        /// Whether the list has only some of the points.
        var isThinned: Bool { listed < count }
    }

    /// What is to be done so that a list holds what its series does.
    enum Change: Equatable {
        case nothing
        /// The series is written anew, into another list.
        case whole
        /// These points are new.
        case append(Range<Int>)
        /// These points are in the place of all that the list had from the first of them on.
        case replace(Range<Int>)
    }

    /// Beyond so many, series are written anew at each change: a list costs memory, here and in Python.
    private static let most = 16_384

    private var held: [Int: [Int: Held]] = [:]
    private var free: [Int] = []
    private var places = 0

    /// The list of a trial's series; `metric` is the place of its name.
    func list(of trial: Int, metric: Int) -> Held? { held[trial]?[metric] }

    /// How far a trial's entries in the index of points were looked at; nil when no list of it is known.
    func lastPoints(of trial: Int) -> Int? { held[trial]?.values.map(\.lastPoints).min() }

    /// What is to be done with a list whose series has `count` points by now, those from `first` on new or replaced.
    ///
    /// Beyond the longest series that a pickle has, a list stays as it is until the series has doubled.
    static func change(_ list: Held?, count: Int, changedFrom first: Int?) -> Change {
        guard let list else { return .whole }
        let longest = PickleProgram.longestSeries
        if list.isThinned { return count <= longest || count >= 2 * list.count ? .whole : .nothing }
        if count >= 2 * longest { return .whole }
        let end = min(count, longest)
        let from = min(first ?? list.listed, list.listed, end)
        if from < list.listed { return .replace(from..<end) }
        return end > list.listed ? .append(list.listed..<end) : .nothing
    }

    /// A place for a list that is written anew: the series' own, or a free one; nil when there are too many.
    mutating func place(of trial: Int, metric: Int) -> Int? {
        if let known = list(of: trial, metric: metric) { return known.place }
        if let last = free.popLast() { return last }
        guard places < Self.most else { return nil }
        places += 1
        return places - 1
    }

    /// Keeps what a list holds now.
    mutating func set(_ list: Held, of trial: Int, metric: Int) { held[trial, default: [:]][metric] = list }

    /// Forgets a trial that runs no more: its lists get other labels' places.
    mutating func forget(_ trial: Int) {
        for list in held.removeValue(forKey: trial)?.values ?? [:].values { free.append(list.place) }
    }
}
