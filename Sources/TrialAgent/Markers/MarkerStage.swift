/// Drives the desk: what is sighted, and what becomes due, one after the other.
struct MarkerStage: Sendable {
    private enum Input: Sendable {
        case sighted([Sighted])
        case due
        /// Somebody waits until nothing is left to do.
        case rest(AsyncStream<Void>.Continuation)
        /// Somebody waits until what was handed over before has been taken.
        case mark(AsyncStream<Void>.Continuation)
    }

    private let reader: PromptReader
    private let desk: MarkerDesk
    private let clock: ContinuousClock
    private let inputs: AsyncStream<Input>
    private let input: AsyncStream<Input>.Continuation

    init(reader: PromptReader, desk: MarkerDesk, clock: ContinuousClock) {
        self.reader = reader
        self.desk = desk
        self.clock = clock
        (inputs, input) = AsyncStream.makeStream(of: Input.self)
    }

    /// Hands over a batch of sightings; when this returns, what is complete among them has been read.
    func take(_ sightings: [Sighting]) async { input.yield(.sighted(await reader.read(sightings))) }

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
    func run() async {
        let (deadlines, deadline) = AsyncStream.makeStream(
            of: ContinuousClock.Instant.self, bufferingPolicy: .bufferingNewest(1))
        await withTaskGroup { group in
            group.addTask {
                for await time in deadlines {
                    // Cancelled when the stage is finished: there is nothing to wake then.
                    guard (try? await clock.sleep(until: time)) != nil else { return }
                    input.yield(.due)
                }
            }
            var waiting: [AsyncStream<Void>.Continuation] = []
            for await next in inputs {
                switch next {
                case .sighted(let sighted): await desk.take(sighted, at: clock.now)
                case .due: await desk.due(at: clock.now)
                case .rest(let continuation): waiting.append(continuation)
                case .mark(let continuation): continuation.finish()
                }
                if let time = await desk.next {
                    deadline.yield(time)
                } else {
                    for continuation in waiting { continuation.finish() }
                    waiting = []
                }
            }
            for continuation in waiting { continuation.finish() }
            group.cancelAll()
        }
    }
}
