internal import SystemCalls
public import SystemPackage

/// What happens to a program at one of the calls by which it changes files; see `Sources/FaultInjection`.
public struct Fault: Sendable {
    /// What happens.
    public enum Kind: Sendable, Hashable {
        /// It is killed, and the call does not happen.
        case kill
        /// It is stopped, and goes on when it is sent `SIGCONT`.
        case stop
        /// The call fails.
        case error(Errno)
        /// Half of what is to be written is.
        case short
        /// Nothing does; each call is noted.
        case trace

        fileprivate var text: String {
            switch self {
            case .kill: "kill"
            case .stop: "stop"
            case .error(let error): "\(error.rawValue)"
            case .short: "short"
            case .trace: "trace"
            }
        }
    }

    private let kind: Kind
    private let point: Int
    private let calls: [String]
    private let folders: [FilePath]
    private let condition: FilePath?
    private let note: FilePath

    /// It happens at the call `point`, from 1, of those with these names, or of all, that change a file in one of these
    /// folders; without a point, at each. With a `condition`, calls count only while that file is there. `note` is a file that
    /// is made when it happens.
    public init(
        _ kind: Kind, at point: Int?, of calls: [String] = [], in folders: [FilePath], while condition: FilePath? = nil,
        note: FilePath
    ) {
        self.kind = kind
        self.point = point ?? 0
        self.calls = calls
        self.folders = folders
        self.condition = condition
        self.note = note
    }

    /// What the program is to find in its environment.
    public func environment() throws -> [String: String] {
        let tests = try FileSystem.resolve("/proc/self/exe")
        let library = tests.removingLastComponent().appending("libFaultInjection.so")
        guard FileSystem.isPermitted(library) else { throw ProgramError("\(library) was not built") }
        var variables = [
            "LD_PRELOAD": library.string, "FAULT_KIND": kind.text, "FAULT_AT": String(point), "FAULT_NOTE": note.string,
            "FAULT_UNDER": folders.map(\.string).joined(separator: ":"),
        ]
        if let condition { variables["FAULT_WHILE"] = condition.string }
        if !calls.isEmpty { variables["FAULT_CALLS"] = calls.joined(separator: ",") }
        return variables
    }

    /// One line of a trace.
    public struct Step: Sendable, Hashable, CustomStringConvertible {
        /// False before the call, true when it has succeeded.
        public let isDone: Bool
        /// The call.
        public let call: String
        /// What it changes.
        public let path: FilePath

        /// `done fdatasync /state/claims`.
        public var description: String { "\(isDone ? "done" : "before") \(call) \(path)" }
    }

    /// The calls that were traced, in order; each stands there before it is made and when it has succeeded.
    public func steps() throws -> [Step] {
        let text = String(
            decoding: try OwnedDescriptor(opening: note, .readOnly).readToEnd(limit: 1 << 26), as: UTF8.self)
        return try text.split(separator: "\n").map { line in
            let words = line.split(separator: " ", maxSplits: 2)
            guard words.count == 3 else { throw ProgramError("\(note): \(line)") }
            return Step(isDone: words[0] == "done", call: String(words[1]), path: FilePath(String(words[2])))
        }
    }

    /// The call at which it happened, and what it was to change; nil when it did not.
    public func met() throws -> String? {
        guard try FileStatus.ifPresent(note) != nil else { return nil }
        return String(decoding: try OwnedDescriptor(opening: note, .readOnly).readToEnd(limit: 1 << 16), as: UTF8.self)
    }
}
