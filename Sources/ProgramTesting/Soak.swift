internal import Glibc

/// Whether tests are to run with their full counts, as `scripts/test --soak` asks.
public enum Soak {
    /// True when they are.
    public static var isAsked: Bool { getenv("TRIALWATCH_SOAK").map { String(cString: $0) } == "1" }
}
