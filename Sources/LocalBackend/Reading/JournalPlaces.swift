internal import JSON
internal import Trials

/// How far the journal of each experiment was read for changes.
struct JournalPlaces {
    /// A place in one journal; a journal that was written anew is another one, and is read from its beginning.
    struct Place: Equatable {
        var inode: UInt64
        var offset: Int64
    }

    /// A trial that changed, and where its line ends.
    struct Change {
        var reference: TrialReference
        var at: Timestamp
        var place: Place
    }

    private var places: [Experiment.ID: Place] = [:]

    /// The places of a cursor; none for nil, and for a text that is no cursor of this store.
    init(_ cursor: ChangeCursor?) {
        guard let cursor, let object = (try? JSON(parsing: cursor.text))?.object else { return }
        for member in object {
            guard let id = Experiment.ID(member.key), let inode = member.value[0]?.number?.integer(as: UInt64.self),
                let offset = member.value[1]?.int
            else { continue }
            places[id] = Place(inode: inode, offset: Int64(offset))
        }
    }

    subscript(experiment: Experiment.ID) -> Place? {
        get { places[experiment] }
        set { places[experiment] = newValue }
    }

    var cursor: ChangeCursor {
        let members = places.sorted { $0.key < $1.key }.map {
            ($0.key.text, JSON.array([JSON($0.value.inode), JSON($0.value.offset)]))
        }
        return ChangeCursor(JSON.object(JSON.Object(members)).text())
    }
}

extension ExperimentStore {
    /// Trials that changed since a place, in the order of the journal, at most `limit` different ones.
    func changes(after place: JournalPlaces.Place?, limit: Int) throws(StoreError) -> [JournalPlaces.Change] {
        var start: Int64 = 0
        if let place, place.inode == journal.inode, place.offset <= journal.length { start = place.offset }
        var changes: [JournalPlaces.Change] = []
        var numbers: Set<Int> = []
        try journal.readLines(from: start) { (line, extent) throws(StoreError) in
            guard numbers.count <= limit else { return false }
            guard let kind = JournalLine.event(line), kind != "points", kind != "text",
                kind != "name", let object = JournalLine.read(line), let number = object["trial"]?.int,
                let at = try? object["at"]?.decode(Timestamp.self)
            else { return true }
            numbers.insert(number)
            changes.append(
                JournalPlaces.Change(
                    reference: TrialReference(experiment: folder.experiment, number: number), at: at,
                    place: JournalPlaces.Place(inode: journal.inode, offset: extent.end)))
            return true
        }
        return changes
    }

    /// Calls `body` with rows from after a number on, until it says no.
    func forEachRow(
        after number: Int?, newestFirst: Bool, _ body: (IndexRow) throws(StoreError) -> Bool
    ) throws(StoreError) {
        let stretch = 256
        if newestFirst {
            var last = min((number ?? .max) - 1, index.header.lastNumber)
            while last >= 1 {
                let first = max(1, last - stretch + 1)
                for row in try index.rows(first...last).reversed() where !(try body(row)) { return }
                last = first - 1
            }
        } else {
            var first = max(0, number ?? 0) + 1
            while first <= index.header.lastNumber {
                let last = min(first + stretch - 1, index.header.lastNumber)
                for row in try index.rows(first...last) where !(try body(row)) { return }
                first = last + 1
            }
        }
    }
}
