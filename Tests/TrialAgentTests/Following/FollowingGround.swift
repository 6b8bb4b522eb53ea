import SystemCalls
import SystemPackage
import TestFiles
import Trials

@testable import TrialAgent

/// A project of one test's own with a marker's folder `runs` in it, and a folder beside it that is allowed.
final class FollowingGround: Sendable {
    private let folder: TemporaryDirectory
    var project: FilePath { folder.path.appending("project") }
    var allowed: FilePath { folder.path.appending("allowed") }
    var outside: FilePath { folder.path }

    init() throws {
        folder = try TemporaryDirectory()
        for name in ["project/runs", "allowed"] { try FileSystem.makeDirectories(folder.path.pushing(FilePath(name))) }
    }

    /// Writes a file; the path starts at the folder above the project.
    @discardableResult
    func write(_ name: String, _ content: String = "") throws -> FilePath { try folder.file(name, content) }

    func scope(owners: Set<UInt32> = [User.currentIdentifier]) -> NamedFiles.Scope {
        NamedFiles.Scope(project: project, markerFolder: "runs", owners: owners, allowed: [allowed])
    }

    func door() throws -> NamedFiles { try NamedFiles(scope()) }

    /// Why a file is not read; nil when it is.
    func refusal(_ path: String) throws -> String? {
        let door = try door()
        do throws(UnreadFile) {
            _ = try door.read(path, limit: 100)
            return nil
        } catch {
            return error.description
        }
    }

    /// Gives a file to somebody else, where we may; else gives out owners without us.
    func strangersScope(_ file: FilePath) throws -> NamedFiles.Scope {
        if User.currentIdentifier == 0 {
            var child = try ChildProcess(
                "/usr/bin/chown", arguments: ["chown", "65534", file.string], environment: [], streams: .inherited)
            _ = try child.end()
        }
        return scope(owners: [])
    }
}
