import SystemCalls
import Trials

/// How the process of a run ended.
enum RunExit: Codable, Hashable, Sendable {
    /// It left by itself with this status.
    case exited(Int32)
    /// A signal of this number ended it.
    case signalled(Int32)
    /// The kernel ended it for want of memory.
    case outOfMemory
    /// It has ended, and nobody can tell how.
    case unknown

    /// How a process ended, as the kernel tells it, or not.
    init(_ end: ProcessEnd?, of process: RunProcess) {
        switch end {
        case .exited(let status): self = .exited(status)
        case .signalled(.kill) where process.hasLackedMemory: self = .outOfMemory
        case .signalled(let signal): self = .signalled(signal.rawValue)
        case nil: self = .unknown
        }
    }

    /// What a trial says of it that failed by it; nil when the process left with 0.
    var error: TrialError? {
        switch self {
        case .exited(0): nil
        case .exited(let status): TrialError(type: "Exit", message: "\(status)")
        case .signalled(let number):
            TrialError(type: "Signal", message: "\(number), \(Signal(rawValue: number).name)")
        case .outOfMemory: TrialError(type: "OutOfMemory", message: "killed by the kernel for want of memory")
        case .unknown:
            TrialError(type: "UnknownExit", message: "its process ended, and its exit status is not known")
        }
    }
}
