import Git
import Glibc
import SystemCalls
import SystemPackage
import Testing

@Suite struct RepositorySearchTests {
    let repository: TemporaryRepository
    let library: GitLibrary

    init() throws {
        repository = try TemporaryRepository()
        library = try TemporaryRepository.library.get()
    }

    private func answer(around folder: FilePath, below ceiling: FilePath) throws -> String {
        switch try library.search(around: folder, below: ceiling) {
        case .found: "found"
        case .none: "none"
        case .refused(let reason): reason
        }
    }

    @Test func `a folder deep inside finds its repository`() throws {
        try repository.write("a/b/c")
        #expect(try answer(around: repository.path.appending("a/b"), below: repository.ground) == "found")
    }

    @Test func `a repository at or above the ceiling is not looked for`() throws {
        try repository.write("a/b/c")
        #expect(try answer(around: repository.path.appending("a/b"), below: repository.path) == "none")
    }

    @Test func `a folder outside any repository has none`() throws {
        let bare = try TemporaryRepository(initialized: false)
        #expect(try answer(around: bare.path, below: bare.ground) == "none")
    }

    @Test func `a repository whose settings move the work tree elsewhere is refused`() throws {
        try repository.git("config", "core.worktree", "/usr")
        #expect(try answer(around: repository.path, below: repository.ground) == "its work tree is another folder")
        try repository.git("config", "core.worktree", "/")
        #expect(try answer(around: repository.path, below: repository.ground) == "its work tree is another folder")
    }

    @Test func `a bare repository is refused`() throws {
        let bare = repository.ground.appending("bare.git")
        try repository.git("init", "-q", "--bare", "\(bare)")
        #expect(try answer(around: bare, below: repository.ground) == "it is bare")
    }

    @Test(.enabled("only root can give files away", { geteuid() == 0 }))
    func `a repository of another user is refused`() throws {
        try repository.write("a")
        try repository.commitAll()
        for path in [repository.path, repository.path.appending(".git")] {
            try #require(path.withPlatformString { chown($0, 65534, 65534) } == 0)
        }
        #expect(try answer(around: repository.path, below: repository.ground) == "it belongs to another user")
    }

    @Test func `a repository of a format that libgit2 lacks is an error that says so`() throws {
        let other = repository.ground.appending("new")
        try repository.git("init", "-q", "--object-format=sha256", "\(other)")
        let error = #expect(throws: GitError.self) { try answer(around: other, below: repository.ground) }
        #expect(error?.function == "git_repository_open_ext")
        #expect(error?.message.contains("objectformat") == true)
    }

    @Test(arguments: ["", "garbage", "DIRC"])
    func `a damaged index is a problem, and the rest of the state stays`(bytes: String) throws {
        try repository.write("a")
        try repository.commitAll()
        try repository.write(".git/index", bytes)
        let state = try repository.state()
        #expect(state.branch == "main")
        #expect(bytes.isEmpty || state.changes == nil)
        #expect(state.changes != nil || state.problems.count == 1)
    }

    @Test(arguments: ["", "nonsense\n", "ref: ../../etc/passwd\n", "ref: refs/heads/main\n"])
    func `a damaged HEAD is an error or an empty branch, never a crash`(head: String) throws {
        try repository.commitAll()
        try repository.write(".git/HEAD", head)
        try repository.write(".git/refs/heads/main", "0000\n")
        do {
            let state = try repository.state()
            #expect(state.commit == nil)
        } catch let error as GitError {
            #expect(!error.message.isEmpty)
        } catch is TemporaryRepository.Missing {
            // Without a HEAD that makes sense it is no repository.
        }
    }
}
