public import JSON
internal import Synchronization
internal import SystemCalls
public import SystemPackage

/// A process that holds an experiment open in the real daskperiment and does what it is told, as `live_process.py` says;
/// it is killed when nobody holds it any more.
public final class LivePython: Sendable {
    fileprivate struct State: ~Copyable {
        var child: ChildProcess?
        /// What it has written of its next answer.
        var output: [UInt8] = []
    }

    /// What it said first: its last trial, and the versions of Python and pandas.
    public let greeting: JSON
    private let state: Mutex<State>
    /// An answer that takes longer is none.
    fileprivate static let patience = Duration.seconds(120)

    /// Starts a process that opens an experiment in a directory, and waits until it has.
    public convenience init(
        _ experiment: String, in directory: FilePath, of daskperiment: RealDaskperiment = .older
    ) throws {
        try self.init(experiment, at: directory.string, of: daskperiment)
    }

    /// The same for a store, by its address.
    public init(_ experiment: String, at store: String, of daskperiment: RealDaskperiment = .older) throws {
        var state = State()
        state.child = try daskperiment.started("live_process.py", [store, experiment])
        greeting = try state.answer()
        self.state = Mutex(state)
    }

    /// Has it do something, and gives its answer; throws when it could not do it, or has ended.
    @discardableResult
    public func ask(_ command: JSON) throws -> JSON {
        try tell(command)
        return try answer()
    }

    /// Has it do something, without waiting for its answer.
    public func tell(_ command: JSON) throws {
        try state.withLock { state in try state.write(command.bytes() + [0x0A]) }
    }

    /// Its next answer; throws when it could not do what it was told, or has ended.
    public func answer() throws -> JSON {
        try state.withLock { state in
            let answer = try state.answer()
            guard answer["error"] == nil else { throw ProgramError(answer.text()) }
            return answer
        }
    }

    /// Ends it by SIGKILL, and waits until it has.
    public func kill() {
        // Its owner kills a child that it lets go of, and waits for it.
        state.withLock { $0.child = nil }
    }
}

extension LivePython.State {
    fileprivate borrowing func write(_ bytes: [UInt8]) throws {
        switch child {
        case .some(let child): try child.write(bytes, timeout: LivePython.patience)
        case .none: throw ProgramError("the live Python was killed")
        }
    }

    fileprivate mutating func answer() throws -> JSON {
        while true {
            if let end = output.firstIndex(of: 0x0A) {
                let line = Array(output[..<end])
                output.removeSubrange(...end)
                return try JSON(parsing: line)
            }
            let piece =
                switch child {
                case .some(let child): try child.read(atMost: 1 << 16, timeout: LivePython.patience)
                case .none: [UInt8]?([])
                }
            guard let piece else { throw ProgramError("the live Python gave no answer for \(LivePython.patience)") }
            guard !piece.isEmpty else { throw ProgramError("the live Python has ended") }
            output += piece
        }
    }
}
