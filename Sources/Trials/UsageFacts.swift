/// What a run's process used, as far as it could be seen: what is not known is nil.
public struct UsageFacts: Hashable, Sendable, Codable {
    /// Processor time of all its threads and of the children that it waited for.
    public var processorTime: Duration?
    /// When that was seen: later it may have been more.
    public var processorTimeSeen: Timestamp?
    /// The most bytes of memory that it had at once.
    public var peakMemory: Int?
    /// When that was seen: later it may have been more.
    public var peakMemorySeen: Timestamp?

    /// Nothing known.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case processorTime = "processor_time_ns", processorTimeSeen = "processor_time_seen"
        case peakMemory = "peak_memory", peakMemorySeen = "peak_memory_seen"
    }

    /// Reads what `encode(to:)` writes.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        processorTime = try container.decodeIfPresent(Int.self, forKey: .processorTime).map { .nanoseconds($0) }
        processorTimeSeen = try container.decodeIfPresent(Timestamp.self, forKey: .processorTimeSeen)
        peakMemory = try container.decodeIfPresent(Int.self, forKey: .peakMemory)
        peakMemorySeen = try container.decodeIfPresent(Timestamp.self, forKey: .peakMemorySeen)
    }

    /// Writes the processor time in nanoseconds.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(processorTime?.wholeNanoseconds, forKey: .processorTime)
        try container.encodeIfPresent(processorTimeSeen, forKey: .processorTimeSeen)
        try container.encodeIfPresent(peakMemory, forKey: .peakMemory)
        try container.encodeIfPresent(peakMemorySeen, forKey: .peakMemorySeen)
    }
}
