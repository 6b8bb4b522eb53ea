internal import SystemCalls
public import SystemPackage

/// What happens to a program at one of the calls by which it changes files; see `Sources/FaultInjection`.
public struct Fault: Sendable {
    /// What happens.
    public enum Kind: Sendable, Hashable {
        /// It is killed, and the call does not happen.
        case kill
        /// The call fails.
        case error(Errno)
        /// Half of what is to be written is.
        case short

        fileprivate var text: String {
            switch self {
            case .kill: "kill"
            case .error(let error): "\(error.rawValue)"
            case .short: "short"
            }
        }
    }

    private let kind: Kind
    private let point: Int
    private let calls: [String]
    private let folders: [FilePath]
    private let note: FilePath

    /// It happens at the call `point`, from 1, of those with these names, or of all, that change a file in one of these
    /// folders; without a point, at each. `note` is a file that is made when it happens.
    public init(
        _ kind: Kind, at point: Int?, of calls: [String] = [], in folders: [FilePath], note: FilePath
    ) {
        self.kind = kind
        self.point = point ?? 0
        self.calls = calls
        self.folders = folders
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
        if !calls.isEmpty { variables["FAULT_CALLS"] = calls.joined(separator: ",") }
        return variables
    }

    /// The call at which it happened, and what it was to change; nil when it did not.
    public func met() throws -> String? {
        guard try FileStatus.ifPresent(note) != nil else { return nil }
        return String(decoding: try OwnedDescriptor(opening: note, .readOnly).readToEnd(limit: 1 << 16), as: UTF8.self)
    }
}
