internal import CLinux
internal import Glibc
public import SystemPackage

/// A program that runs as our child; it is killed and waited for when its owner lets go of it.
public struct ChildProcess: ~Copyable, Sendable {
    /// What the child reads and writes.
    public enum Streams: Sendable {
        /// Its input comes from us, its output goes to us; its errors go where ours go.
        case piped
        /// It has our input, output and errors.
        case inherited
    }

    /// A limit that the kernel puts on a process (setrlimit(2)).
    public enum Limit: Sendable {
        /// Bytes of address space.
        case memory(UInt64)
        /// Bytes of memory that is the process's own and can be written: files that it only maps to read do not count.
        case data(UInt64)
        /// Bytes of the image that is left of it when it crashes.
        case image(UInt64)
        /// Seconds of processor time.
        case processorTime(UInt64)
        /// Bytes of a file that it writes.
        case fileSize(UInt64)
    }

    /// The running process.
    public let process: ProcessDescriptor
    private var input: OwnedDescriptor?
    private let output: OwnedDescriptor?
    private var hasEnded = false

    /// Starts a program (posix_spawn(3)).
    ///
    /// It gets these arguments (the first is its own name) and this environment and no other, no signal blocked or
    /// ignored, and none of our descriptors but the three streams.
    public init(
        _ executable: FilePath, arguments: [String], environment: [String], streams: Streams = .piped,
        directory: FilePath? = nil, limits: [Limit] = []
    ) throws(SystemCallError) {
        guard streams == .piped else {
            self.init(try spawn(executable, arguments, environment, directory, limits, []), nil, nil)
            return
        }
        let down = try Pipe()
        let up = try Pipe()
        let streams = [(down.reading.number, Int32(0)), (up.writing.number, Int32(1))]
        let process = try spawn(executable, arguments, environment, directory, limits, streams)
        self.init(process, consume down.writing, consume up.reading)
    }

    private init(
        _ process: consuming ProcessDescriptor, _ input: consuming OwnedDescriptor?,
        _ output: consuming OwnedDescriptor?
    ) {
        self.process = process
        self.input = input
        self.output = output
    }

    deinit {
        guard !hasEnded else { return }
        // Both fail only when the child is gone already, which is what is wanted. One that the kernel cannot end (it waits for
        // a dead file server) is not waited for.
        try? process.send(.kill)
        _ = try? process.end(timeout: .seconds(2))
    }

    /// Writes to the child's input; `EPIPE` when it no longer reads (SIGPIPE has to be ignored).
    public borrowing func write(_ bytes: [UInt8]) throws(SystemCallError) {
        switch input {
        case .some(let input): try input.write(bytes)
        case .none: throw SystemCallError(call: "write", subject: "a child's closed input", errno: .badFileDescriptor)
        }
    }

    /// Writes to the child's input as it takes it; `ETIMEDOUT` when it takes nothing for `timeout`, `EPIPE` when it no longer
    /// reads (SIGPIPE has to be ignored).
    public borrowing func write(_ bytes: [UInt8], timeout: Duration) throws(SystemCallError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            switch input {
            case .some(let input):
                guard try input.waitUntilWritable(timeout: timeout) else {
                    throw SystemCallError(call: "write", subject: "a child's input", errno: .timedOut)
                }
                // pipe(7): where something can be written, so many bytes are taken without waiting.
                let piece = rest.prefix(Int(PIPE_BUF))
                try input.write(Array(piece))
                rest = rest[piece.endIndex...]
            case .none:
                throw SystemCallError(call: "write", subject: "a child's closed input", errno: .badFileDescriptor)
            }
        }
    }

    /// Closes the child's input, so that it reads its end.
    public mutating func closeInput() {
        input = nil
    }

    /// Reads what the child has written, waiting for something; empty when it has closed its output, nil at the timeout.
    public borrowing func read(atMost count: Int, timeout: Duration? = nil) throws(SystemCallError) -> [UInt8]? {
        switch output {
        case .some(let output):
            guard try output.waitUntilReadable(timeout: timeout) else { return nil }
            return try output.read(atMost: count)
        case .none: throw SystemCallError(call: "read", subject: "a child's own output", errno: .badFileDescriptor)
        }
    }

    /// Waits for the child to end, at most for `timeout`; nil when it still runs then. Ask no more after an answer.
    public mutating func end(timeout: Duration? = nil) throws(SystemCallError) -> ProcessEnd? {
        let end = try process.end(timeout: timeout)
        hasEnded = end != nil
        return end
    }
}

/// Two ends of a pipe: what is written into one is read from the other (pipe(7)).
struct Pipe: ~Copyable {
    let reading: OwnedDescriptor
    let writing: OwnedDescriptor

    init() throws(SystemCallError) {
        var numbers: (Int32, Int32) = (-1, -1)
        try withUnsafeMutableBytes(of: &numbers) { (raw) throws(SystemCallError) in
            let array = raw.assumingMemoryBound(to: Int32.self)
            try checked("pipe2") { pipe2(array.baseAddress, O_CLOEXEC) }
        }
        reading = OwnedDescriptor(owning: numbers.0)
        writing = OwnedDescriptor(owning: numbers.1)
    }
}

extension ChildProcess.Limit {
    func put(on process: Int32) throws(SystemCallError) {
        let (resource, value) =
            switch self {
            case .memory(let bytes): (Int32(RLIMIT_AS.rawValue), bytes)
            case .data(let bytes): (Int32(RLIMIT_DATA.rawValue), bytes)
            case .image(let bytes): (Int32(RLIMIT_CORE.rawValue), bytes)
            case .processorTime(let seconds): (Int32(RLIMIT_CPU.rawValue), seconds)
            case .fileSize(let bytes): (Int32(RLIMIT_FSIZE.rawValue), bytes)
            }
        try checked("prlimit", "\(process)") { clinux_limit(process, resource, value) }
    }
}
