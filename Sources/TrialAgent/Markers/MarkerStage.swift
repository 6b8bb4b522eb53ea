import SystemCalls

/// Drives the desk: what is sighted, and what becomes due, one after the other.
struct MarkerStage: Sendable {
    private enum Input: Sendable {
        case sighted([Sighted])
        /// Something else than a sighting that the desk is to take in.
        case work(Work)
        /// A time has come at which something may be due.
        case alarm(ContinuousClock.Instant)
        /// Somebody waits until nothing is left to do.
        case rest(AsyncStream<Void>.Continuation)
        /// Somebody waits until what was handed over before has been taken.
        case mark(AsyncStream<Void>.Continuation)
    }

    /// What the desk is to do in its turn.
    typealias Work = @Sendable (MarkerDesk, ContinuousClock.Instant) async -> Void

    private let reader: PromptReader
    private let desk: MarkerDesk
    private let clock: QuietClock
    private let inputs: AsyncStream<Input>
    private let input: AsyncStream<Input>.Continuation

    init(reader: PromptReader, desk: MarkerDesk, clock: QuietClock) {
        self.reader = reader
        self.desk = desk
        self.clock = clock
        (inputs, input) = AsyncStream.makeStream(of: Input.self)
    }

    /// Hands over a batch of sightings; when this returns, what is complete among them has been read.
    func take(_ sightings: [Sighting]) async { input.yield(.sighted(await reader.read(sightings))) }

    /// Has the desk do something when what was handed over before is taken.
    func perform(_ work: @escaping Work) { input.yield(.work(work)) }

    /// Has the desk do something, and gives what came of it; nil when the stage has ended.
    func ask<Answer: Sendable>(
        _ work: @escaping @Sendable (MarkerDesk, ContinuousClock.Instant) async -> Answer
    ) async -> Answer? {
        let (answers, answer) = AsyncStream.makeStream(of: Answer.self)
        let asked = input.yield(
            .work { desk, now in
                answer.yield(await work(desk, now))
                answer.finish()
            })
        if case .terminated = asked { return nil }
        return await answers.first { _ in true }
    }

    /// Waits until everything that was handed over before is claimed, rejected or gone, or the task is cancelled.
    func whenIdle() async {
        let (rest, continuation) = AsyncStream.makeStream(of: Void.self)
        if case .terminated = input.yield(.rest(continuation)) { return }
        for await _ in rest {}
    }

    /// Waits until everything that was handed over before has been taken, though not all of it may be complete.
    func caughtUp() async {
        let (past, continuation) = AsyncStream.makeStream(of: Void.self)
        if case .terminated = input.yield(.mark(continuation)) { return }
        for await _ in past {}
    }

    /// Ends `run` when what was handed over has been taken; what is not complete by then stays where it is.
    func finish() { input.finish() }

    /// Works until `finish`.
    func run() async { await run(on: desk) }

    /// On the desk's own thread: each step from another one to the desk and back wakes a thread twice.
    private func run(on desk: isolated MarkerDesk) async {
        await withDiscardingTaskGroup { group in
            var waiting: [AsyncStream<Void>.Continuation] = []
            var alarms = Alarms()
            for await next in inputs {
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
                    group.addTask { [input, clock] in
                        // Cancelled when the stage is finished: there is nothing to wake then.
                        if (try? await clock.sleep(until: time)) != nil { input.yield(.alarm(time)) }
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
