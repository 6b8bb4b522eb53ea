internal import SystemCalls
internal import SystemPackage
internal import TrialAgent

/// One thing that `install` or `uninstall` does: it is said, then done.
enum ServiceStep {
    /// A file gets this content.
    case write(FilePath, String)
    /// A file that `install` wrote goes.
    case remove(FilePath)
    /// A folder is made where it is not there; as this user where we are not that user.
    case makeFolder(FilePath, as: String?)
    /// A program is run; when it fails, so does all.
    case run([String])
    /// A program is run, whose failure changes nothing.
    case attempt([String])

    /// As it is printed.
    var text: String {
        switch self {
        case .write(let file, _): "write \(file.shown)"
        case .remove(let file): "remove \(file.shown)"
        case .makeFolder(let folder, let user): "make \(folder.shown)" + (user.map { " as \($0)" } ?? "")
        case .run(let words), .attempt(let words): words.joined(separator: " ")
        }
    }

    /// Does it.
    func perform(_ surroundings: Surroundings) throws(CommandFailure) {
        do throws(SystemCallError) {
            switch self {
            case .write(let file, let content):
                try FileSystem.makeDirectories(file.removingLastComponent())
                try DurableFile.write(
                    Array(content.utf8), to: file, permissions: [.ownerReadWrite, .groupRead, .otherRead])
            case .remove(let file):
                try FileSystem.remove(file)
                // A drop-in's folder goes with the last file in it.
                if file.lastComponent?.extension == "conf" {
                    try? FileSystem.removeDirectory(file.removingLastComponent())
                }
            case .makeFolder(let folder, nil): try FileSystem.makeDirectories(folder)
            case .makeFolder(let folder, let user?):
                // As that user: what lies in a home may be a link to anywhere.
                try Self.start(["runuser", "-u", user, "--", "mkdir", "-p", "-m", "700", folder.string], surroundings)
            case .run(let words): try Self.start(words, surroundings)
            case .attempt(let words): try? Self.start(words, surroundings)
            }
        } catch {
            throw CommandFailure(text, error.call == Self.ended ? "it failed" : "\(error)", remedy: remedy(error))
        }
    }

    private static let ended = "wait"

    private func remedy(_ error: SystemCallError) -> String? {
        switch error.errno {
        case .permissionDenied, .notPermitted: "run it with sudo"
        case .noSuchFileOrDirectory where error.call == "exec": "is this machine run by systemd?"
        default: nil
        }
    }

    private static func start(_ words: [String], _ surroundings: Surroundings) throws(SystemCallError) {
        let program: Executable
        do throws(Executable.Failure) {
            program = try Executable(named: Array((words.first ?? "").utf8))
        } catch {
            throw SystemCallError(call: "exec", subject: words.first, errno: .noSuchFileOrDirectory)
        }
        var child = try ChildProcess(
            program.path, arguments: words, environment: surroundings.variables.map { "\($0)=\($1)" },
            streams: .inherited)
        guard try child.end() == .exited(0) else {
            throw SystemCallError(call: ended, subject: words.first, errno: .invalidArgument)
        }
    }
}
