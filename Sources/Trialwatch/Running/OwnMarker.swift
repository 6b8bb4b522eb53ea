internal import JSON
internal import SystemCalls
internal import SystemPackage
internal import TrialAgent
internal import Trials
internal import YAML

/// The marker that a command writes itself, in a folder that no agent watches: what it says in the end is said of the run.
struct OwnMarker: Sendable {
    let path: FilePath
    /// What lay there before the command was started.
    private let before: FileStatus?

    /// Looks at what is there already, which is not this run's.
    init(_ path: FilePath) {
        self.path = path
        before = try? FileStatus.ifPresent(path)
    }

    /// The run itself is known better than by what the command says of it.
    private static let known: Set<String> = [
        "experiment", "run", "group", "parent", "state", "pid", "host", "started", "finished", "error", "command",
        "directory", "process_usage", "python",
    ]

    /// What it says, with the end that it tells where the process ended well; nil when the command wrote none.
    func said(of end: ProcessEnd) throws(CommandFailure) -> MarkerDocument? {
        guard let written = try read() else { return nil }
        var said = written
        for key in Self.known { said[key] = nil }
        guard end.isSuccess else { return said }
        let state = written["state"]?.string.flatMap { TrialState(rawValue: $0) }
        if let error = written["error"], !error.isNull {
            said["error"] = error
            said["state"] = .string(TrialState.failed.rawValue)
        } else if let state, [.failed, .aborted].contains(state) {
            said["state"] = .string(state.rawValue)
        }
        return said
    }

    private func read() throws(CommandFailure) -> MarkerDocument? {
        do {
            guard let status = try FileStatus.ifPresent(path), status != before else { return nil }
            guard status.kind == .regular else { throw Self.failure(path, "it is no regular file") }
            let file = try OwnedDescriptor(opening: path, .readOnly, options: [.noFollow, .nonBlocking])
            let bytes = try file.readToEnd(limit: MarkerCheck.limit)
            return MarkerDocument(try MarkerCheck.content(of: bytes, named: path.shown))
        } catch let error as YAMLProblems {
            let lines = error.problems.map(\.description) + Self.failure(path, "it is no valid marker").lines
            throw CommandFailure(lines: lines, status: .failed)
        } catch let error as CommandFailure {
            throw error
        } catch {
            throw Self.failure(path, "reading it: \(error)")
        }
    }

    /// Why the trial lacks what it says.
    static func failure(_ path: FilePath, _ why: String) -> CommandFailure {
        CommandFailure("run: \(path.shown)", "\(why): what it says is not in the trial")
    }
}
