import SystemCalls

/// Asks the service manager for time, again and again, while something long gets on: its own limit would end the agent, or give a
/// reload up.
struct TimeRequests: Sendable {
    private let notifier: Notifier
    private let clock: any _Concurrency.Clock<Duration>

    /// The manager is asked so often.
    static let pause: Duration = .seconds(20)
    /// It is to hear more of the agent within this time.
    static let grant: Duration = .seconds(60)

    init(telling notifier: Notifier, clock: any _Concurrency.Clock<Duration> = QuietClock()) {
        self.notifier = notifier
        self.clock = clock
    }

    /// Asks for at most so long, until the task is cancelled, and each time only if there was progress since the last.
    func ask(
        for longest: Duration? = nil, while hasMadeProgress: @Sendable (Duration) -> Bool,
        status: @Sendable () -> String
    ) async {
        var rest = longest.map { Int($0 / Self.pause) } ?? .max
        while rest > 0, (try? await clock.sleep(for: Self.pause)) != nil {
            if hasMadeProgress(Self.pause) { notifier.needsTime(Self.grant, status()) }
            rest -= 1
        }
    }

    /// Does something meanwhile.
    func asking<Value: Sendable>(
        while hasMadeProgress: @escaping @Sendable (Duration) -> Bool, status: @escaping @Sendable () -> String,
        isolation: isolated (any Actor)? = #isolation, _ body: () async -> Value
    ) async -> Value {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await ask(while: hasMadeProgress, status: status) }
            defer { group.cancelAll() }
            return await body()
        }
    }
}
