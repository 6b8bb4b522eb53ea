import Git
import SystemCalls
import SystemPackage
import TestFiles
import Testing

/// The commits that no remote has, as other hosts get them with a snapshot, against what the real git makes of them.
@Suite struct SnapshotCommitsTests: SnapshotGround {
    let repository: TemporaryRepository
    let stores: FilePath
    var settings: SnapshotSettings
    private var handed: FilePath { repository.ground.appending("handed") }

    init() throws {
        (repository, stores, settings) = try Self.made(by: "mkdir src; seq 300 >src/a.py; echo same >same.txt")
        settings.pack = PackSettings(into: handed, atMost: 1_000_000, withCommits: true)
        settings.secretNames = IgnoreList([IgnorePattern(name: ".env".utf8)])
        try FileSystem.makeDirectories(handed)
    }

    /// As after a push of what HEAD has.
    private func push() throws { try repository.shell("git update-ref refs/remotes/origin/main HEAD") }

    /// What a script prints in a repository that fetched the bundle, after some commits of ours where it needs them.
    private func fetched(_ bundle: SnapshotBundle, after first: String? = nil, _ script: String) throws -> [String] {
        let out = try repository.shell(
            """
            set -e
            fresh=\(repository.ground)/fresh.git; rm -rf $fresh; git init -q --bare $fresh
            \(first.map { "git -C $fresh fetch -q \(repository.path) \($0)" } ?? "")
            cd $fresh; git bundle verify -q \(handed.appending(bundle.file)) >/dev/null
            git fetch -q \(handed.appending(bundle.file)) HEAD; git fsck --strict >/dev/null 2>&1
            \(script)
            """)
        return out.split(separator: "\n").map(String.init)
    }

    private func lines(_ script: String) throws -> [String] {
        try repository.shell(script).split(separator: "\n").map(String.init)
    }

    @Test func `git fetches the commits with all that they have, and is told what they follow`() throws {
        try push()
        let first = try repository.git("rev-parse", "HEAD").trimmed
        try repository.shell(
            """
            echo gone >gone.py; echo 301 >>src/a.py; git add -A; git commit -qm second
            git rm -q gone.py; git commit -qm third; echo 302 >>src/a.py; echo new >new.py
            """)
        let work = try capture()
        #expect(work.problems.isEmpty && work.pack?.base == nil)
        let bundle = try #require(work.bundle)
        #expect(bundle.count == 2 && bundle.prerequisites.map(\.description) == [first])
        #expect(try FileStatus(of: handed.appending(bundle.file)).size == Int64(bundle.size))
        #expect(try repository.shell("sha256sum <\(handed.appending(bundle.file))").hasPrefix(bundle.digest))
        let all = "git rev-list --objects --no-object-names"
        #expect(try fetched(bundle, after: first, "\(all) FETCH_HEAD | sort") == lines("\(all) HEAD | sort"))
        #expect(try fetched(bundle, after: first, "git show FETCH_HEAD~1:gone.py") == ["gone"])
        // Not what others have already.
        let own = try lines("git rev-list --objects --no-object-names HEAD ^\(first)").count
        let packed = try repository.shell(
            "sed '1,/^$/d' \(handed.appending(bundle.file)) | git index-pack --stdin --fix-thin | cut -f2")
        let index = "git show-index <.git/objects/pack/pack-\(packed.trimmed).idx | wc -l"
        #expect(try Int(repository.shell(index).trimmed) == own)
        let heads = try lines("git bundle list-heads \(handed.appending(bundle.file)) | cut -d' ' -f2")
        #expect(heads == ["refs/heads/main", "HEAD"])
    }

    @Test(arguments: [
        "true",
        """
        git checkout -qb side; echo s >side.py; git add -A; git commit -qm side
        git checkout -q main; echo m >main.py; git add -A; git commit -qm own; git merge -q --no-edit side
        """,
        "git commit -q --allow-empty -m empty; git rm -rq .; git commit -qm nothing",
        "git checkout -q --orphan other; echo o >o.py; git add -A; git commit -qm o; git merge -q --allow-unrelated-histories main",
        "echo two >two; git add -A; git commit -qm two; git checkout -q --detach",
    ])
    func `without a remote that is the whole history`(script: String) throws {
        try repository.shell(script)
        let work = try capture()
        #expect(work.problems.isEmpty)
        let bundle = try #require(work.bundle)
        #expect(try bundle.count == lines("git rev-list HEAD").count && bundle.prerequisites.isEmpty)
        let all = "git rev-list --objects --no-object-names"
        #expect(try fetched(bundle, "\(all) FETCH_HEAD | sort") == lines("\(all) HEAD | sort"))
    }

    @Test func `what a remote has of both sides of a merge is followed`() throws {
        try repository.shell(
            """
            git checkout -qb side; echo s >side.py; git add -A; git commit -qm side
            git update-ref refs/remotes/origin/side HEAD
            git checkout -q main; git update-ref refs/remotes/origin/main HEAD; echo m >main.py; git add -A
            git commit -qm own; git merge -q --no-edit side
            """)
        let bundle = try #require(try capture().bundle)
        #expect(bundle.count == 2)
        #expect(try bundle.prerequisites.map(\.description) == lines("git rev-parse main~1~1 side | sort"))
        let all = "git rev-list --objects --no-object-names"
        #expect(try fetched(bundle, after: "side", "\(all) FETCH_HEAD | sort") == lines("\(all) HEAD | sort"))
    }

    @Test mutating func `only where they are asked for, and where a remote lacks some`() throws {
        settings.pack?.hasCommits = false
        #expect(try capture().bundle == nil)
        settings.pack?.hasCommits = true
        #expect(try capture().bundle?.count == 1)
        try push()
        let shared = try capture()
        #expect(shared.problems.isEmpty && shared.bundle == nil && shared.pack?.base != nil)
    }

    @Test func `a remote's HEAD that names a branch which is gone keeps nothing here`() throws {
        try repository.shell(
            """
            git update-ref refs/remotes/origin/main HEAD; git commit -q --allow-empty -m own
            git symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/master
            """)
        let work = try capture()
        #expect(work.bundle?.count == 1 && work.problems.isEmpty)
    }

    @Test func `the same commits are one bundle, made once, whatever the files are`() throws {
        let work = try capture()
        let first = try #require(work.bundle)
        let note = try store(work).appending("shared-commits/note")
        let before = try FileStatus(of: note)
        try repository.write("new.py", "1\n")
        let second = try capture()
        #expect(second.pack?.digest != work.pack?.digest)
        #expect(second.bundle?.digest == first.digest && second.bundle?.file != first.file)
        #expect(try FileStatus(of: note).inode == before.inode)
        #expect(try FileStatus(of: note).modified > before.modified)
        for change in [
            "git commit -q --allow-empty -m again", "git branch -m other", "git update-ref refs/remotes/o/x HEAD~1",
        ] {
            let known = try capture().bundle?.digest
            try repository.shell("\(change); git tag -f before HEAD~1")
            let bundle = try #require(try capture().bundle)
            #expect(bundle.digest != known, "\(change)")
            #expect(try fetched(bundle, after: "before", "git rev-parse FETCH_HEAD") == lines("git rev-parse HEAD"))
        }
    }

    // MARK: What stays here

    private static let secrets: [(script: String, reason: String, commit: String)] = [
        (
            "echo SECRET >src/b.py; COMMIT; git rm -q src/b.py; COMMIT",
            "src/b.py of commit ID holds what looks like a secret", "HEAD~1"
        ),
        (
            "printf 'SECRET' | iconv -t utf-16 >b.txt; COMMIT; git rm -q b.txt; COMMIT",
            "b.txt of commit ID holds what looks like a secret", "HEAD~1"
        ),
        ("ln -s SECRET l; COMMIT; git rm -q l; COMMIT", "l of commit ID holds what looks like a secret", "HEAD~1"),
        (
            "echo x >src/SECRET; COMMIT; git rm -q src/SECRET; COMMIT",
            "a name in src of commit ID looks like a secret", "HEAD~1"
        ),
        // The content is that of a file which is there, and so is the folder.
        (
            "cp same.txt src/SECRET; COMMIT; git rm -q src/SECRET; COMMIT",
            "a name in src of commit ID looks like a secret", "HEAD~1"
        ),
        (
            "git mv src SECRET; COMMIT; git mv SECRET src; COMMIT",
            "a name in its root of commit ID looks like a secret", "HEAD~1"
        ),
        (
            "echo A=1 >src/.env; COMMIT; git rm -q src/.env; COMMIT",
            "src/.env of commit ID is called like a file that holds secrets", "HEAD~1"
        ),
        (
            "git commit -q --allow-empty -m 'the key is SECRET'", "the text of commit ID has what looks like a secret",
            "HEAD"
        ),
        (
            "GIT_AUTHOR_NAME=SECRET git commit -q --allow-empty -m x",
            "the text of commit ID has what looks like a secret", "HEAD"
        ),
        (
            "printf 'commit refs/heads/main\\ncommitter a <a@b> 1 +0000\\ndata 3\\na\\0b\\nfrom refs/heads/main^0\\n' | git fast-import --quiet",
            "the text of commit ID is none", "HEAD"
        ),
        (
            """
            for n in $(seq 1000); do
            printf 'commit refs/heads/main\\ncommitter a <a@b> %d +0000\\ndata 1\\nx\\n' $n
            [ $n = 1 ] && echo from refs/heads/main^0
            done | git fast-import --quiet
            """, "they are more than 999", "HEAD"
        ),
        (
            "head -c 3000000 /dev/urandom >big; COMMIT; git rm -q big; COMMIT",
            "they take more than 1000000 bytes, packed (snapshot: share)", "HEAD"
        ),
    ]

    @Test(arguments: secrets)
    func `what holds a secret, or is too much, keeps the commits here and not the files, which is told`(
        script: String, reason: String, commit: String
    ) throws {
        try repository.shell(script.replacing("COMMIT", with: "git add -A; git commit -qm c"))
        let id = try repository.git("rev-parse", commit).trimmed.prefix(8)
        let told =
            "snapshot: other hosts do not get the commits that no remote has: " + reason.replacing("ID", with: id)
        for _ in 1...2 {
            let work = try capture()
            #expect(work.problems == [told])
            #expect(work.bundle == nil && work.pack != nil)
        }
    }

    @Test func `a branch whose name has a secret is not named`() throws {
        try repository.shell("git checkout -qb SECRET")
        let bundle = try #require(try capture().bundle)
        #expect(try lines("git bundle list-heads \(handed.appending(bundle.file)) | cut -d' ' -f2") == ["HEAD"])
    }

    @Test mutating func `a limit that is raised lets them go along, and one that is lowered does not`() throws {
        try repository.shell(
            "head -c 300000 /dev/urandom >big; git add -A; git commit -qm b; git rm -q big; git commit -qm c")
        for (limit, count, problems) in [(100_000, nil, 1), (1_000_000, 3, 0), (100_000, nil, 1)] {
            settings.pack?.largest = limit
            let work = try capture()
            #expect(work.bundle?.count == count && work.problems.count == problems, "\(limit)")
            #expect(work.pack != nil)
        }
    }

    @Test func `what is missing of an old commit is told, and known once it is there`() throws {
        try repository.shell("echo old >old.py; git add -A; git commit -qm b; git rm -q old.py; git commit -qm c")
        let object = try repository.shell("git rev-parse HEAD~1:old.py | sed 's#^..#.git/objects/&/#'").trimmed
        try repository.shell("mv \(object) ../kept")
        let problems = try capture().problems
        #expect(problems.count == 1 && problems.first?.contains("is not here") == true, "\(problems)")
        try repository.shell("mv ../kept \(object)")
        let work = try capture()
        #expect(work.bundle?.count == 3 && work.problems.isEmpty)
    }
}
