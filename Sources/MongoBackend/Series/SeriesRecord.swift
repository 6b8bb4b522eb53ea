internal import Mongo
internal import Records
internal import Trials

/// A series of a trial: its end stands in the trial's own document, what is before it in chunks that never change.
///
/// So whoever has read the trial's document reads one state of the series, whatever is filed meanwhile.
struct SeriesRecord {
    struct Chunk {
        var id: ObjectID
        var first: Int
        var count: Int
        var extremes: SeriesExtremes
    }

    /// What daskperiment's own document has of the series.
    struct Listing {
        /// The revision that wrote it.
        var revision: Int
        /// How many points of the series it tells of.
        var count: Int
        /// How many of these are still so.
        var valid: Int
    }

    /// What becomes of daskperiment's document by a filing.
    enum ListingChange: Equatable {
        case nothing
        /// All points that fit.
        case whole
        /// Points from a place on, to the document of a revision.
        case append(from: Int, revision: Int)
        /// The same, after those from there on were taken away.
        case splice(from: Int, revision: Int)
    }

    let name: String
    var chunks: [Chunk] = []
    var tail: [MetricPoint] = []
    var listing: Listing?
    /// Chunks that are not in the store yet.
    var unsaved: [ObjectID: [MetricPoint]] = [:]
    /// Chunks that the series no longer has.
    var dropped: [ObjectID] = []

    typealias Load = (ObjectID) throws(StoreError) -> [MetricPoint]

    static let largestChunk = 50_000
    /// A longer end is moved to a chunk.
    static let longestTail = 512
    /// What stays of it: the last points are what is replaced most.
    static let shortestTail = 64
    /// More are in no series: their number is damaged.
    static let mostPoints = 1 << 40
    /// The most points that fit into daskperiment's document: of 16 MB, at 134 bytes each.
    static let mostListed = 110_000
    /// A longer series of a running trial is listed anew when it has grown by a tenth.
    static let promptlyListed = 10_000

    init(name: String) { self.name = name }

    var tailStart: Int { chunks.last.map { $0.first + $0.count } ?? 0 }
    var count: Int { tailStart + tail.count }

    private func points(of chunk: Chunk, _ load: Load) throws(StoreError) -> [MetricPoint] {
        if let points = unsaved[chunk.id] { return points }
        let points = try load(chunk.id)
        guard points.count == chunk.count else {
            throw StoreError(
                .damaged, "reading a series", name,
                reason: "a piece of it has \(points.count) points and should have \(chunk.count)",
                remedy: "look at the document \(chunk.id) with mongosh", isTransient: false)
        }
        return points
    }

    /// Calls `body` with the points of a range, in order.
    func forEachPoint(
        in range: Range<Int>, _ load: Load, _ body: (Int, MetricPoint) -> Void
    ) throws(StoreError) {
        for chunk in chunks {
            let part = range.clamped(to: chunk.first..<(chunk.first + chunk.count))
            if part.isEmpty { continue }
            let points = try points(of: chunk, load)
            for place in part { body(place, points[place - chunk.first]) }
        }
        for place in range.clamped(to: tailStart..<count) { body(place, tail[place - tailStart]) }
    }

    /// What stays of the series when only its first points do.
    func kept(_ count: Int, wantsLast: Bool, _ load: Load) throws(StoreError) -> MetricMerge.Kept {
        var kept = MetricMerge.Kept(last: nil, extremes: SeriesExtremes())
        var first = 0
        for chunk in chunks where chunk.first + chunk.count <= count {
            if let range = chunk.extremes.range {
                kept.extremes.take(.float(range.lowerBound))
                kept.extremes.take(.float(range.upperBound))
            }
            first = chunk.first + chunk.count
        }
        try forEachPoint(in: first..<count, load) { _, point in
            kept.extremes.take(point.value)
            kept.last = point
        }
        if kept.last == nil, wantsLast, count > 0 {
            try forEachPoint(in: (count - 1)..<count, load) { _, point in kept.last = point }
        }
        return kept
    }

    /// Takes all points from a place on away.
    mutating func cut(to count: Int, _ load: Load) throws(StoreError) {
        guard count < self.count else { return }
        if let valid = listing?.valid { listing?.valid = min(valid, count) }
        guard count < tailStart else {
            tail.removeLast(self.count - count)
            return
        }
        tail = []
        while let last = chunks.last, last.first + last.count > count {
            if last.first < count { tail = Array(try points(of: last, load).prefix(count - last.first)) }
            chunks.removeLast()
            forget(last)
        }
    }

    private mutating func forget(_ chunk: Chunk) {
        if unsaved.removeValue(forKey: chunk.id) == nil { dropped.append(chunk.id) }
    }

    /// Moves a long end to chunks; `keeping` that many points.
    mutating func seal(keeping rest: Int = shortestTail, seconds: UInt32, _ load: Load) throws(StoreError) {
        guard tail.count > rest else { return }
        var points = Array(tail.dropLast(rest))
        var first = tailStart
        tail = Array(tail.suffix(rest))
        // Each point is moved a few times only, as in a merge sort.
        while let last = chunks.last, last.count < Self.largestChunk / 2, last.count <= 2 * points.count {
            points = try self.points(of: last, load) + points
            first = last.first
            chunks.removeLast()
            forget(last)
        }
        for start in stride(from: 0, to: points.count, by: Self.largestChunk) {
            let piece = Array(points[start..<min(start + Self.largestChunk, points.count)])
            var extremes = SeriesExtremes()
            extremes.take(piece)
            let id = ObjectID(seconds: seconds)
            chunks.append(Chunk(id: id, first: first + start, count: piece.count, extremes: extremes))
            unsaved[id] = piece
        }
    }

    /// Decides what becomes of daskperiment's document, and takes it for done.
    mutating func list(revision: Int, isEnded: Bool, anew: Bool) -> ListingChange {
        let count = count
        let change: ListingChange
        if let listing, !anew {
            if listing.valid == count, listing.count == count { return .nothing }
            let isFew = count * 10 > listing.count * 9 && count * 10 < listing.count * 11
            if !isEnded, listing.count > Self.promptlyListed, isFew { return .nothing }
            // Of a longer one the newest are listed: places in the list are not those in the series.
            let isCut = max(count, listing.count) > Self.mostListed
            if count <= Self.longestTail || isCut || listing.valid == 0 {
                change = .whole
            } else if listing.valid == listing.count {
                change = .append(from: listing.count, revision: listing.revision)
            } else {
                change = .splice(from: listing.valid, revision: listing.revision)
            }
        } else {
            change = .whole
        }
        listing = Listing(revision: revision, count: count, valid: count)
        return change
    }
}

/// As it stands in a trial's document.
extension SeriesRecord {
    var bson: BSON {
        var document: BSONDocument = [
            "name": .string(name), "tail": .binary(PointBytes.bytes(tail)),
            "chunks": .array(
                chunks.map { chunk in
                    var fields: BSONDocument = [
                        "id": .objectID(chunk.id), "first": BSON(chunk.first), "count": BSON(chunk.count),
                    ]
                    if let range = chunk.extremes.range {
                        fields["low"] = .double(range.lowerBound)
                        fields["high"] = .double(range.upperBound)
                    }
                    return .document(fields)
                }),
        ]
        if let listing {
            document["listed"] = [
                "revision": BSON(listing.revision), "count": BSON(listing.count), "valid": BSON(listing.valid),
            ]
        }
        return .document(document)
    }

    init?(_ bson: BSON) {
        guard let document = bson.document, let name = document["name"]?.string,
            let tail = document["tail"]?.binary, let chunks = document["chunks"]?.array
        else { return nil }
        self.name = name
        self.tail = PointBytes.points(tail)
        for chunk in chunks {
            guard let fields = chunk.document, let id = fields["id"]?.objectID, let first = fields["first"]?.int,
                let count = fields["count"]?.int, first == tailStart, (0...Self.mostPoints).contains(count),
                first <= Self.mostPoints
            else { return nil }
            var range: ClosedRange<Double>?
            if case .double(let low)? = fields["low"], case .double(let high)? = fields["high"], low <= high {
                range = low...high
            }
            self.chunks.append(Chunk(id: id, first: first, count: count, extremes: SeriesExtremes(range)))
        }
        if let listed = document["listed"]?.document, let revision = listed["revision"]?.int,
            let count = listed["count"]?.int, let valid = listed["valid"]?.int
        {
            listing = Listing(revision: revision, count: count, valid: valid)
        }
    }
}
