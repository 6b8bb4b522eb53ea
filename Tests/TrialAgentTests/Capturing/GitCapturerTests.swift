import Bytes
import Git
import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials
import YAML

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

    @Test(arguments: ["mkdir .git", "touch .git"])
    func `what is only called .git does not make the folders around a project a part of it`(script: String) throws {
        try ground.write("letter.txt", "1\n")
        try ground.write("work/x/train.py", "1\n")
        var made = try Script(script, in: ground.path)
        #expect(try made.end() == .exited(0))
        var subject = ground.subject(keeping: true)
        subject.project += "/work/x"
        let facts = try #require(try capturer.capture(subject).snapshot?.facts)
        #expect(facts.files == 1)
        #expect(facts.folder.isEmpty)
    }

    @Test func `a project in a repository of another kind is kept with what is around it`() throws {
        try git("init", "-q", "--object-format=sha256")
        try ground.write("lib.py", "1\n")
        try ground.write("sub/train.py", "1\n")
        var subject = ground.subject(keeping: true)
        subject.project += "/sub"
        let facts = try #require(try capturer.capture(subject).snapshot?.facts)
        #expect(facts.files == 2)
        #expect(facts.folder == "sub")
    }

    @Test func `without a store what is not in the patch is said all the same`() throws {
        try commit()
        try ground.write("train.py", "password = 'hunter2hunter2'\n")
        for number in 0..<30 { try ground.write("\(number).pem", "key\n") }
        var subject = ground.subject(keeping: true)
        subject.snapshot?.stores = try ground.write("sub/no-folder").string
        let part = try capturer.capture(subject)
        #expect(part.snapshot?.facts == nil)
        #expect(part.snapshot?.patch != nil)
        #expect(part.problems.contains { $0.contains("train.py") && $0.contains("not in the patch") })
        #expect(part.problems.contains { $0.contains("more files") })
        #expect(part.problems.count < 30)
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

    @Test func `of a repository that cannot be opened the files are kept, and the reason is told`() throws {
        try commit()
        try ground.write(".git/config", "[core\n")
        let part = try capturer.capture(ground.subject(keeping: true))
        #expect(part.git == nil)
        #expect(part.snapshot?.facts?.files == 1)
        #expect(part.problems.count == 1)
        #expect(part.problems.first?.contains(ground.path.string) == true)
    }

    @Test func `the project's files are kept in the same look, with the patch as a part`() throws {
        try commit()
        try ground.write("train.py", "2\n")
        try ground.write("sub/x.py", "password = 'hunter2hunter2'\n")
        try ground.write(".env", "KEY=1\n")
        try ground.write("now.run", "")
        try ground.write("data/large", "")
        var subject = ground.subject(keeping: true)
        subject.project += "/sub"
        subject.snapshot?.ignore = ["x.log"]
        let part = try capturer.capture(subject)
        let facts = try #require(part.snapshot?.facts)
        #expect(facts.folder == "sub")
        #expect(facts.files == 3)
        #expect(facts.base == part.git?.commit)
        #expect(!facts.baseIsShared)
        #expect(part.git?.unshared == 1)
        #expect(facts.leftOut.map(\.path) == [".env", "sub/x.py", "sub/x.py"])
        #expect(facts.leftOut.map(\.isScrubbed) == [false, true, true])
        var made = MadeCapture(TrialCapture(began: .now, agent: "1"))
        made.take(part)
        let patch = try #require(made.parts.first { $0.reference.role == .patch })
        var recorded = facts
        recorded.patch = patch.reference
        #expect(made.record.snapshot == recorded)
        #expect(made.scrubbed().record.snapshot == recorded)
        #expect(made.record.keptParts == [patch.reference])
        #expect(String(decoding: patch.bytes, as: UTF8.self).contains("-1\n+2\n"))
        #expect(part.problems.isEmpty)
    }

    @Test func `what other hosts need is put where it is asked for, and the trial says what it is`() throws {
        try commit()
        let packs = ground.stores.appending("handed")
        try FileSystem.makeDirectories(packs)
        var subject = ground.subject()
        subject.snapshot = SnapshotWish(stores: ground.stores.string, packs: packs.string)
        let whole = try capturer.capture(subject)
        #expect(whole.snapshot?.facts?.pack == .whole)
        try git("update-ref", "refs/remotes/origin/main", "HEAD")
        // What is kept without its secret has none left.
        try ground.write("new.py", "password = 'hunter2hunter2'\n")
        let part = try capturer.capture(subject)
        #expect(part.problems.isEmpty)
        let facts = try #require(part.snapshot?.facts)
        #expect(facts.pack == .besidesBase && facts.baseIsShared)
        let pack = try #require(part.snapshot?.pack)
        var made = MadeCapture(TrialCapture(began: .now, agent: "1"))
        made.take(part, packs: packs)
        let reference = PartReference(digest: pack.digest, size: pack.size, role: .pack, name: "snapshot.pack")
        #expect(made.files == [.init(reference: reference, file: packs.appending(pack.file))])
        #expect(made.record.keptParts.contains(reference))
        #expect(made.scrubbed().record.snapshot?.shared == reference)
        let file = try #require(made.files.first?.file)
        #expect(try SHA256.digest(of: file.content()).hex == pack.digest)

        var asked = SnapshotLimits()
        asked.bundle = true
        try git("commit", "-q", "--allow-empty", "-m", "own")
        subject.snapshot = SnapshotWish(stores: ground.stores.string, asked, packs: packs.string)
        let own = try capturer.capture(subject)
        #expect(own.problems.isEmpty && own.snapshot?.facts?.pack == .whole)
        var commits = Snapshot.Commits(count: 1, prerequisites: [try #require(facts.base)])
        #expect(own.snapshot?.facts?.commits == commits)
        var kept = MadeCapture(TrialCapture(began: .now, agent: "1"))
        kept.take(own, packs: packs)
        #expect(kept.files.map(\.reference.role) == [.pack, .commits])
        commits.bundle = kept.files.last?.reference
        #expect(kept.scrubbed().record.snapshot?.commits == commits)
        #expect(kept.record.keptParts.contains { $0 == commits.bundle })

        var none = SnapshotLimits()
        none.share = ByteCount(bytes: 0)
        subject.snapshot = SnapshotWish(stores: ground.stores.string, none, packs: packs.string)
        let silent = try capturer.capture(subject)
        #expect(silent.snapshot?.facts?.pack == nil && silent.snapshot?.pack == nil && silent.problems.isEmpty)
    }

    @Test(arguments: ["../x", "/etc/passwd", "a/b", "", "..", "."])
    func `a pack that the worker says to lie elsewhere is not taken`(name: String) throws {
        var part = CapturedPart()
        part.snapshot = CapturedSnapshot()
        part.snapshot?.facts = Snapshot(
            tree: String(repeating: "a", count: 40), store: "p", host: "h", began: .now, files: 1, size: 1)
        part.snapshot?.facts?.pack = .whole
        part.snapshot?.facts?.commits = .init(count: 1, prerequisites: [])
        let elsewhere = CapturedPack(file: name, digest: String(repeating: "0", count: 64), size: 1)
        part.snapshot?.pack = elsewhere
        part.snapshot?.bundle = elsewhere
        var made = MadeCapture(TrialCapture(began: .now, agent: "1"))
        made.take(part, packs: "/tmp")
        #expect(made.files.isEmpty)
        #expect(made.record.snapshot?.pack == nil && made.record.snapshot?.shared == nil)
        #expect(made.record.snapshot?.commits == nil)
        #expect(made.record.problems.count == 2)
    }

    @Test func `a project in no repository is kept by its own rules`() throws {
        try ground.write("train.py", "1\n")
        try ground.write("data/x", "1\n")
        var subject = ground.subject(keeping: true)
        subject.snapshot?.ignore = ["data/"]
        let part = try capturer.capture(subject)
        #expect(part.snapshot?.facts?.files == 1)
        #expect(part.snapshot?.facts?.base == nil)
        #expect(part.git == nil && part.problems.isEmpty)
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
