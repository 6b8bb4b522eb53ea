/// One value of a series that a run reports while it goes on.
public struct MetricPoint: Hashable, Sendable {
    /// Where in the series the value belongs: an epoch, a step, an iteration.
    public let epoch: Int
    /// The value, whole or not.
    public let value: MetricValue
    /// When it was reported, or seen by us.
    public let recorded: Timestamp

    /// `value` at `epoch`.
    public init(epoch: Int, value: MetricValue, recorded: Timestamp) {
        self.epoch = epoch
        self.value = value
        self.recorded = recorded
    }
}

/// A metric's value, which stays whole when it was given as a whole number.
public enum MetricValue: Sendable {
    case integer(Int)
    case float(Double)

    /// The value as a float.
    public var double: Double {
        switch self {
        case .integer(let integer): Double(integer)
        case .float(let float): float
        }
    }
}

/// What is told again is the same: one NaN equals another, unlike as numbers.
extension MetricValue: Hashable {
    /// Whether both are of one type and the same.
    public static func == (left: MetricValue, right: MetricValue) -> Bool {
        switch (left, right) {
        case (.integer(let left), .integer(let right)): left == right
        case (.float(let left), .float(let right)): left.isSame(as: right)
        default: false
        }
    }

    /// Feeds the number to a hasher.
    public func hash(into hasher: inout Hasher) {
        switch self {
        case .integer(let integer): hasher.combine(integer)
        case .float(let float): hasher.combine(float.isNaN ? .infinity : float)
        }
    }
}

/// `[epoch, value, nanoseconds since 1970, seconds ahead of UTC]`: a series may hold a million of them.
extension MetricPoint: Codable {
    /// Reads the list of four.
    public init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        epoch = try container.decode(Int.self)
        value = try container.decode(MetricValue.self)
        recorded = Timestamp(nanoseconds: try container.decode(Int.self), offset: try container.decode(Int.self))
    }

    /// Writes the list of four.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        try container.encode(epoch)
        try container.encode(value)
        try container.encode(recorded.nanoseconds)
        try container.encode(recorded.offset)
    }
}

/// A number; a float that JSON lacks is the text `nan`, `inf` or `-inf`.
extension MetricValue: Codable {
    /// Reads a number or one of the three texts.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let integer = try? container.decode(Int.self) {
            self = .integer(integer)
        } else if let float = try? container.decode(Double.self) {
            self = .float(float)
        } else {
            let text = try container.decode(String.self)
            guard let float = Double(text) else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a number: \(text)")
            }
            self = .float(float)
        }
    }

    /// Writes a number or one of the three texts.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .integer(let integer): try container.encode(integer)
        case .float(let float) where float.isFinite: try container.encode(float)
        case .float(let float): try container.encode("\(float)")
        }
    }
}

/// A stretch of a series at its absolute place, so that filing it twice, or out of order, changes nothing more.
///
/// A piece of the generation that a store holds adds to it: points below the stored length are there already. A piece of
/// the next generation keeps the first `offset` points of the one before and replaces all that came after them; with
/// offset 0 it replaces the series whole, whatever generation is held. A piece of an older generation is ignored.
/// Refused, because points would be missing before it, is a piece that begins beyond what is stored, and one with an
/// offset other than 0 that is more than one generation ahead.
public struct MetricPiece: Hashable, Sendable, Codable {
    /// The metric's name as the run gives it: `val/loss`.
    public var name: String
    /// How often points of the series were replaced, its last one or all of them; 0 at first.
    public var generation: Int
    /// How many points of the series stand before the first of `points`.
    public var offset: Int
    /// The points, in the order in which they were reported.
    public var points: [MetricPoint]

    /// `points` of the series `name` from `offset` on.
    public init(name: String, generation: Int = 0, offset: Int, points: [MetricPoint]) {
        self.name = name
        self.generation = generation
        self.offset = offset
        self.points = points
    }
}

/// What a page shows of a series without reading it.
public struct MetricSummary: Hashable, Sendable, Codable {
    /// The metric's name as the run gave it.
    public var name: String
    /// How many times points of the series were replaced.
    public var generation: Int
    /// How many points there are.
    public var count: Int
    /// The newest point; nil when there is none.
    public var last: MetricPoint?
    /// The lowest and the highest value that is a number.
    public var extremes: ClosedRange<Double>?

    /// A series in brief.
    public init(name: String, generation: Int, count: Int, last: MetricPoint?, extremes: ClosedRange<Double>?) {
        self.name = name
        self.generation = generation
        self.count = count
        self.last = last
        self.extremes = extremes
    }

    /// Where the points stand; nowhere by a count that is none.
    public var places: Range<Int> { 0..<max(0, count) }
}

/// A series or a part of it, as a store gives it out.
public struct MetricSeries: Hashable, Sendable, Codable {
    /// The metric's name as the run gave it.
    public var name: String
    /// How many points the whole series has.
    public var count: Int
    /// The points asked for; fewer where thinning was asked for, extremes kept.
    public var points: [MetricPoint]

    /// Points of the series `name`, which has `count` in all.
    public init(name: String, count: Int, points: [MetricPoint]) {
        self.name = name
        self.count = count
        self.points = points
    }
}
