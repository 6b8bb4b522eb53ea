import Trials

/// What one version of a marker says, every key checked.
struct Marker: Equatable, Sendable {
    /// One series given in the marker itself or in a file that it names.
    struct Metric: Equatable, Sendable {
        enum Content: Equatable, Sendable {
            /// A single value, replaced by a later version's.
            case number(MetricValue)
            /// Epochs and values, in the order given.
            case list([Point])
            /// A column of a file.
            case file(path: String, epoch: String?, value: String?)
        }

        struct Point: Equatable, Sendable {
            let epoch: Int
            let value: MetricValue
        }

        let name: String
        let content: Content
    }

    /// A step's kept value.
    struct Persisted: Equatable, Sendable {
        enum Content: Equatable, Sendable {
            case value(Value)
            case file(path: String)
        }

        let step: String
        let content: Content
    }

    /// A file that the run read or wrote.
    struct Artifact: Codable, Hashable, Sendable {
        let path: String
        let name: String?
        let keep: Bool
    }

    /// One call of a step.
    struct Step: Codable, Hashable, Sendable {
        let name: String
        let inputs: Value
        let output: Value
    }

    var experiment: Experiment.ID?
    var run: String?
    var group: String?
    var parent: String?
    var state: TrialState?
    /// Nil when the key is absent.
    var parameters: Fields?
    var parametersFiles: [String] = []
    /// Nil when the key is absent; `.null` when it is there and null.
    var result: Value?
    var seed: Int?
    var description: String?
    var error: TrialError?
    var started: Timestamp?
    var finished: Timestamp?
    var pid: Int?
    var host: String?
    /// The command line and the folder of the process, as `trialwatch run` knows them.
    var command: [String]?
    var directory: String?
    /// What the process used, as `trialwatch run` was told by the kernel.
    var usage: UsageFacts?
    var python: String?
    var code: [String] = []
    var metrics: [Metric] = []
    var metricsFiles: [String] = []
    var persisted: [Persisted] = []
    var steps: [Step] = []
    var inputs: [Artifact] = []
    var outputs: [Artifact] = []
    var log: String?
    var tags: [String] = []
    var extra = Fields()
    /// What is odd in it without being wrong, each as a sentence.
    var warnings: [String] = []
}

extension Marker {
    /// The number of the process that it names, if that is one of this host: it is when it names no host.
    func process(on host: String?) -> Int? { self.host == nil || self.host == host ? pid : nil }

    /// How a version speaks of its run's end.
    enum Ending: Equatable, Sendable {
        /// The run goes on.
        case none
        /// Nothing in the marker says that the run goes on, so it is taken to be over.
        case byDefault
        /// It says so itself.
        case explicit(TrialState)
    }

    /// `state`, else `error`, `result` or `finished`; `pid` or `started` alone mean a run that goes on.
    var ending: Ending {
        if error != nil { return .explicit(.failed) }
        switch state {
        case .running?: return .none
        case let state?: return .explicit(state)
        case nil: break
        }
        if result != nil || finished != nil { return .explicit(.succeeded) }
        return pid != nil || started != nil ? .none : .byDefault
    }
}
