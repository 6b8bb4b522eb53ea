import SystemCalls
import SystemPackage

/// The agent's own directory: one agent at a time, in one format.
struct StateDirectory: ~Copyable, Sendable {
    /// Where it is.
    let path: FilePath
    private let lock: OwnedDescriptor

    /// The format that this version writes and reads.
    private static let format = "trialwatch state 1\n"

    /// Makes the directory if need be, and takes it for this process until the value ends.
    ///
    /// Throws when another agent has it, or when a newer version wrote it.
    init(at path: FilePath) throws(AgentError) {
        let lock: OwnedDescriptor
        do throws(SystemCallError) {
            try FileSystem.makeDirectories(path)
            lock = try OwnedDescriptor(
                opening: path.appending("lock"), .readWrite, options: [.create, .noFollow],
                permissions: [.ownerRead, .ownerWrite])
        } catch {
            throw AgentError(
                .spooling, path.shown, "opening the state directory: \(error)",
                remedy: "see that it can be written to, or name another under `state`", cause: error)
        }
        guard (try? lock.tryLock(.exclusive)) == true else {
            throw AgentError(
                .spooling, path.shown, "another agent is running with this state directory",
                remedy: "end it first, or name another directory under `state`", isTransient: true)
        }
        try Self.checkFormat(in: path)
        self.path = path
        self.lock = lock
    }

    private static func checkFormat(in path: FilePath) throws(AgentError) {
        let file = path.appending("format")
        let found: [UInt8]
        do throws(SystemCallError) {
            guard try FileStatus.ifPresent(file) != nil else {
                return try DurableFile.write(Array(format.utf8), to: file)
            }
            found = try OwnedDescriptor(opening: file, .readOnly, options: .noFollow).readToEnd(limit: 4096)
        } catch {
            throw AgentError(
                .spooling, file.shown, "reading the format of the state directory: \(error)", cause: error)
        }
        guard found == Array(format.utf8) else {
            throw AgentError(
                .spooling, file.shown, "this state directory is of another version",
                remedy: "use the version of trialwatch that wrote it, or name another directory under `state`")
        }
    }
}
