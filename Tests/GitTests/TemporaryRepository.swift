import Git
import Glibc
import SystemCalls
import SystemPackage
import Testing

/// A repository of one test's own, made by the real git in a home of its own, and removed with it.
final class TemporaryRepository: Sendable {
    /// Everything lies below it; also the ceiling.
    let ground: FilePath
    /// The work tree.
    let path: FilePath

    init(initialized: Bool = true) throws {
        ground = FilePath("/tmp/trialwatch-git-\(UInt64.random(in: .min ... .max))")
        path = ground.appending("work")
        try FileSystem.makeDirectories(path)
        if initialized { try git("init", "-q", "-b", "main") }
    }

    deinit {
        try? FileSystem.removeTree(ground)
    }

    @discardableResult
    func git(_ arguments: String..., in folder: FilePath? = nil) throws -> String {
        var child = try ChildProcess(
            "/usr/bin/git", arguments: ["git"] + arguments,
            environment: [
                "HOME=\(ground)", "PATH=/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=a",
                "GIT_AUTHOR_EMAIL=a@b", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b",
            ], directory: folder ?? path)
        child.closeInput()
        var output: [UInt8] = []
        while let piece = try child.read(atMost: 65536), !piece.isEmpty { output += piece }
        _ = try child.end()
        return String(decoding: output, as: UTF8.self)
    }

    /// What a script of bash prints that runs in the work tree.
    @discardableResult
    func shell(_ script: String, in folder: FilePath? = nil) throws -> String {
        var child = try ChildProcess(
            "/bin/bash", arguments: ["bash", "-c", script],
            environment: [
                "HOME=\(ground)", "PATH=/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=a",
                "GIT_AUTHOR_EMAIL=a@b", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b", "LC_ALL=C",
                "GIT_OPTIONAL_LOCKS=0",
            ], directory: folder ?? path)
        child.closeInput()
        var output: [UInt8] = []
        while let piece = try child.read(atMost: 65536), !piece.isEmpty { output += piece }
        _ = try child.end()
        return String(decoding: output, as: UTF8.self)
    }

    func write(_ name: String, _ content: String = "x\n") throws {
        let file = path.appending(name)
        try FileSystem.makeDirectories(file.removingLastComponent())
        try OwnedDescriptor(opening: file, .writeOnly, options: [.create, .truncate]).write(Array(content.utf8))
    }

    /// Writes a text in UTF-16 with its mark.
    func write(utf16 text: String, to name: String, isBigEndian: Bool = false) throws {
        let units = [0xFEFF] + Array(text.utf16)
        let bytes = units.flatMap { unit in
            isBigEndian
                ? [UInt8(truncatingIfNeeded: unit >> 8), UInt8(truncatingIfNeeded: unit)]
                : [UInt8(truncatingIfNeeded: unit), UInt8(truncatingIfNeeded: unit >> 8)]
        }
        try OwnedDescriptor(opening: path.appending(name), .writeOnly, options: [.create, .truncate]).write(bytes)
    }

    func commitAll() throws {
        try git("add", "-A")
        try git("commit", "-q", "--allow-empty", "-m", "c")
    }

    /// The state, of a repository that has to be found.
    func state(of folder: FilePath? = nil, passingOver rules: [String] = []) throws -> RepositoryState {
        var settings = SnapshotSettings(owners: [geteuid()])
        settings.passedOver = IgnoreList(rules.compactMap { IgnorePattern($0.utf8) })
        return try capture(of: folder, settings).state
    }

    /// The state and the work tree.
    func capture(
        of folder: FilePath? = nil, _ settings: SnapshotSettings, progress: @escaping @Sendable () -> Void = {}
    ) throws -> (state: RepositoryState, work: WorkTreeFindings) {
        switch try Self.library.get().search(around: folder ?? path, below: ground) {
        case .found(let repository): return try repository.capture(settings, progress: progress)
        case .none: throw Missing(answer: "none")
        case .refused(let reason): throw Missing(answer: reason)
        }
    }

    struct Missing: Error { let answer: String }

    /// One for all tests, as libgit2 has one set of search paths a process.
    static let library = Result {
        let home = FilePath("/tmp/trialwatch-git-home")
        try FileSystem.makeDirectories(home.appending(".config/git"))
        let settings = home.appending(".gitconfig")
        let text = "[core]\n  excludesFile = \(home)/ignored\n"
        try OwnedDescriptor(opening: settings, .writeOnly, options: [.create, .truncate]).write(Array(text.utf8))
        try OwnedDescriptor(opening: home.appending("ignored"), .writeOnly, options: [.create, .truncate])
            .write(Array("*.ignored-by-user\n".utf8))
        return try GitLibrary(home: home)
    }
}
