import SystemCalls
import SystemPackage
import Testing

@testable import Git

@Suite struct RepositoryTests {
    let repository: TemporaryRepository

    init() throws { repository = try TemporaryRepository() }

    @Test func `a clean repository has its commit, its branch and no changes`() throws {
        try repository.write("a.py")
        try repository.commitAll()
        let state = try repository.state()
        let commit = try repository.git("rev-parse", "HEAD").trimmed
        #expect(state.head == .branch("main", commit: commit))
        #expect(state.workTree == repository.path)
        #expect(state.gitDirectory == repository.path.appending(".git"))
        #expect(state.changes == .init())
        #expect(state.operation == nil)
        #expect(state.problems.isEmpty)
    }

    @Test func `changed, staged, removed and new files are counted each as what they are`() throws {
        for name in ["changed", "staged", "both", "removed", "mode"] { try repository.write(name) }
        try repository.commitAll()
        try repository.write("changed", "other\n")
        try repository.write("staged", "other\n")
        try repository.write("both", "other\n")
        try repository.write("added")
        try repository.git("add", "staged", "both", "added")
        try repository.write("both", "third\n")
        try FileSystem.remove(repository.path.appending("removed"))
        try repository.write("new/one")
        try repository.write("new/two")
        let changes = try #require(try repository.state().changes)
        #expect(changes.modified == 3)
        #expect(changes.staged == 3)
        #expect(changes.differing == 5)
        #expect(changes.untracked == 2)
    }

    @Test func `a change that was staged and undone in the work tree is still a difference, as for GitPython`() throws {
        try repository.write("a", "1\n")
        try repository.commitAll()
        try repository.write("a", "2\n")
        try repository.git("add", "a")
        try repository.write("a", "1\n")
        #expect(try repository.state().changes?.differing == 1)
    }

    @Test func `ignored files count as nothing, by the repository's rules and by the user's`() throws {
        try repository.write(".gitignore", "*.log\n!keep.log\n")
        try repository.write("sub/.gitignore", "secret\n")
        try repository.commitAll()
        try repository.write(".git/info/exclude", "mine\n")
        for name in ["a.log", "keep.log", "sub/secret", "mine", "x.ignored-by-user", "seen"] {
            try repository.write(name)
        }
        #expect(try repository.state().changes?.untracked == 2)
    }

    @Test func `our own files count only where git tracks them`() throws {
        try repository.write("tracked.run")
        try repository.commitAll()
        try repository.write("tracked.run", "changed\n")
        try repository.write("new.run")
        try repository.write("new.py")
        let changes = try repository.state(passingOver: ["*.run"]).changes
        #expect(changes?.modified == 1)
        #expect(changes?.untracked == 1)
    }

    @Test func `a repository without a commit tells its branch and what is staged`() throws {
        try repository.write("a")
        try repository.git("add", "a")
        let state = try repository.state()
        #expect(state.head == .unborn("main"))
        #expect(state.commit == nil)
        #expect(state.changes?.staged == 1)
    }

    @Test func `a detached HEAD has a commit and no branch`() throws {
        try repository.write("a")
        try repository.commitAll()
        try repository.git("checkout", "-q", "--detach")
        let state = try repository.state()
        #expect(state.branch == nil)
        #expect(state.commit?.utf8.count == 40)
    }

    @Test func `tags at HEAD are found, light and annotated, loose and packed, and no others`() throws {
        try repository.commitAll()
        try repository.git("tag", "old")
        try repository.write("a")
        try repository.commitAll()
        try repository.git("tag", "light")
        try repository.git("tag", "-a", "-m", "m", "packed")
        try repository.git("pack-refs", "--all")
        try repository.git("tag", "-a", "-m", "m", "annotated")
        #expect(try repository.state().tags == ["annotated", "light", "packed"])
    }

    @Test func `the upstream says how far the branch is ahead and behind`() throws {
        try repository.commitAll()
        try repository.git("clone", "-q", "\(repository.path)", "\(repository.ground)/other")
        let other = repository.ground.appending("other")
        try repository.git("commit", "-q", "--allow-empty", "-m", "theirs")
        try repository.git("fetch", "-q", in: other)
        for _ in 0..<2 { try repository.git("commit", "-q", "--allow-empty", "-m", "ours", in: other) }
        let state = try repository.state(of: other)
        #expect(state.upstream == .init(name: "origin/main", ahead: 2, behind: 1))
        #expect(state.remotes == [.init(name: "origin", address: "\(repository.path)")])
    }

    @Test func `remotes lose their secrets`() throws {
        try repository.git("remote", "add", "origin", "https://ada:secret@example.org/x.git?token=1")
        #expect(try repository.state().remotes.map(\.address) == ["https://example.org/x.git"])
    }

    @Test func `a remote has the address that the repository names, not what the user's settings make of it`() throws {
        try repository.git("remote", "add", "origin", "git@example.org:ada/x.git")
        try repository.git("config", "url.https://ada:secret@mirror.example/.insteadOf", "git@example.org:")
        let remotes = try repository.state().remotes
        #expect(remotes == [.init(name: "origin", address: "example.org:ada/x.git", hasUserGit: true)])
    }

    @Test func `looking at a repository again and again takes no more memory, whatever settings it has`() throws {
        try repository.commitAll()
        for number in 1...20 { try repository.git("config", "some.setting\(number)", "1") }
        /// Kilobytes of the process's own (proc_pid_status(5), VmData).
        func data() throws -> Int {
            let file = try OwnedDescriptor(opening: "/proc/self/status", .readOnly)
            let status = String(decoding: try file.readToEnd(limit: 1 << 16), as: UTF8.self)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmData:") })
            return try #require(line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) })
        }
        for _ in 1...5 { _ = try repository.state() }
        let before = try data()
        for _ in 1...100 { #expect(try repository.state().problems.isEmpty) }
        #expect(try data() - before < 10_000)
    }

    @Test func `a merge that stopped is under way, and its conflicts are differences`() throws {
        try repository.write("a", "1\n")
        try repository.commitAll()
        try repository.git("checkout", "-q", "-b", "side")
        try repository.write("a", "2\n")
        try repository.commitAll()
        try repository.git("checkout", "-q", "main")
        try repository.write("a", "3\n")
        try repository.commitAll()
        try repository.git("merge", "side")
        let state = try repository.state()
        #expect(state.operation == "merge")
        #expect(state.changes?.differing == 1)
    }

    @Test func `a linked work tree has its own folder and branch`() throws {
        try repository.commitAll()
        try repository.git("worktree", "add", "-q", "-b", "side", "\(repository.ground)/linked")
        let linked = repository.ground.appending("linked")
        let state = try repository.state(of: linked)
        #expect(state.workTree == linked)
        #expect(state.linkedRepository == repository.path.appending(".git"))
        #expect(state.branch == "side")
    }

    @Test(arguments: [
        ("true", false, false),
        ("git clone -q --depth 1 file://$PWD ../clone; cp -r ../clone/.git/shallow .git/", true, false),
        ("git sparse-checkout set --no-cone a 2>/dev/null", false, true),
    ])
    func `it is told when history or files are not all here`(script: String, isShallow: Bool, isSparse: Bool) throws {
        for text in ["1\n", "2\n"] {
            try repository.write("a", text)
            try repository.commitAll()
        }
        try repository.shell(script)
        let state = try repository.state()
        #expect(state.isShallow == isShallow && state.isSparse == isSparse)
        #expect(state.linkedRepository == nil && state.problems.isEmpty)
    }

    @Test func `submodules are listed with the commit that the index asks for`() throws {
        try repository.commitAll()
        let commit = try repository.git("rev-parse", "HEAD").trimmed
        try repository.git(
            "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "\(repository.path)", "vendor/sub")
        let state = try repository.state()
        #expect(state.submodules == [.init(path: "vendor/sub", commit: commit)])
    }

    @Test func `names that are no UTF-8, FIFOs and sockets neither stop nor confuse the walk`() throws {
        try repository.commitAll()
        let odd = repository.path.pushing(FilePath(platformBytes: [0xFF, 0xFE]))
        try OwnedDescriptor(opening: odd, .writeOnly, options: [.create]).write([1])
        try repository.write("plain")
        try makePipe(repository.path.appending("pipe"))
        #expect(try repository.state().changes?.untracked == 2)
    }

    @Test func `reading the state leaves every byte of the repository's folder as it was`() throws {
        for name in ["a", "b/c"] { try repository.write(name) }
        try repository.commitAll()
        try repository.write("a", "2\n")
        let before = try listing(repository.path.appending(".git"))
        _ = try repository.state()
        #expect(try listing(repository.path.appending(".git")) == before)
    }
}
