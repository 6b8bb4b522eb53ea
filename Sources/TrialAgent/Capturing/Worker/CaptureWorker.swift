import Synchronization
import SystemCalls

/// The capture worker's side: a process of its own, started by the agent, that reads in projects what could be made large,
/// endless or malicious, and that may crash or hang without harm.
public enum CaptureWorker {
    /// The memory that the worker may have.
    ///
    /// Of the address space there is no limit: libgit2 maps pack files of any size into it, which costs no memory.
    private static let memory: UInt64 = 512 << 20
    /// By so many steps the worker goes behind what the user runs; and by so many, behind everything.
    ///
    /// The kernel gives out the disk's time by the same number. Not its idle class: a worker that waits there for ever could not
    /// even be killed, with the lock of a store in its hands.
    private static let priority: Int32 = 5
    private static let lastPriority: Int32 = 19
    /// How often the agent hears that a capturer goes on.
    private static let pulse: Duration = .milliseconds(200)

    /// Makes this process a capture worker: it limits itself, serves what comes by standard input until that ends, and
    /// ends with the process that started it. Standard output carries its messages and nothing else.
    ///
    /// In the background it works when nobody else does.
    public static func run(_ capturers: [any Capturer], isBackground: Bool = false) throws(AgentError) {
        try working("limiting itself") { () throws(SystemCallError) in
            try OwnProcess.limit(.data(memory))
            try OwnProcess.limit(.image(0))
        }
        ProcessMemory.giveBackLargePieces()
        OwnProcess.yieldPriority(by: isBackground ? lastPriority : priority)
        let input = try working("taking its input", OwnedDescriptor.takingStandardInput)
        let output = try working("taking its output", OwnedDescriptor.takingStandardOutput)
        // A parent outside of this process's name space has no number here; then only the end of the input ends us.
        let parent = try? ParentWatch(leavingWith: 0)
        defer { extendLifetime(parent) }
        try serve(input: input, output: output, capturers: capturers)
    }

    /// Answers requests until there are no more.
    static func serve(
        input: borrowing OwnedDescriptor, output: consuming OwnedDescriptor, capturers: [any Capturer],
        pulse interval: Duration = pulse
    ) throws(AgentError) {
        let replies = WorkerReplies(output)
        let pulse = CapturePulse(every: interval) { beats in
            // An agent that no longer listens is met again at the next answer.
            try? replies.send(.goesOn(beats: beats))
        }
        var frames = MessageFrames()
        while let piece = try more(input) {
            frames.append(piece)
            while let request = try next(&frames) {
                for capturer in capturers { capturer.begin() }
                for name in request.capturers {
                    guard let capturer = capturers.first(where: { type(of: $0).name == name }) else {
                        try replies.send(.found(.failed(name, "this capture worker has no such capturer")))
                        continue
                    }
                    try replies.send(.began(capturer: name))
                    try replies.send(.found(capturer.answer(request.subject, pulse)))
                }
                try replies.send(.done)
                // While nobody waits for it: what one capture took is as likely in the next one's way as of use to it.
                ProcessMemory.giveBackUnused()
            }
        }
    }

    private static func more(_ input: borrowing OwnedDescriptor) throws(AgentError) -> [UInt8]? {
        let piece = try working("reading requests") { () throws(SystemCallError) in try input.read(atMost: 1 << 16) }
        return piece.isEmpty ? nil : piece
    }

    private static func next(_ frames: inout MessageFrames) throws(AgentError) -> CaptureRequest? {
        do throws(MessageError) {
            return try frames.next(CaptureRequest.self)
        } catch {
            throw AgentError(.capturing, "capture worker", "reading requests: \(error)", cause: error)
        }
    }
}

/// Where the worker's replies go; a capturer's beats may come from any thread.
private final class WorkerReplies: Sendable {
    private let output: OwnedDescriptor
    private let turn = Mutex(())

    init(_ output: consuming OwnedDescriptor) { self.output = output }

    func send(_ reply: CaptureReply) throws(AgentError) {
        let bytes: [UInt8]
        do throws(MessageError) {
            bytes = try MessageFrames.frame(reply)
        } catch {
            guard case .found(let answer) = reply, !answer.hasFailed else {
                throw AgentError(.capturing, "capture worker", "answering: \(error)", cause: error)
            }
            return try send(.found(.failed(answer.capturer, "its answer is \(error)", answer.timing)))
        }
        try working("answering") { () throws(SystemCallError) in
            try turn.withLock { _ throws(SystemCallError) in try output.write(bytes) }
        }
    }
}

private func working<Value: ~Copyable>(
    _ doing: String, _ body: () throws(SystemCallError) -> Value
) throws(AgentError) -> Value {
    do throws(SystemCallError) {
        return try body()
    } catch {
        throw AgentError(.capturing, "capture worker", "\(doing): \(error)", cause: error)
    }
}
