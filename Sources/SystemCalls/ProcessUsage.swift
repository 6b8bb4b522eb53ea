/// What a process has used so far.
public struct ProcessUsage: Hashable, Sendable {
    /// Processor time of all its threads and of the children that it has waited for, exact to some hundredths of a second.
    public var processorTime: Duration
    /// The most bytes of memory that it had at once; nil when it is not known, as of a process that has ended.
    public var peakMemory: Int?

    /// So much.
    public init(processorTime: Duration, peakMemory: Int? = nil) {
        self.processorTime = processorTime
        self.peakMemory = peakMemory
    }
}
