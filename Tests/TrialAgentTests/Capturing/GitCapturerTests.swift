import Git
import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials

@testable import TrialAgent

@Suite struct GitCapturerTests {
    let ground: CaptureGround
    let capturer: GitCapturer

    init() throws {
        ground = try CaptureGround()
        capturer = GitCapturer(try Self.library.get(), below: ground.path.removingLastComponent())
    }

    /// One for all tests, as libgit2 has one set of search paths a process.
    static let library = Result { try GitLibrary(home: "/nonexistent") }

    private func git(_ arguments: String...) throws {
        var child = try ChildProcess(
            "/usr/bin/git", arguments: ["git", "-c", "user.name=a", "-c", "user.email=a@b"] + arguments,
            environment: ["PATH=/usr/bin:/bin", "HOME=/nonexistent", "GIT_CONFIG_NOSYSTEM=1"], directory: ground.path)
        child.closeInput()
        _ = try child.end()
    }

    private func commit() throws {
        try git("init", "-q", "-b", "main")
        try ground.write("train.py", "1\n")
        try git("add", "-A")
        try git("commit", "-q", "-m", "c")
    }

    @Test func `a clean repository gives daskperiment's five keys in its order`() throws {
        try commit()
        let part = try capturer.capture(ground.subject())
        let commit = try #require(part.git?.commit)
        #expect(
            part.environment[.git]
                == .document([
                    "Working Directory": .text(ground.path.string), "Git Repository": .text(ground.path.string),
                    "Git Active Branch": .text("main"), "Git HEAD Commit": .text(commit),
                    "Git Dirty Flag": .bool(false),
                ]))
        #expect(part.problems.isEmpty)
    }

    @Test func `markers, receipts and our own folder make nothing dirty and count as nothing, unless git tracks them`()
        throws
    {
        try commit()
        for name in ["a.run", "sub/b.run.yaml", "a.run.trial.json", ".trialwatch/x/y.txt", "new.py"] {
            try ground.write(name)
        }
        let facts = try #require(try capturer.capture(ground.subject()).git)
        #expect(facts.untracked == 1)
        #expect(facts.isDirty == false)
        try git("add", "a.run")
        #expect(try capturer.capture(ground.subject()).git?.isDirty == true)
    }

    @Test func `a project's own marker patterns replace the standard ones`() throws {
        try commit()
        try ground.write("a.run")
        try ground.write("a.job")
        var subject = ground.subject()
        subject.markers = ["*.job"]
        #expect(try capturer.capture(subject).git?.untracked == 1)
        try FileSystem.remove(ground.path.appending("a.run"))
        let facts = try capturer.capture(subject).git
        #expect(facts?.untracked == 0)
    }

    @Test func `a project in no repository is said to be in none, in daskperiment's words`() throws {
        let part = try capturer.capture(ground.subject())
        #expect(part.environment[.git]?.fields?["Git HEAD Commit"] == .text("Not Git Controlled"))
        #expect(part.git == nil)
        #expect(part.problems.isEmpty)
    }

    @Test(arguments: ["rm .git/HEAD; mkfifo .git/HEAD", "rm -r .git/refs", "rm -r .git; mkdir .git"])
    func `what is named as a repository and is none is a problem`(damage: String) throws {
        try commit()
        try ground.write("sub/train.py", "1\n")
        var script = try Script(damage, in: ground.path)
        #expect(try script.end() == .exited(0))
        for folder in [ground.path, ground.path.appending("sub")] {
            var subject = ground.subject()
            subject.project = folder.string
            let part = try capturer.capture(subject)
            #expect(part.git == nil)
            #expect(part.problems == ["git: \(ground.path)/.git is there, and is no repository that can be read"])
        }
    }

    @Test func `a refused repository is a problem, and no facts are taken from it`() throws {
        try git("init", "-q", "--bare", ".")
        let part = try capturer.capture(ground.subject())
        #expect(part.git == nil)
        #expect(part.problems.count == 1)
        #expect(part.problems.first?.hasPrefix("git: refused: ") == true)
    }

    @Test func `with a damaged index nothing is said to be clean`() throws {
        try commit()
        try ground.write(".git/index", "garbage")
        let part = try capturer.capture(ground.subject())
        #expect(part.git?.branch == "main")
        #expect(part.git?.isDirty == nil)
        #expect(part.environment[.git] == nil)
        #expect(part.problems.count == 1)
    }

    @Test func `a repository that cannot be opened is an error that names the project`() throws {
        try commit()
        try ground.write(".git/config", "[core\n")
        let error = #expect(throws: AgentError.self) { try capturer.capture(ground.subject()) }
        #expect(error?.subject == ground.path.string)
    }

    @Test func `a project inside a repository has its own folder and the repository's`() throws {
        try commit()
        try ground.write("inner/x.py")
        var subject = ground.subject()
        subject.project += "/inner"
        let fields = try #require(try capturer.capture(subject).environment[.git]?.fields)
        #expect(fields["Working Directory"] == .text("\(ground.path)/inner"))
        #expect(fields["Git Repository"] == .text(ground.path.string))
    }
}
