import Git
import Glibc
import Synchronization
import SystemCalls
import SystemPackage
import TestFiles
import Testing

/// What a snapshot takes and leaves out, and what it costs.
@Suite struct SnapshotContentTests: SnapshotGround {
    let repository: TemporaryRepository
    let stores: FilePath
    var settings: SnapshotSettings

    init() throws {
        (repository, stores, settings) = try Self.made(by: "mkdir -p a/b/c/d; seq 500 >a/b/c/d/f.txt; echo 1 >one")
    }

    private func used(_ folder: FilePath) throws -> Int {
        Int(try repository.shell("du -s --block-size=1 \(folder) | cut -f1").trimmed) ?? -1
    }

    // MARK: What it costs

    @Test func `a snapshot in which nothing changed writes nothing`() throws {
        settle()
        let first = try capture()
        let before = try repository.shell(
            "cd \(store(first)); find . -type f ! -path './refs/*' | sort | xargs stat -c '%n %i %s %Z'")
        let second = try capture()
        #expect(second.tree == first.tree)
        #expect(
            try repository.shell(
                "cd \(store(first)); find . -type f ! -path './refs/*' | sort | xargs stat -c '%n %i %s %Z'") == before)
    }

    @Test func `one changed line four folders deep takes at most 24 KB`() throws {
        let before = try used(try store(try capture()))
        try repository.shell("echo more >>a/b/c/d/f.txt")
        let after = try used(try store(try capture()))
        #expect(after - before <= 24 << 10)
    }

    @Test func `a first snapshot of thousands of files has each of them, and its index is as git makes it`() throws {
        try repository.shell(
            "for d in $(seq 30); do mkdir -p many/$d; for f in $(seq 100); do echo $d.$f >many/$d/$f; done; done")
        let work = try capture()
        #expect(work.files == 3002)
        let written = try repository.shell(
            """
            cd \(store(work))/objects/pack
            git index-pack -o ../../made pack-*.pack >/dev/null
            cmp pack-*.idx ../../made && git verify-pack -v pack-*.idx | grep -c blob
            """)
        #expect(written.trimmed == "3002")
    }

    @Test func `a tree that was found again is named again, and its reference is as young as the capture`() throws {
        let work = try capture()
        let reference = try store(work).appending("refs/snapshots/\(try #require(work.tree))")
        try repository.shell("touch -d '2 days ago' \(reference)")
        _ = try capture()
        #expect(try FileStatus(of: reference).modified > Clock.now - 60_000_000_000)
    }

    @Test func `what a killed capture left is removed, and a damaged memory costs only time`() throws {
        let work = try capture()
        let folder = try store(work)
        try repository.shell("echo half >\(folder)/objects/pack/tmp_pack_x; echo junk >\(folder)/known; echo 2 >two")
        let second = try capture()
        #expect(try files(second) == ["a/b/c/d/f.txt", "one", "two"])
        #expect(try FileStatus.ifPresent(folder.appending("objects/pack/tmp_pack_x")) == nil)
        #expect(try repository.shell("git --git-dir=\(folder) fsck --full --strict 2>&1 | grep -v notice").isEmpty)
    }

    /// Somebody who removes something from a store.
    private final class Remover: Sendable {
        let lock: OwnedDescriptor

        init(_ store: FilePath) throws {
            lock = try OwnedDescriptor(opening: store.appending("lock"), .readWrite)
            #expect(try lock.tryLock(.exclusive))
        }
    }

    @Test func `a store that something is removed from is waited for, with beats, as long as that takes`() throws {
        let remover = try Remover(try store(try capture()))
        try repository.shell("echo 2 >two")
        let beats = Atomic(0)
        let work = try repository.capture(settings) {
            // A worker that gave none for so long would be taken for stuck.
            if beats.add(1, ordering: .relaxed).newValue == 20 { try? remover.lock.unlock() }
        }.work
        #expect(work.tree != nil && work.problems.isEmpty, "\(work.problems)")
        #expect(beats.load(ordering: .relaxed) > 20)
    }

    @Test mutating func `a store that something is removed from for ever is given up, and then there is no snapshot`()
        throws
    {
        let remover = try Remover(try store(try capture()))
        try repository.shell("echo 2 >two")
        settings.patience = .milliseconds(50)
        let work = try capture()
        extendLifetime(remover)
        #expect(work.tree == nil)
        #expect(work.changes?.untracked == 1)
        #expect(work.problems.contains { $0.contains("cleaned up") })
    }

    // MARK: Secrets

    @Test mutating func `files named like secrets never enter, tracked or not, and a patch tells nothing of them`()
        throws
    {
        settings.secretNames = IgnoreList([IgnorePattern(name: ".env".utf8), IgnorePattern(name: "*.pem".utf8)])
        try repository.shell("echo key >.env; git add .env; git commit -qm e; echo other >.env; echo pem >x.pem")
        let work = try capture()
        #expect(leftOut(work) == [".env", "x.pem"])
        #expect(try files(work) == ["a/b/c/d/f.txt", "one"])
        #expect(work.changes?.differing == 1)
        #expect(work.changes?.untracked == 1)
        #expect(work.patch == [])
    }

    @Test func `an uncommitted file is stored without its secrets, and the patch is without the hunks that have them`()
        throws
    {
        try repository.shell(
            """
            echo SECRET >committed; git add committed; git commit -qm c
            sed -i '3s/.*/SECRET/;400s/.*/fine/' a/b/c/d/f.txt; echo new SECRET >new
            """)
        let work = try capture()
        #expect(try content(work, "committed") == "SECRET\n")
        #expect(try content(work, "new") == "new «scrubbed:x»\n")
        #expect(try !content(work, "a/b/c/d/f.txt").contains("SECRET"))
        #expect(try repository.shell("grep -rla SECRET \(stores) | wc -l").trimmed == "0")
        #expect(Set(leftOut(work)) == ["a/b/c/d/f.txt", "new"])
        let patch = String(decoding: try #require(work.patch), as: UTF8.self)
        #expect(patch.contains("+fine") && !patch.contains("scrubbed") && !patch.contains("SECRET"))
        let file = repository.ground.appending("patch")
        try OwnedDescriptor(opening: file, .writeOnly, options: [.create]).write(Array(patch.utf8))
        let applied = try repository.shell(
            "git clone -q . ../clone; cd ../clone; git apply \(file) 2>&1; sed -n '3p;400p' a/b/c/d/f.txt; ls")
        #expect(applied == "3\nfine\na\ncommitted\none\n")
    }

    @Test
    func
        `a secret that is committed no longer is scrubbed, though it was stored, and one that is committed later is not`()
        throws
    {
        try repository.shell("echo SECRET >x; git add x; git commit -qm x")
        settle()
        #expect(try content(try capture(), "x") == "SECRET\n")
        try repository.shell("git reset -q --soft HEAD^")
        #expect(try content(try capture(), "x") == "«scrubbed:x»\n")
        try repository.shell("git commit -qm again")
        let work = try capture()
        #expect(try content(work, "x") == "SECRET\n")
        #expect(work.changes?.differing == 0)
        #expect(work.leftOut.isEmpty)
    }

    @Test func `a file whose name has a secret is not in the patch`() throws {
        try repository.shell("echo x >in-SECRET.csv; echo 2 >one")
        let work = try capture()
        let patch = String(decoding: try #require(work.patch), as: UTF8.self)
        #expect(patch.contains("+2") && !patch.contains("SECRET"))
        #expect(leftOut(work) == ["in-SECRET.csv"])
    }

    @Test func `what is committed stays as it is in each of its folders, and only there`() throws {
        try repository.shell(
            """
            mkdir -p near/by near/bye near/by.d nea; echo nothing >nea/was
            for d in near/by near/bye near/by.d near nea; do echo SECRET-of-$d >$d/f; done
            git add -A; git commit -qm second
            rm nea/was; mkdir nea/was nea/by; cp near/by/f near/bye/other; cp nea/f nea/was/f; cp nea/f nea/by/f
            mv near/f near/g; mkdir near/f; mv near/g near/f/f
            """)
        let work = try capture()
        // Of the one that is gone, the patch would tell.
        #expect(Set(leftOut(work)) == ["nea/by/f", "nea/was/f", "near/bye/other", "near/f", "near/f/f"])
        for folder in ["near/by", "near/bye", "near/by.d", "nea"] {
            #expect(try content(work, "\(folder)/f").trimmed == "SECRET-of-\(folder)")
        }
        #expect(try content(work, "near/f/f").trimmed == "«scrubbed:x»-of-near")
    }

    @Test func `names and links that have a secret are left out, unless they are committed`() throws {
        try repository.shell(
            """
            mkdir old-SECRET; touch old-SECRET/x was-SECRET.csv; ln -s /SECRET old; git add -A; git commit -qm s
            mkdir new-SECRET; touch new-SECRET/x old-SECRET/y is-SECRET.csv; ln -s /SECRET new; ln -s /plain fine
            """)
        let work = try capture()
        let committed = ["a/b/c/d/f.txt", "old", "old-SECRET/x", "one", "was-SECRET.csv"]
        #expect(try Set(files(work)) == Set(committed + ["fine", "old-SECRET/y"]))
        #expect(leftOut(work) == ["is-SECRET.csv", "new", "new-SECRET", "old-SECRET/y"])
        #expect(try !patch(work).contains("SECRET"))
        #expect(work.changes?.differing == 0)
    }

    @Test(arguments: [false, true])
    func `a text in UTF-16 is stored without its secrets`(isBigEndian: Bool) throws {
        try repository.write(utf16: "key = SECRET\n", to: "u.csv", isBigEndian: isBigEndian)
        try repository.write(utf16: "no key\n", to: "fine.csv", isBigEndian: isBigEndian)
        let work = try capture()
        let kept = try content(work, "u.csv").replacing("\0", with: "")
        #expect(kept.contains("scrubbed:x") && !kept.contains("SECRET"))
        #expect(try content(work, "fine.csv").replacing("\0", with: "").hasSuffix("no key\n"))
        #expect(Set(leftOut(work)) == ["u.csv"])
    }

    // MARK: Limits

    @Test mutating func `a large file is left out, and is changed only when its bytes are`() throws {
        settings.largestFile = 5000
        try repository.shell("head -c 9000 /dev/zero >big; git add big; git commit -qm b; head -c 9000 /dev/zero >new")
        settle()
        try repository.shell("git status >/dev/null; git update-index --refresh")
        var work = try capture()
        #expect(leftOut(work) == ["big", "new"])
        #expect(work.changes?.differing == 0)
        #expect(work.changes?.untracked == 1)
        try repository.shell("echo x >>big")
        work = try capture()
        #expect(work.changes?.differing == 1)
        #expect(work.patch == [])
    }

    @Test mutating func `a tree that is too large loses its largest files`() throws {
        settings.largestTree = 20_000
        try repository.shell("head -c 15000 /dev/zero >x; head -c 12000 /dev/zero >y; head -c 3000 /dev/zero >z")
        let work = try capture()
        #expect(leftOut(work) == ["x"])
        #expect(work.size <= 20_000)
    }

    @Test mutating func `more files than are taken are left out, and that is said`() throws {
        settings.mostFiles = 3
        try repository.shell("touch x y z")
        let work = try capture()
        #expect(work.files == 3)
        #expect(work.leftOut.count == 2)
        #expect(work.problems.count == 1)
    }

    @Test mutating func `a patch that is too large is not kept, and that is said`() throws {
        settings.largestPatch = 1000
        try repository.shell("seq 1000 >new")
        let work = try capture()
        #expect(work.patch == nil)
        #expect(work.problems.count == 1)
        #expect(work.tree != nil)
    }

    // MARK: What is there

    @Test func `pipes and sockets are left out and nothing waits for them, wherever they are`() throws {
        for name in ["pipe", "a/.gitignore", ".gitattributes"] { try makePipe(repository.path.appending(name)) }
        try repository.shell("touch a/x; printf 'x\\r\\n' >one")
        let work = try capture()
        #expect(Set(leftOut(work)) == ["pipe", "a/.gitignore", ".gitattributes"])
        #expect(try files(work) == ["a/b/c/d/f.txt", "a/x", "one"])
    }

    @Test func `nothing waits for a pipe called .gitattributes, though it is ignored`() throws {
        try repository.shell(
            "echo .gitattributes >.gitignore; git add .gitignore; git commit -qm i; printf 'x\\r\\n' >one")
        // git itself would wait for it.
        try makePipe(repository.path.appending(".gitattributes"))
        let work = try capture()
        #expect(work.changes?.differing == 1)
        #expect(work.leftOut.isEmpty)
    }

    @Test(.enabled("root reads everything", { geteuid() != 0 }))
    func `what cannot be read is left out and counted`() throws {
        try repository.shell("mkdir closed; touch closed/x unread; chmod 0 closed unread")
        let work = try capture()
        try repository.shell("chmod 700 closed")
        #expect(leftOut(work) == ["closed", "unread"])
        #expect(work.changes?.unreadable == 2)
    }

    @Test(.enabled("only root can give files away", { geteuid() == 0 }))
    mutating func `files of strangers are left out`() throws {
        try repository.shell("echo x >theirs; chown 65534 theirs")
        let work = try capture()
        #expect(leftOut(work) == ["theirs"])
    }

    @Test func `a file that changes while it is read is marked`() throws {
        try repository.shell("head -c 8000000 /dev/urandom >busy")
        var writer = try ChildProcess(
            "/bin/bash", arguments: ["bash", "-c", "trap 'exit 0' TERM; echo on; while :; do echo x >>busy; done"],
            environment: ["PATH=/usr/bin:/bin"], directory: repository.path)
        _ = try writer.read(atMost: 10)
        // On a busy machine the writer may sleep through a whole look.
        var changed: [FilePath] = []
        for _ in 0..<20 where changed.isEmpty { changed = try capture().changedWhileRead }
        try writer.process.send(.terminate)
        _ = try writer.end()
        #expect(changed == ["busy"])
    }

    @Test func `a submodule's files are in the tree, its changes count, and the patch has only its commit`() throws {
        try repository.shell(
            """
            git init -q ../sub; cd ../sub; echo s >s.py; echo '*.log' >.gitignore; git add -A; git commit -qm s
            cd ../work; git -c protocol.file.allow=always submodule --quiet add ../sub vendor/sub; git commit -qm sub
            """)
        var work = try capture()
        #expect(work.changes?.differing == 0)
        #expect(try files(work).contains("vendor/sub/s.py"))
        #expect(work.patch == [])
        try repository.shell("cd vendor/sub; echo changed >s.py; touch x.log new.py")
        work = try capture()
        #expect(work.changes?.differing == 1)
        #expect(try content(work, "vendor/sub/s.py") == "changed\n")
        #expect(try files(work).filter { $0.hasPrefix("vendor/sub/") }.count == 3)
        #expect(work.patch == [])
        #expect(work.problems.contains { $0.contains("vendor/sub") })
        try repository.shell("cd vendor/sub; git add -A; git commit -qm more")
        work = try capture()
        #expect(work.changes?.differing == 1)
        #expect(String(decoding: work.patch ?? [], as: UTF8.self).contains("+Subproject commit"))
    }

    @Test func `a repository inside is left out, and counts as one file`() throws {
        try repository.shell("git init -q in; touch in/x in/y")
        let work = try capture()
        #expect(leftOut(work) == ["in"])
        #expect(work.changes?.untracked == 1)
    }

    @Test func `a repository inside is one by a link to its folder, too`() throws {
        try repository.shell(
            "git init -q ../other; mkdir in off; ln -s ../../other/.git in; ln -s gone off/.git; touch in/x off/x")
        let work = try capture()
        #expect(leftOut(work) == ["in"])
        #expect(try files(work).contains("off/x"))
    }

    @Test func `names that git itself refuses to add are kept`() throws {
        try repository.shell("mkdir sub; touch 'git~1' .GIT sub/.Git; printf 1 >\"$(printf 'n%.0s' $(seq 255))\"")
        let work = try capture()
        #expect(Set(["git~1", ".GIT", "sub/.Git"]).isSubset(of: Set(try files(work))))
        #expect(work.problems.isEmpty)
    }

    @Test func `a path longer than calls take is left out`() throws {
        try repository.shell("n=$(printf 'n%.0s' $(seq 200)); for i in $(seq 25); do mkdir $n; cd $n; done; touch deep")
        let work = try capture()
        #expect(work.files == 2)
        #expect(work.leftOut.count == 1)
    }

    @Test(arguments: [
        "git update-index --split-index",
        "git sparse-checkout set --sparse-index a; git sparse-checkout set --sparse-index one",
        "echo junk >.git/index",
    ])
    func `without an index that can be read there is a snapshot, and what is changed is not known`(script: String)
        throws
    {
        try repository.shell("echo '*.log' >.gitignore; git add -A; git commit -qm i; \(script); touch x.log y.py")
        let (state, work) = try repository.capture(settings)
        #expect(try files(work).contains("y.py") && !files(work).contains("x.log"))
        #expect(work.changes == nil)
        #expect(state.problems.count == 1)
    }

    @Test func `a folder in no repository, and one in a repository of another kind, have snapshots by their rules`()
        throws
    {
        let folder = repository.ground.appending("plain")
        try repository.shell(
            "git init -q --object-format=sha256 \(folder); cd \(folder); echo '*.log' >.gitignore; echo mine >>.git/info/exclude; mkdir s; touch x.log s/y.log s/y.py mine"
        )
        let work = PlainFolder.capture(folder, settings)
        #expect(try files(work) == [".gitignore", "s/y.py"])
        #expect(work.changes == nil && work.patch == nil && work.problems.isEmpty)
    }

    @Test
    mutating func `the configuration's rules leave out what is tracked too, and may take back what is passed over`()
        throws
    {
        settings.passedOver = IgnoreList(["cache/", "venv/"].compactMap { IgnorePattern($0.utf8) })
        settings.ignored = IgnoreList(["data/", "!venv/"].compactMap { IgnorePattern($0.utf8) })
        settings.environmentMarks = [Array("pyvenv.cfg".utf8)]
        try repository.shell(
            """
            mkdir data cache venv env; touch data/kept cache/x venv/x env/pyvenv.cfg
            mkdir cache/in; touch cache/in/tracked; git add -f data cache/in; git commit -qm d; touch data/new
            """)
        let work = try capture()
        #expect(try files(work) == ["a/b/c/d/f.txt", "cache/in/tracked", "one", "venv/x"])
        #expect(leftOut(work) == ["data"])
        #expect(work.changes?.differing == 0)
        #expect(work.changes?.untracked == 1)
    }

    // MARK: Rules that are not read

    @Test(.enabled("only root can give files away", { geteuid() == 0 }))
    func `rules of a stranger are not read, and that is said`() throws {
        try repository.shell("echo '*.log' >a/.gitignore; chown 65534 a/.gitignore; touch a/x.log")
        let work = try capture()
        #expect(try files(work).contains("a/x.log"))
        #expect(work.problems.count == 1)
        #expect(work.problems.first?.contains("a/.gitignore") == true)
    }

    @Test(arguments: [
        "yes '*.log' | head -c 2000000 >.git/info/exclude", "mkdir ../rules; git config core.excludesFile ../rules",
        "yes '*.log' | head -c 2000000 >../rules; git config core.excludesFile $PWD/../rules",
    ])
    func `rules for the whole repository that cannot be read are said`(script: String) throws {
        try repository.shell("\(script); touch x.log")
        let work = try capture()
        #expect(work.problems.count == 1)
        #expect(work.problems.first?.contains("were not read") == true)
        try repository.shell("rm .git/info/exclude; git config core.excludesFile /dev/null")
        #expect(try capture().problems.isEmpty)
    }

    // MARK: Disks that cannot do all

    @Test func `on a disk without modes and links files have those of the index`() throws {
        try repository.shell(
            """
            touch run.sh; chmod +x run.sh; ln -s one link; git add -A; git commit -qm m
            git config core.fileMode false; git config core.symlinks false
            rm link; git checkout -q link; chmod +x one; chmod -x run.sh; touch new; chmod +x new
            """)
        let work = try capture()
        #expect(work.changes?.differing == 0)
        let modes = try repository.shell("git --git-dir=\(store(work)) ls-tree \(#require(work.tree)) | grep -v tree")
        #expect(
            modes.split(separator: "\n").map { "\($0.prefix(6)) \($0.split(separator: "\t")[1])" }
                == ["120000 link", "100644 new", "100644 one", "100755 run.sh"])
        #expect(try patch(work).split(separator: "\n").filter { $0.hasPrefix("diff") } == ["diff --git a/new b/new"])
    }
}
