internal import Glibc

/// Where a tool that tests need and that is missing is a failure, never a reason to pass them over.
public enum ContinuousIntegration {
    /// True when `CI=true`.
    public static let isRunning = getenv("CI").map { String(cString: $0) } == "true"
}
