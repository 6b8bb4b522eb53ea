import SystemCalls
import SystemPackage
import Testing
import Trials

@testable import TrialAgent

/// A folder of one test's own for what is captured, removed with all that is in it.
final class CaptureGround: Sendable {
    let path: FilePath

    init() throws {
        path = FilePath("/tmp/trialwatch-capture-\(UInt64.random(in: .min ... .max))")
        try FileSystem.makeDirectory(path)
    }

    deinit {
        try? FileSystem.removeTree(path)
        try? FileSystem.removeTree(stores)
    }

    /// Where snapshots are kept, outside of the project.
    var stores: FilePath { FilePath(path.string + "-stores") }

    @discardableResult
    func write(_ name: String, _ content: String = "") throws -> FilePath {
        let file = path.appending(name)
        try FileSystem.makeDirectories(file.removingLastComponent())
        try OwnedDescriptor(opening: file, .writeOnly, options: [.create, .truncate]).write(Array(content.utf8))
        return file
    }

    /// A subject that is this folder.
    func subject(
        code: [String] = [], variables: [String: String] = [:], keeping: Bool = false
    ) -> CaptureSubject {
        CaptureSubject(
            project: path.string, code: code, owners: [User.currentIdentifier, 0], variables: variables,
            snapshot: keeping ? SnapshotWish(stores: stores.string) : nil, agentVersion: "1.2.3",
            agentPath: "/usr/bin/trialwatch")
    }
}

extension EnvironmentText {
    var fields: Fields? { if case .document(let fields) = self { fields } else { nil } }
    var plain: String? { if case .text(let text) = self { text } else { nil } }
}

extension Value {
    var plain: String? { if case .text(let text) = self { text } else { nil } }
}

/// What a program of this machine prints; a program that is not there prints nothing.
func output(of program: FilePath, _ arguments: String..., in folder: FilePath? = nil) throws -> String {
    guard try FileStatus.ifPresent(program, followingLinks: true) != nil else { return "" }
    var child = try ChildProcess(
        program, arguments: [program.string] + arguments, environment: ["PATH=/usr/bin:/bin", "HOME=/nonexistent"],
        directory: folder)
    child.closeInput()
    var bytes: [UInt8] = []
    while let piece = try child.read(atMost: 65536), !piece.isEmpty { bytes += piece }
    _ = try child.end()
    return String(decoding: bytes, as: UTF8.self)
}
