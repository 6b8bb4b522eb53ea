import SystemCalls

/// The signals that a stage waits for, one after the other.
struct Signals: Sendable {
    private let stream: AsyncStream<Signal>

    init(_ stream: AsyncStream<Signal>) { self.stream = stream }

    /// Waits until a signal asks to end; what else comes is handed to `other`.
    func untilStop(_ other: (Signal) -> Void) async {
        for await signal in stream {
            if signal == .terminate || signal == .interrupt { return }
            other(signal)
        }
    }
}
