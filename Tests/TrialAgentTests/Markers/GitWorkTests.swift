import SystemCalls
import SystemPackage
import TestFiles
import Testing

@testable import TrialAgent

/// Real repositories, as git itself leaves them.
@Suite struct GitWorkTests {
    let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    func git(_ script: String) throws {
        var child = try ChildProcess(
            "/bin/bash", arguments: ["bash", "-ec", "cd '\(folder.path)'; \(script)"],
            environment: ["PATH=/usr/bin:/bin", "HOME=\(folder.path)", "GIT_CONFIG_NOSYSTEM=1"])
        child.closeInput()
        while let piece = try child.read(atMost: 4096), !piece.isEmpty {}
        #expect(try child.end() == .exited(0))
    }

    static let begin = "git init -q r; cd r; git config user.email a@b; git config user.name n; "

    @Test(arguments: [2, 3, 4])
    func `the index tells which bytes git has for a file, in each of its versions`(version: Int) throws {
        try git(
            Self.begin + "git config index.version \(version); mkdir -p a/b; "
                + "for i in $(seq 200); do echo $i > a/b/$i.run; done; printf x > 'a/ä b.run'; : > e.run; git add -A; "
                + "git update-index --index-version \(version)")
        let root = folder.path.appending("r")
        let work = try #require(GitWork(around: root.appending("a").appending("b")))
        for number in [1, 2, 99, 200] {
            let file = root.appending("a/b/\(number).run")
            #expect(work.indexHolds(Array("\(number)\n".utf8), at: file, changed: Clock.now) == true)
            #expect(work.indexHolds(Array("\(number)".utf8), at: file, changed: Clock.now) == false)
        }
        #expect(work.indexHolds(Array("x".utf8), at: root.appending("a/ä b.run"), changed: Clock.now) == true)
        #expect(work.indexHolds([], at: root.appending("e.run"), changed: Clock.now) == true)
        #expect(work.indexHolds([], at: root.appending("none.run"), changed: Clock.now) == false)
    }

    @Test func `a repository of SHA-256 is read, too`() throws {
        try git("git init -q --object-format=sha256 r; cd r; echo 1 > a.run; git add -A")
        let work = try #require(GitWork(around: folder.path.appending("r")))
        #expect(work.indexHolds(Array("1\n".utf8), at: folder.path.appending("r/a.run"), changed: Clock.now) == true)
    }

    @Test func `a linked work tree has an index and a log of its own, and shares the stashes`() throws {
        try git(
            Self.begin + "echo 1 > a.run; git add -A; git commit -qm one; git worktree add -q ../tree; echo 2 > u; "
                + "git stash -qu")
        let work = try #require(GitWork(around: folder.path.appending("tree")))
        #expect(work.indexHolds(Array("1\n".utf8), at: folder.path.appending("tree/a.run"), changed: Clock.now) == true)
        #expect(work.signs().isBirth(Clock.now))
        #expect(work.signs().stashed != nil)
    }

    @Test func `an index that is a FIFO, cut off or damaged keeps nobody waiting and says nothing`() throws {
        try git(Self.begin + "for i in $(seq 50); do echo $i > $i.run; done; git add -A")
        let root = folder.path.appending("r")
        let index = root.appending(".git/index")
        let whole = try OwnedDescriptor(opening: index, .readOnly).readToEnd(limit: 1 << 20)
        let work = try #require(GitWork(around: root))
        for length in stride(from: 0, to: whole.count, by: 7) {
            try DurableFile.write(Array(whole[..<length]), to: index)
            #expect(work.indexHolds(Array("x".utf8), at: root.appending("9.run"), changed: Clock.now) != true)
        }
        for place in stride(from: 12, to: whole.count, by: 5) {
            var damaged = whole
            damaged[place] ^= 0xFF
            try DurableFile.write(damaged, to: index)
            #expect(work.indexHolds(Array("x".utf8), at: root.appending("9.run"), changed: Clock.now) != true)
        }
        try git(
            "cd r; rm .git/index; mkfifo .git/index .git/logs.new; rm -rf .git/logs; mkdir .git/logs; mkfifo .git/logs/HEAD"
        )
        #expect(work.indexHolds([], at: root.appending("9.run"), changed: Clock.now) == nil)
        #expect(!work.signs().isAtWork(at: 0))
    }

    @Test func `what was added after it was written is the user's, though the index has it`() throws {
        try git(Self.begin + "echo 1 > a.run; git add -A; git commit -qm one; echo 2 > b.run; git add -A")
        let root = folder.path.appending("r")
        let work = try #require(GitWork(around: root))
        let written = try FileStatus(of: root.appending("b.run")).changed
        #expect(work.indexHolds(Array("2\n".utf8), at: root.appending("b.run"), changed: written) == false)
        try git("cd r; sleep 0.05; rm a.run; git checkout -q a.run")
        let restored = try FileStatus(of: root.appending("a.run")).changed
        #expect(work.indexHolds(Array("1\n".utf8), at: root.appending("a.run"), changed: restored) == true)
    }

    @Test func `a folder in no repository has none`() {
        #expect(GitWork(around: "/proc") == nil)
    }
}
