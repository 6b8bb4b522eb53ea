import Git
import Glibc
import SystemCalls
import SystemPackage
import TestFiles
import Testing

/// What other hosts get of a snapshot, against what the real git makes of it.
@Suite struct SnapshotPackTests: SnapshotGround {
    let repository: TemporaryRepository
    let stores: FilePath
    var settings: SnapshotSettings
    private var handed: FilePath { repository.ground.appending("handed") }

    init() throws {
        (repository, stores, settings) = try Self.made(
            by: """
                mkdir -p src/deep; seq 300 >src/deep/a.py; echo b >src/b.py; echo same >same.txt; ln -s src link
                head -c 3000 /dev/urandom >data.bin
                """)
        settings.pack = PackSettings(into: handed, atMost: 1_000_000)
        try FileSystem.makeDirectories(handed)
    }

    /// As after a push.
    private func push() throws { try repository.shell("git update-ref refs/remotes/origin/main HEAD") }

    private func capture(_ settings: SnapshotSettings? = nil) throws -> WorkTreeFindings {
        try repository.capture(settings ?? self.settings).work
    }

    /// The objects that git finds in a pack that it takes into a repository with a commit, or into an empty one.
    private func unpacked(_ pack: SnapshotPack, besides commit: String? = nil) throws -> [String] {
        let fresh = repository.ground.appending("fresh.git")
        let out = try repository.shell(
            """
            rm -rf \(fresh); git init -q --bare \(fresh)
            \(commit == nil ? "" : "git -C \(fresh) fetch -q \(repository.path) main")
            cd \(fresh); set -o pipefail
            name=$(git index-pack --stdin --fix-thin <\(handed.appending(pack.file)) | cut -f2) || echo bad
            git show-index <objects/pack/pack-$name.idx | cut -d' ' -f2 | sort
            """)
        return out.split(separator: "\n").map(String.init)
    }

    /// The objects of a tree that another one lacks, as git tells.
    private func objects(of work: WorkTreeFindings, besides other: String? = nil) throws -> [String] {
        let (store, tree) = (try store(work), try #require(work.tree))
        let out = try repository.shell(
            """
            known=\(repository.ground)/known; : >$known
            \(other == nil ? "" : "git rev-list --objects --no-object-names \(other ?? "") | sort >$known")
            git --git-dir=\(store) rev-list --objects --no-object-names \(tree) | sort | comm -23 - $known
            """)
        return out.split(separator: "\n").map(String.init)
    }

    @Test func `of a changed tree the pack has what HEAD's commit on a remote lacks, and nothing else`() throws {
        try push()
        try repository.shell("echo more >>src/deep/a.py; echo new >'new file'; mv data.bin moved.bin; rm same.txt")
        let work = try capture()
        #expect(work.problems.isEmpty)
        let pack = try #require(work.pack)
        #expect(pack.base?.description == (try repository.git("rev-parse", "HEAD").trimmed))
        let found = try unpacked(pack, besides: "HEAD")
        #expect(try found == objects(of: work, besides: "HEAD^{tree}"))
        // Three folders, the file that was changed and the new one: the moved one is known.
        #expect(found.count == 5)
        let whole = try repository.shell(
            """
            cd ../fresh.git; git rev-list --objects \(#require(work.tree)) | wc -l
            git fsck --full --no-dangling 2>&1 | grep -v ^notice
            """)
        #expect(whole.split(separator: "\n").map(String.init) == ["8"], "\(whole)")
        #expect(try FileStatus(of: handed.appending(pack.file)).size == Int64(pack.size))
        #expect(try repository.shell("sha256sum <\(handed.appending(pack.file))").trimmed == pack.digest)
    }

    @Test(arguments: [
        "true", "git update-ref refs/remotes/origin/main HEAD; git commit -q --allow-empty -m own",
        "git update-ref -d HEAD", "rm -rf .git",
    ])
    func `without a commit on a remote the pack has all of the tree`(state: String) throws {
        try repository.shell(state)
        let work: WorkTreeFindings
        if try FileStatus.ifPresent(repository.path.appending(".git")) == nil {
            work = PlainFolder.capture(repository.path, settings)
        } else {
            work = try capture()
        }
        #expect(work.problems.isEmpty)
        let pack = try #require(work.pack)
        #expect(pack.base == nil)
        let found = try unpacked(pack)
        #expect(try found == objects(of: work))
        #expect(found.count == 8)
    }

    @Test func `a tree that is the commit's own has a pack of no objects`() throws {
        try push()
        let pack = try #require(try capture().pack)
        #expect(pack.base != nil && pack.size == 32)
        #expect(try unpacked(pack, besides: "HEAD").isEmpty)
    }

    @Test func `a submodule's files go along, as the commit has only its name`() throws {
        try repository.shell(
            """
            git init -q ../sub; cd ../sub; echo s >s.py; git add -A; git commit -qm s
            cd ../work; git -c protocol.file.allow=always submodule --quiet add ../sub vendor/sub; git commit -qm sub
            """)
        try push()
        let work = try capture()
        let found = try unpacked(try #require(work.pack), besides: "HEAD")
        #expect(try found == objects(of: work, besides: "HEAD^{tree}"))
        #expect(try found.contains(repository.shell("git -C vendor/sub rev-parse HEAD:s.py").trimmed))
    }

    // MARK: What it costs

    @Test func `the same tree and commit give the same bytes, in whatever store, and are packed once`() throws {
        try push()
        try repository.write("new.txt", "1\n")
        let work = try capture()
        let first = try #require(work.pack)
        let file = try store(work).appending("shared/\(first.digest).pack")
        let before = try FileStatus(of: file)
        let note = try FileStatus(of: store(work).appending("shared/note"))
        let second = try #require(try capture().pack)
        #expect(second.digest == first.digest && second.file != first.file)
        #expect(try FileStatus(of: file).inode == before.inode)
        #expect(try FileStatus(of: handed.appending(second.file)).inode == before.inode)
        // As young as the last use, which is what gc goes by.
        #expect(try FileStatus(of: store(work).appending("shared/note")).inode == note.inode)
        #expect(try FileStatus(of: store(work).appending("shared/note")).modified > note.modified)
        var elsewhere = settings
        elsewhere.stores = repository.ground.appending("others")
        #expect(try capture(elsewhere).pack?.digest == first.digest)
        // Another commit of the same tree.
        try repository.shell("git commit -q --allow-empty -m again")
        #expect(try capture().pack?.base == nil)
        #expect(try FileStatus.ifPresent(file) == nil)
        #expect(try FileStatus.ifPresent(handed.appending(first.file)) != nil)
    }

    @Test func `a damaged note, and what a kill left, cost only time`() throws {
        let work = try capture()
        let first = try #require(work.pack)
        let shared = try store(work).appending("shared")
        for damage in ["echo x >note", ": >note", "rm *.pack", "truncate -s 10 *.pack", "rm note; echo x >tmp_pack_1"] {
            try repository.shell("cd \(shared); \(damage)")
            let pack = try #require(try capture().pack)
            #expect(pack.digest == first.digest, "\(damage)")
            #expect(try repository.shell("sha256sum <\(handed.appending(pack.file))").trimmed == first.digest)
            #expect(try FileSystem.entries(of: shared).count == 2, "\(damage)")
        }
    }

    @Test mutating func `nothing is made unasked, nor beyond the limit, which is told and not tried again`() throws {
        settings.pack?.largest = 2000
        let work = try capture()
        #expect(work.pack == nil && work.tree != nil)
        #expect(
            work.problems == [
                "snapshot: other hosts do not get the files: they take more than 2000 bytes, packed (snapshot: share)"
            ])
        let note = try store(work).appending("shared/note")
        let before = try FileStatus(of: note)
        #expect(try FileSystem.entries(of: note.removingLastComponent()).count == 1)
        #expect(try capture().problems == work.problems)
        #expect(try FileStatus(of: note).inode == before.inode)
        settings.pack?.largest = 100_000
        #expect(try capture().pack != nil)
        settings.pack?.largest = 1000
        #expect(try capture().problems.count == 1)
        #expect(try FileSystem.entries(of: handed).count == 1)
        settings.pack = nil
        settings.stores = repository.ground.appending("others")
        let unasked = try capture()
        #expect(unasked.pack == nil && unasked.problems.isEmpty)
        let other = repository.ground.appending("others/\(try #require(unasked.store)).git/shared")
        #expect(try FileStatus.ifPresent(other) == nil)
    }

    // MARK: Secrets

    @Test func `a committed secret is taken nowhere, and one that was scrubbed is not in the pack`() throws {
        try repository.shell("echo 'SECRET' >conf.py; git add -A; git commit -qm conf; echo 'is SECRET' >own.py")
        let work = try capture()
        #expect(work.pack == nil)
        let told =
            "snapshot: other hosts do not get the files: conf.py holds what looks like a secret, and is committed"
        #expect(work.problems == [told])
        #expect(try capture().problems == [told])
        // However it is written.
        try repository.shell("printf 'SECRET' | iconv -t utf-16 >conf.py; git commit -qam utf-16")
        #expect(try capture().problems == [told])
        // Who has the remote has it.
        try push()
        let shared = try capture()
        #expect(try unpacked(#require(shared.pack), besides: "HEAD").count == 2)
        let own = try repository.shell("git -C ../fresh.git cat-file blob \(#require(shared.tree)):own.py")
        #expect(own == "is «scrubbed:x»\n")
    }

    @Test func `a committed name that looks like a secret is taken nowhere either, and not told`() throws {
        try repository.write("src/SECRET.txt")
        try repository.commitAll()
        let problems = try capture().problems
        #expect(problems == ["snapshot: other hosts do not get the files: a name in src looks like a secret"])
    }
}
