import Git
import SystemCalls
import SystemPackage
import TestFiles
import Testing

/// The commits that no remote has, in what other hosts get of a snapshot, against what the real git makes of it.
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

    /// As after a push of the first commit.
    private func push() throws { try repository.shell("git update-ref refs/remotes/origin/main HEAD") }

    /// What git lists in a repository that has the first commit, or none, and has taken the pack.
    private func objects(in pack: SnapshotPack, fetching first: String? = nil) throws -> [String] {
        let out = try repository.shell(
            """
            set -e -o pipefail
            fresh=\(repository.ground)/fresh.git; rm -rf $fresh; git init -q --bare $fresh
            \(first.map { "git -C $fresh fetch -q \(repository.path) \($0)" } ?? "")
            cd $fresh
            name=$(git index-pack --stdin <\(handed.appending(pack.file)) | cut -f2)
            git show-index <objects/pack/pack-$name.idx | cut -d' ' -f2 | sort
            """)
        return out.split(separator: "\n").map(String.init)
    }

    /// The objects that git lists for arguments of `rev-list`, in the repository and the store.
    private func objects(of arguments: String, and work: WorkTreeFindings) throws -> [String] {
        let out = try repository.shell(
            """
            { git rev-list --objects --no-object-names \(arguments)
            git --git-dir=\(store(work)) rev-list --objects --no-object-names \(#require(work.tree)); } | sort -u
            """)
        return out.split(separator: "\n").map(String.init)
    }

    @Test func `the commits go along with all that they have, and say what they follow`() throws {
        try push()
        let first = try repository.git("rev-parse", "HEAD").trimmed
        try repository.shell(
            """
            echo gone >gone.py; echo 301 >>src/a.py; git add -A; git commit -qm second
            git rm -q gone.py; git commit -qm third; echo 302 >>src/a.py; echo new >new.py
            """)
        let work = try capture()
        #expect(work.problems.isEmpty)
        let pack = try #require(work.pack)
        #expect(pack.base == nil)
        let commits = try #require(pack.commits)
        #expect(commits.count == 2 && commits.prerequisites.map(\.description) == [first])
        #expect(try objects(in: pack, fetching: "\(first)") == objects(of: "HEAD ^\(first)", and: work))
        let whole = try repository.shell(
            "cd ../fresh.git; git rev-list --objects \(repository.git("rev-parse", "HEAD").trimmed) | wc -l; git fsck")
        // Three commits, five folders, and two versions of one of three files.
        #expect(whole.split(separator: "\n").first == "12", "\(whole)")
        let old = try repository.git("rev-parse", "HEAD~1").trimmed
        #expect(try repository.shell("git -C ../fresh.git show \(old):gone.py") == "gone\n")
    }

    @Test func `without a remote that is the whole history, merges among it`() throws {
        try repository.shell(
            """
            git checkout -qb side; echo s >side.py; git add -A; git commit -qm side
            git checkout -q main; echo m >main.py; git add -A; git commit -qm own; git merge -q --no-edit side
            """)
        let work = try capture()
        let pack = try #require(work.pack)
        #expect(pack.commits?.count == 4 && pack.commits?.prerequisites == [])
        #expect(try objects(in: pack) == objects(of: "HEAD", and: work))
    }

    @Test func `what a remote has of both sides of a merge is followed`() throws {
        try repository.shell(
            """
            git checkout -qb side; echo s >side.py; git add -A; git commit -qm side
            git update-ref refs/remotes/origin/side HEAD
            git checkout -q main; git update-ref refs/remotes/origin/main HEAD; echo m >main.py; git add -A
            git commit -qm own; git merge -q --no-edit side
            """)
        let work = try capture()
        let wanted = try repository.shell("git rev-parse main~1~1 side | sort").split(separator: "\n").map(String.init)
        #expect(work.pack?.commits?.count == 2)
        #expect(work.pack?.commits?.prerequisites.map(\.description) == wanted)
        let found = try objects(in: #require(work.pack), fetching: "side")
        #expect(try found == objects(of: "HEAD ^side ^main~1~1", and: work))
    }

    @Test mutating func `only where it is asked for, and where a remote lacks some`() throws {
        settings.pack?.hasCommits = false
        let unasked = try #require(try capture().pack)
        #expect(unasked.commits == nil)
        settings.pack?.hasCommits = true
        let asked = try #require(try capture().pack)
        #expect(asked.commits?.count == 1 && asked.digest != unasked.digest)
        try push()
        let shared = try capture()
        #expect(shared.problems.isEmpty && shared.pack?.commits == nil && shared.pack?.base != nil)
    }

    @Test func `the same commits are packed once`() throws {
        let work = try capture()
        let first = try #require(work.pack)
        let note = try FileStatus(of: store(work).appending("shared/note"))
        let second = try #require(try capture().pack)
        #expect(second.digest == first.digest && second.commits == first.commits)
        #expect(try FileStatus(of: store(work).appending("shared/note")).inode == note.inode)
        try repository.shell("git commit -q --allow-empty -m again")
        #expect(try capture().pack?.commits?.count == 2)
    }

    // MARK: What stays here

    @Test(arguments: [
        (
            "echo SECRET >src/b.py; git add -A; git commit -qm b; git rm -q src/b.py; git commit -qm c",
            "src/b.py of commit ID holds what looks like a secret", "HEAD~1"
        ),
        (
            "echo x >src/SECRET; git add -A; git commit -qm b; git rm -q src/SECRET; git commit -qm c",
            "a name in src of commit ID looks like a secret", "HEAD~1"
        ),
        (
            "echo A=1 >src/.env; git add -A; git commit -qm b; git rm -q src/.env; git commit -qm c",
            "src/.env of commit ID is called like a file that holds secrets", "HEAD~1"
        ),
        (
            "git commit -q --allow-empty -m 'the key is SECRET'",
            "the text of commit ID has what looks like a secret", "HEAD"
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
            "head -c 3000000 /dev/urandom >big; git add -A; git commit -qm b; git rm -q big; git commit -qm c",
            "they take more than 1000000 bytes, packed (snapshot: share)", "HEAD"
        ),
    ])
    func `what holds a secret, or is too much, keeps the commits here and not the files, which is told`(
        script: String, reason: String, commit: String
    ) throws {
        try repository.shell(script)
        let id = try repository.git("rev-parse", commit).trimmed.prefix(8)
        let told = "snapshot: commits that no remote has do not go along: " + reason.replacing("ID", with: id)
        let work = try capture()
        #expect(work.problems == [told])
        let pack = try #require(work.pack)
        #expect(pack.commits == nil && pack.base == nil)
        let tree = try repository.shell(
            "git --git-dir=\(store(work)) rev-list --objects --no-object-names \(#require(work.tree)) | sort")
        #expect(try objects(in: pack).joined(separator: "\n") + "\n" == tree)
        // Known from then on.
        let note = try FileStatus(of: store(work).appending("shared/note"))
        #expect(try capture().problems == [told])
        #expect(try FileStatus(of: store(work).appending("shared/note")).inode == note.inode)
    }

    @Test mutating func `a limit that is raised lets them go along, and one that is lowered leaves the files`() throws {
        try repository.shell(
            "head -c 300000 /dev/urandom >big; git add -A; git commit -qm b; git rm -q big; git commit -qm c")
        for (limit, count, problems) in [(100_000, nil, 1), (1_000_000, 3, 0), (100_000, nil, 1)] {
            settings.pack?.largest = limit
            let work = try capture()
            #expect(work.pack?.commits?.count == count && work.problems.count == problems, "\(limit)")
            #expect(work.pack != nil)
        }
    }
}
