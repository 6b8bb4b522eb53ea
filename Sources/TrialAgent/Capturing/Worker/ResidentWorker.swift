import Synchronization
import SystemCalls

/// The one capture worker of an agent: started at need, kept for the next capture, ended when nothing is asked of it,
/// killed when it is stuck, and started again when it has died.
actor ResidentWorker {
    private let executor = BlockingExecutor("trialwatch.capture-worker")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let program: WorkerProgram
    private let clock = QuietClock()
    private let uses: AsyncStream<Void>
    private let used: AsyncStream<Void>.Continuation
    private var worker: WorkerProcess?
    private var lastUse: ContinuousClock.Instant

    /// A request is tried so often in all; the last time without the capturer that was running when it failed.
    private static let tries = 3

    /// Starts nothing yet.
    init(_ program: WorkerProgram) {
        self.program = program
        lastUse = clock.now
        (uses, used) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        // A worker that dies while it is written to would take the agent along.
        Signal.brokenPipe.ignore()
    }

    /// The number of the worker's process; nil while there is none.
    var process: Int32? {
        switch worker {
        case .some(let worker): worker.handle.number
        case .none: nil
        }
    }

    /// Has the capturers run, and gives one answer for each; one that could not be had is an answer with the reason.
    ///
    /// When the task is cancelled, the worker is killed at once.
    func answers(of capturers: [String], about subject: CaptureSubject) async -> [CapturerAnswer] {
        let interruption = Interruption()
        return await withTaskCancellationHandler {
            defer {
                lastUse = clock.now
                used.yield()
            }
            return ask(capturers, subject, interruption)
        } onCancel: {
            interruption.interrupt()
        }
    }

    /// Ends the worker whenever it was idle for long; until the task is cancelled, which ends the worker, too.
    func run() async {
        for await _ in uses {
            while process != nil {
                let left = lastUse + program.idle - clock.now
                if left <= .zero {
                    worker?.finish()
                    worker = nil
                } else {
                    do { try await clock.sleep(for: left) } catch { break }
                }
            }
        }
        worker = nil
    }

    private func ask(
        _ capturers: [String], _ subject: CaptureSubject, _ interruption: Interruption
    ) -> [CapturerAnswer] {
        var answers: [CapturerAnswer] = []
        var rest = capturers
        let stopped = WorkerFailure(reason: "had not answered when the agent was told to stop")
        var last = stopped
        for number in 1...Self.tries where !rest.isEmpty && !interruption.isInterrupted {
            do throws(WorkerFailure) {
                try serve(CaptureRequest(subject: subject, capturers: rest), interruption) { answer in
                    answers.append(answer)
                    rest.removeAll { $0 == answer.capturer }
                }
            } catch {
                worker = nil
                last = error
                guard number == Self.tries - 1, let running = error.running, !interruption.isInterrupted else {
                    continue
                }
                answers.append(.failed(running, error.problem(of: running)))
                rest.removeAll { $0 == running }
            }
        }
        if interruption.isInterrupted { last = stopped }
        return answers + rest.map { .failed($0, last.problem(of: $0)) }
    }

    private func serve(
        _ request: CaptureRequest, _ interruption: Interruption, take: (CapturerAnswer) -> Void
    ) throws(WorkerFailure) {
        if process == nil { worker = try WorkerProcess(program) }
        guard let handle = worker?.handle else { return }
        interruption.aim(at: handle)
        defer { interruption.aim(at: nil) }
        try worker?.serve(request, take: take)
    }
}

/// Kills the worker from the thread that cancels the task, while the actor waits for the worker.
private final class Interruption: Sendable {
    private struct State {
        var isInterrupted = false
        var target: ProcessHandle?
    }

    private let state = Mutex(State())

    var isInterrupted: Bool { state.withLock { $0.isInterrupted } }

    func aim(at target: ProcessHandle?) {
        let isLate = state.withLock { state in
            state.target = target
            return state.isInterrupted
        }
        if isLate { target?.kill() }
    }

    func interrupt() {
        let target = state.withLock { state in
            state.isInterrupted = true
            return state.target
        }
        target?.kill()
    }
}
