/// The address of one trial: numbers are given per experiment, from 1, and never twice.
public struct TrialReference: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    /// The experiment that the trial belongs to.
    public let experiment: Experiment.ID
    /// The trial's number, at least 1.
    public let number: Int

    /// The trial `number` of `experiment`.
    public init(experiment: Experiment.ID, number: Int) {
        self.experiment = experiment
        self.number = number
    }

    /// As people write it: `resnet 12`.
    public var description: String { "\(experiment) \(number)" }

    /// By experiment, then by number.
    public static func < (left: TrialReference, right: TrialReference) -> Bool {
        (left.experiment, left.number) < (right.experiment, right.number)
    }
}
