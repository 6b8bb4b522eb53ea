import SystemCalls

/// Drives the desk: what is sighted, and what becomes due, one after the other.
struct MarkerStage: Sendable {
    /// What the desk is to do in its turn.
    typealias Work = @Sendable (MarkerDesk, ContinuousClock.Instant) async -> Void

    private let reader: PromptReader
    private let desk: MarkerDesk
    private let clock: QuietClock
    private let inputs = DeskInputs()

    init(reader: PromptReader, desk: MarkerDesk, clock: QuietClock) {
        self.reader = reader
        self.desk = desk
        self.clock = clock
    }

    /// Hands over a batch of sightings; when this returns, what is complete among them has been read.
    func take(_ sightings: [Sighting]) async { await reader.read(sightings) { [inputs] in inputs.put(.sighted($0)) } }

    /// Has the desk do something when what was handed over before is taken.
    func perform(_ work: @escaping Work) { inputs.put(.work(work)) }

    /// Has the desk do something, and gives what came of it; nil when the stage has ended.
    func ask<Answer: Sendable>(
        _ work: @escaping @Sendable (MarkerDesk, ContinuousClock.Instant) async -> Answer
    ) async -> Answer? {
        let (answers, answer) = AsyncStream.makeStream(of: Answer.self)
        let isTaken = inputs.put(
            .work { desk, now in
                answer.yield(await work(desk, now))
                answer.finish()
            })
        guard isTaken else { return nil }
        return await answers.first { _ in true }
    }

    /// Waits until everything that was handed over before is claimed, rejected or gone, or the task is cancelled.
    func whenIdle() async {
        let (rest, continuation) = AsyncStream.makeStream(of: Void.self)
        guard inputs.put(.rest(continuation)) else { return }
        for await _ in rest {}
    }

    /// Waits until everything that was handed over before has been taken, though not all of it may be complete.
    func caughtUp() async {
        let (past, continuation) = AsyncStream.makeStream(of: Void.self)
        guard inputs.put(.mark(continuation)) else { return }
        for await _ in past {}
    }

    /// Ends `run` when what was handed over has been taken; what is not complete by then stays where it is.
    func finish() { inputs.finish() }

    /// Works until `finish`.
    func run() async {
        // Whatever is put into the inputs wakes the desk's own thread, and no other before it.
        await withTaskExecutorPreference(desk.executor) { await run(on: desk) }
    }

    private func run(on desk: isolated MarkerDesk) async {
        await withDiscardingTaskGroup { group in
            var waiting: [AsyncStream<Void>.Continuation] = []
            var alarms = Alarms()
            while let next = await inputs.next() {
                switch next {
                case .sighted(let sighted): await desk.take(sighted, at: clock.now)
                case .work(let work): await work(desk, clock.now)
                case .alarm(let time):
                    alarms.rang(time)
                    await desk.due(at: clock.now)
                case .rest(let continuation): waiting.append(continuation)
                case .mark(let continuation): continuation.finish()
                }
                if let time = alarms.next(for: desk.next, at: clock.now) {
                    group.addTask { [inputs, clock] in
                        // Cancelled when the stage is finished: there is nothing to wake then.
                        if (try? await clock.sleep(until: time)) != nil { inputs.put(.alarm(time)) }
                    }
                }
                if desk.isIdle {
                    for continuation in waiting { continuation.finish() }
                    waiting = []
                }
            }
            for continuation in waiting { continuation.finish() }
            group.cancelAll()
        }
    }
}
