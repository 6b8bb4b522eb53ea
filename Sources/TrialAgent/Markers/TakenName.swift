public import Trials

/// A name that a marker gives its run and that another run has.
public struct TakenName: Codable, Sendable, Hashable {
    /// `run:`, as the marker gives it.
    public var name: String
    /// The run that has the name.
    public var key: RunKey
    /// How far that run was then.
    public var state: TrialState

    /// A name that the run `key` has.
    public init(name: String, key: RunKey, state: TrialState) {
        self.name = name
        self.key = key
        self.state = state
    }

    /// Why the marker is rejected, with the number of the trial that has the name, if it is known.
    public func reason(number: Int?) -> String {
        let trial = number.map { "trial \($0)" } ?? "a trial"
        let how = state == .running ? "is running with another process or other values" : state.rawValue
        return "run key '\(name)' already names \(trial), which \(how); give this run another name"
    }
}
