/// Drives the desk: what is sighted, and what becomes due, one after the other.
struct MarkerStage: Sendable {
    private enum Input: Sendable {
        case sightings([Sighting])
        case due
        case whenIdle(CheckedContinuation<Void, Never>)
    }

    private let desk: MarkerDesk
    private let clock: ContinuousClock
    private let inputs: AsyncStream<Input>
    private let input: AsyncStream<Input>.Continuation

    init(desk: MarkerDesk, clock: ContinuousClock) {
        self.desk = desk
        self.clock = clock
        (inputs, input) = AsyncStream.makeStream(of: Input.self)
    }

    /// Hands over a batch of sightings.
    func take(_ sightings: [Sighting]) { input.yield(.sightings(sightings)) }

    /// Waits until everything that was handed over before is claimed, rejected or gone.
    func whenIdle() async {
        await withCheckedContinuation { continuation in
            if case .terminated = input.yield(.whenIdle(continuation)) { continuation.resume() }
        }
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
            var idle: [CheckedContinuation<Void, Never>] = []
            for await next in inputs {
                switch next {
                case .sightings(let sightings): await desk.take(sightings, at: clock.now)
                case .due: await desk.due(at: clock.now)
                case .whenIdle(let continuation): idle.append(continuation)
                }
                if let time = await desk.next {
                    deadline.yield(time)
                } else {
                    for continuation in idle { continuation.resume() }
                    idle = []
                }
            }
            for continuation in idle { continuation.resume() }
            group.cancelAll()
        }
    }
}
