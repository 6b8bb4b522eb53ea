import Git
import Glibc
import ProgramTesting
import SystemCalls
import SystemPackage
import TestFiles
import Testing

/// Stores of many snapshots, packed anew, against what the real git says of them.
@Suite(.timeLimit(.minutes(60))) struct StorePackingTests {
    private let repository: TemporaryRepository
    private let stores: FilePath

    init() throws {
        repository = try TemporaryRepository()
        stores = repository.ground.appending("stores")
        // Texts that have little in common, as code has.
        try repository.shell(
            """
            for i in $(seq 60); do
                mkdir -p part$((i % 6))
                head -c 3000 /dev/urandom | base64 -w 60 | awk '{print "line " NR " of '$i': " $0}' >part$((i % 6))/file$i.py
            done
            git add -A; git commit -qm first
            """)
    }

    private var store: FilePath {
        get throws { try #require(try SnapshotStores.all(in: stores).first) }
    }

    private var packs: Int { get throws { try StorePacking.packs(of: store).packs.count } }

    /// Makes a snapshot, and gives its tree.
    @discardableResult
    private func snapshot() throws -> String {
        var settings = SnapshotSettings(owners: [geteuid()])
        settings.stores = stores
        let work = try repository.capture(settings).work
        #expect(work.problems.isEmpty)
        return try #require(work.tree).description
    }

    /// Changes a line, and makes a snapshot.
    @discardableResult
    private func change(_ number: Int) throws -> String {
        let name = "part2/file\(number % 5 * 6 + 2).py"
        let file = try OwnedDescriptor(opening: repository.path.pushing(FilePath(name)), .readOnly)
        let bytes = try file.readToEnd(limit: 1 << 20)
        var lines = bytes.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
        lines[number % lines.count] = "changed \(number)"
        try repository.write(name, lines.map { $0 + "\n" }.joined())
        return try snapshot()
    }

    private func packing() throws -> StorePacking {
        // A test has no use for a nil that it would have to look into.
        guard let packing = try StorePacking(of: store, TemporaryRepository.library.get(), within: .zero) else {
            throw SystemCallError(call: "flock", subject: nil, errno: .wouldBlock)
        }
        return packing
    }

    @discardableResult
    private func consolidate(isWhole: Bool = false) throws -> StorePacking.Outcome {
        try packing().consolidate(isWhole: isWhole)
    }

    /// What git finds amiss in the store; nothing of it is to be missing, damaged or garbage.
    private func complaints() throws -> String {
        let store = try store
        return try repository.shell(
            """
            git --git-dir=\(store) fsck --full --strict --no-dangling 2>&1 | grep -v '^notice:'
            git --git-dir=\(store) rev-list --objects --all 2>&1 >/dev/null
            git --git-dir=\(store) count-objects -v | grep garbage | grep -v ' 0$'
            ls \(store) | grep -v -x -E 'HEAD|config|known|lock|objects|packing.lock|refs|info'
            """)
    }

    @Test func `packed, a history takes at most half as much again as git makes of it, and has all its trees`() throws {
        var trees = [try snapshot()]
        let least = Soak.isAsked ? 10_000 : 100
        var number = 0
        while true {
            number += 1
            trees.append(try change(number))
            try repository.git("commit", "-qam", "change \(number)")
            guard try SnapshotStores.needsPacking(store) else { continue }
            let outcome = try consolidate()
            #expect(outcome.bytes.after < outcome.bytes.before)
            if number >= least { break }
        }
        let theirs = try repository.shell(
            "git reflog expire --expire=now --all; git gc -q --prune=now; cat .git/objects/pack/*.{pack,idx} | wc -c")
        let ours = try repository.shell("cat \(store)/objects/pack/*.{pack,idx} | wc -c")
        let (git, own) = (try #require(Int(theirs.trimmed)), try #require(Int(ours.trimmed)))
        #expect(own * 2 <= git * 3, "\(own) bytes for \(trees.count) snapshots, \(git) as git packs them")
        #expect(try packs <= 4)
        #expect(try complaints() == "")
        // The same trees that git has, in the same order.
        let commits = try repository.shell("git log --reverse --format=%T").split(separator: "\n").map(String.init)
        #expect(commits == trees)
    }

    @Test func `what no reference leads to stays, for it may be in the making`() throws {
        let trees = try (0...60).map { try change($0) }
        try FileSystem.remove(store.appending("refs/snapshots/\(trees[30])"))
        try consolidate()
        #expect(try packs == 1)
        #expect(try repository.shell("git --git-dir=\(store) ls-tree -r \(trees[30]) | wc -l").trimmed == "60")
        #expect(try complaints() == "")
    }

    @Test func `a capture goes on while packs are made, and packs wait for a capture before old ones go`() throws {
        for number in 0...60 { try change(number) }
        let busy = try packing()
        let tree = try change(61)
        #expect(try repository.shell("git --git-dir=\(store) cat-file -t \(tree)").trimmed == "tree")
        #expect(throws: SystemCallError.self) { _ = try packing() }
        _ = consume busy
        // As when a kill came after the new pack was put in place: the old ones are all in it.
        let (all, references) = (try StorePacking.packs(of: store).packs, try SnapshotStores.references(of: store))
        let objects = Set(all.flatMap { $0.entries.map(\.object) })
        _ = try packing().pack(objects, trees: references.map(\.tree))
        #expect(try packs == all.count + 1)
        #expect(try SnapshotStores.needsPacking(store))
        let outcome = try consolidate()
        #expect(outcome.packs == (before: all.count + 1, after: 1))
        #expect(try !SnapshotStores.needsPacking(store))
        #expect(try complaints() == "")
    }

    @Test func `with many snapshots more only what is new is packed`() throws {
        try repository.shell("head -c 2000000 /dev/urandom >large; git add large; git commit -qm large")
        for number in 0...50 { try change(number) }
        try repository.shell("echo 2 >>large; git commit -qam larger")
        try change(51)
        try consolidate()
        let first = try #require(try StorePacking.packs(of: store).packs.first?.name)
        for number in 52...103 { try change(number) }
        try consolidate()
        let names = try StorePacking.packs(of: store).packs.map(\.name)
        #expect(names.count == 2 && names.contains(first))
        #expect(try complaints() == "")
    }

    @Test func `a store that takes nothing more keeps what it has, and a tree that it has is a snapshot still`() throws
    {
        let first = try snapshot()
        var settings = SnapshotSettings(owners: [geteuid()])
        settings.stores = stores
        settings.refusal = "there is no room"
        #expect(try repository.capture(settings).work.tree?.description == first)
        try repository.shell("echo new >>part1/file1.py")
        let work = try repository.capture(settings).work
        #expect(work.tree == nil && work.written == 0)
        #expect(work.problems == ["snapshot: the files are not kept: storing what is new: there is no room"])
        #expect(work.patch.map { String(decoding: $0, as: UTF8.self) }?.contains("+new\n") == true)
        #expect(try packs == 1)
        settings.refusal = nil
        let stored = try repository.capture(settings).work
        #expect(stored.written > 0)
        settings.isFirstOnly = true
        try repository.shell("echo newer >>part1/file1.py")
        #expect(try repository.capture(settings).work.tree == nil)
        #expect(try complaints() == "")
    }
}
