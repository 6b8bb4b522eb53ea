internal import SystemCalls

/// Why a snapshot could not be made or kept.
public struct SnapshotError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was being done.
    public let doing: String
    /// What went wrong.
    public let reason: String
    init(_ doing: String, _ reason: String) {
        self.doing = doing
        self.reason = reason
    }

    init(_ doing: String, _ error: SystemCallError) { self.init(doing, "\(error)") }

    /// One line.
    public var description: String { "\(doing): \(reason)" }
}
