/// How far a trial is.
public enum TrialState: String, Hashable, Sendable, Codable, CaseIterable {
    case running
    case succeeded
    case failed
    /// Ended by its user or with its marker deleted: daskperiment shows no result row for it.
    case aborted
    /// Given up after a long silence.
    case lost
}

/// How a run ended.
public struct Outcome: Hashable, Sendable, Codable {
    /// Any state but `running`.
    public var state: TrialState
    /// The trial's result; nil when it gave none.
    public var result: Value?
    /// When it ended.
    public var finished: Timestamp
    /// How long it ran; nil when its start is unknown.
    public var processTime: Duration?
    /// What went wrong; nil unless it failed.
    public var error: TrialError?
    /// True when the run said itself that it ended; false when only the absence of more says so.
    public var isExplicit: Bool

    /// An end.
    public init(
        state: TrialState, result: Value? = nil, finished: Timestamp, processTime: Duration? = nil,
        error: TrialError? = nil, isExplicit: Bool = true
    ) {
        self.state = state
        self.result = result
        self.finished = finished
        self.processTime = processTime
        self.error = error
        self.isExplicit = isExplicit
    }

    private enum CodingKeys: String, CodingKey {
        case state, result, finished, processTime = "process_time_ns", error, isExplicit = "explicit"
    }

    /// Reads what `encode(to:)` writes.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        state = try container.decode(TrialState.self, forKey: .state)
        // A null is a result, too.
        result = container.contains(.result) ? try container.decode(Value.self, forKey: .result) : nil
        finished = try container.decode(Timestamp.self, forKey: .finished)
        processTime = try container.decodeIfPresent(Int.self, forKey: .processTime).map { .nanoseconds($0) }
        error = try container.decodeIfPresent(TrialError.self, forKey: .error)
        isExplicit = try container.decode(Bool.self, forKey: .isExplicit)
    }

    /// Writes the process time in nanoseconds.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(state, forKey: .state)
        try container.encodeIfPresent(result, forKey: .result)
        try container.encode(finished, forKey: .finished)
        try container.encodeIfPresent(processTime?.wholeNanoseconds, forKey: .processTime)
        try container.encodeIfPresent(error, forKey: .error)
        try container.encode(isExplicit, forKey: .isExplicit)
    }
}

/// What a failed run said of its failure.
public struct TrialError: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The class of the error: `ValueError`, `Exit`, `Signal`; `Error` when only a text was given.
    public var type: String
    /// What it says.
    public var message: String
    /// Where it was raised.
    public var traceback: String?

    /// An error of a type with its message.
    public init(type: String, message: String, traceback: String? = nil) {
        self.type = type
        self.message = message
        self.traceback = traceback
    }

    /// daskperiment's form: `ValueError(bad input)`.
    public var description: String { "\(type)(\(message))" }
}

extension Duration {
    /// The duration in nanoseconds, towards zero; 292 years at most.
    public var wholeNanoseconds: Int {
        let (seconds, attoseconds) = components
        let (product, overflow) = Int(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isTooLong) = product.addingReportingOverflow(Int(attoseconds / 1_000_000_000))
        return overflow || isTooLong ? (seconds < 0 ? .min : .max) : sum
    }
}
