import SystemCalls
import SystemPackage

/// Why a request to the capture worker failed; the worker is of no more use then.
struct WorkerFailure: Error {
    /// The capturer that was running; nil when none was.
    var running: String?
    /// What happened, as the end of a sentence that begins with a capturer: `gave no answer for 10 s`.
    var reason: String

    /// What the trial says about a capturer that was left out for it.
    func problem(of capturer: String) -> String {
        guard let running, running != capturer else { return "it \(reason) and was left out" }
        return "it was left out, since \(running) \(reason)"
    }
}

/// A capture worker that runs, and what has come from it. It is killed when its owner lets go of it.
///
/// What it says is not trusted: a reply that was not to come is a failure like a crash.
struct WorkerProcess: ~Copyable {
    /// By what another thread can kill it.
    let handle: ProcessHandle

    private let program: WorkerProgram
    private var child: ChildProcess
    private var frames = MessageFrames()

    /// Starts the program.
    init(_ program: WorkerProgram) throws(WorkerFailure) {
        do throws(SystemCallError) {
            // Not where the agent was started: an empty entry of a search path stands for the working directory, and nothing of a
            // project is run.
            let child = try ChildProcess(
                program.executable, arguments: program.arguments, environment: program.environment, directory: "/")
            handle = try ProcessHandle(child.process.process)
            self.child = child
        } catch {
            throw WorkerFailure(reason: "could not be captured, since the capture worker does not start (\(error))")
        }
        self.program = program
    }

    /// Has one request served; `take` gets the answers as they come.
    mutating func serve(
        _ request: CaptureRequest, take: (CapturerAnswer) -> Void
    ) throws(WorkerFailure) {
        var exchange = WorkerExchange(awaited: request.capturers)
        let clock = SuspendingClock()
        let end = clock.now + program.longest
        try send(request)
        while true {
            while let reply = try next(exchange) {
                if let answer = try exchange.accept(reply) { take(answer) }
                if exchange.isDone {
                    guard !frames.isAmidMessage else {
                        throw exchange.failure("was followed by a message nobody asked for")
                    }
                    return
                }
            }
            let left = end - clock.now
            // The time is looked at before each piece: a worker that never falls silent would never be done either.
            guard left > .zero, let piece = try read(timeout: min(left, program.patience), exchange) else {
                let isLate = left <= program.patience
                throw exchange.failure(
                    isLate ? "was not done in \(program.longest.shown)" : "gave no answer for \(program.patience.shown)"
                )
            }
            guard !piece.isEmpty else { throw exchange.failure(ending()) }
            frames.append(piece)
        }
    }

    /// Tells the worker to end, and gives it a moment to do so.
    mutating func finish() {
        child.closeInput()
        _ = try? child.end(timeout: .seconds(1))
    }

    private mutating func send(_ request: CaptureRequest) throws(WorkerFailure) {
        do {
            try child.write(MessageFrames.frame(request), timeout: program.patience)
        } catch {
            throw WorkerFailure(reason: "could not be captured, since the capture worker takes no request (\(error))")
        }
    }

    private mutating func next(_ exchange: WorkerExchange) throws(WorkerFailure) -> CaptureReply? {
        do throws(MessageError) {
            return try frames.next(CaptureReply.self)
        } catch {
            throw exchange.failure("made the capture worker send \(error)")
        }
    }

    private func read(timeout: Duration, _ exchange: WorkerExchange) throws(WorkerFailure) -> [UInt8]? {
        do throws(SystemCallError) {
            return try child.read(atMost: 1 << 16, timeout: timeout)
        } catch {
            throw exchange.failure("could not be heard (\(error))")
        }
    }

    private mutating func ending() -> String {
        // A worker may close its output and go on; it is killed then, as any that failed.
        switch try? child.end(timeout: .seconds(1)) {
        case .exited(let status)?: "made the capture worker end with status \(status)"
        case .signalled(let signal)?: "made the capture worker end by a signal (\(signal.name))"
        case nil: "made the capture worker fall silent"
        }
    }
}

/// A process that any thread may kill, as long as somebody holds this.
final class ProcessHandle: Sendable {
    private let process: ProcessDescriptor

    init(_ number: Int32) throws(SystemCallError) { process = try ProcessDescriptor(number) }

    /// The process's number.
    var number: Int32 { process.process }

    func kill() {
        // Fails only when it has ended.
        try? process.send(.kill)
    }
}

extension Duration {
    /// `10 s`, `0.5 s`.
    var shown: String {
        let milliseconds = Int(self / .milliseconds(1))
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000) s" : "\(Double(milliseconds) / 1000) s"
    }
}
