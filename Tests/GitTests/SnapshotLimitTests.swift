import Git
import Glibc
import Synchronization
import SystemCalls
import SystemPackage
import TestFiles
import Testing

/// What is left out where something is too much, and what is kept all the same.
@Suite struct SnapshotLimitTests: SnapshotGround {
    let repository: TemporaryRepository
    let stores: FilePath
    var settings: SnapshotSettings

    init() throws {
        (repository, stores, settings) = try Self.made(by: "mkdir z; seq 1000 >z/code.py; echo 1 >one")
    }

    @Test mutating func `a large file that keeps changing is left out, and the others are kept`() throws {
        settings.largestFile = 100 << 20
        try repository.shell("head -c 25000000 /dev/urandom >big.bin")
        let path = repository.path.appending("big.bin")
        let size = Atomic(25_000_000)
        // Each look at it finds it shorter, and it stays too large to be read in one piece.
        let work = try repository.capture(settings) {
            let less = size.subtract(50_000, ordering: .relaxed).newValue
            _ = path.withPlatformString { truncate($0, less) }
        }.work
        #expect(size.load(ordering: .relaxed) > 17 << 20)
        #expect(try files(work) == ["one", "z/code.py"])
        #expect(leftOut(work) == ["big.bin"])
        #expect(work.problems.isEmpty)
        #expect(try repository.shell("git --git-dir=\(store(work)) fsck --full --strict 2>&1 | grep -v notice").isEmpty)
    }

    @Test mutating func `when the store fails, what was left out does not count as deleted`() throws {
        settings.largestTree = 6000
        try repository.shell("head -c 9000 /dev/urandom >big; git add big; git commit -qm big")
        let folder = try store(try capture()).appending("objects/pack")
        try repository.shell("rm -r \(folder); touch \(folder); echo 2 >>one")
        settle()
        try repository.shell("git update-index --refresh")
        let work = try capture()
        #expect(work.tree == nil)
        #expect(work.changes?.differing == 1)
        #expect(try patch(work).contains("+2") && !patch(work).contains("deleted file"))
        #expect(leftOut(work) == ["big"])
        #expect(work.problems.count == 1)
    }

    @Test mutating func `of a tree that is too large new files go first, and no more of them than have to`() throws {
        settings.largestTree = 20_000
        try repository.shell("for i in $(seq 10); do head -c 4000 /dev/urandom >a$i; done; echo 1001 >>z/code.py")
        let work = try capture()
        #expect(work.files == 2 + 4)
        #expect(try files(work).contains("z/code.py"))
        #expect(work.leftOut.count == 6)
        settings.largestTree = 3000
        let less = try capture()
        #expect(try files(less) == ["one"])
        #expect(less.leftOut.count == 11)
        #expect(less.changes?.differing == 1)
    }

    @Test mutating func `of too many files new ones go first`() throws {
        settings.mostFiles = 3
        try repository.shell("touch a b c")
        let work = try capture()
        #expect(try files(work).count == 3)
        #expect(try Set(files(work)).isSuperset(of: ["one", "z/code.py"]))
        #expect(work.leftOut.count == 2)
        #expect(work.problems.count == 1)
        settings.mostFiles = 1
        let less = try capture()
        #expect(try files(less) == ["one"])
        #expect(less.changes?.differing == 0)
        #expect(less.problems.count == 1)
    }

    @Test
    mutating func
        `of many files that are left out some are listed, those with secrets first, and the others are counted`()
        throws
    {
        settings.mostListed = 3
        settings.largestFile = 5000
        try repository.shell("for i in $(seq 5); do head -c 6000 /dev/zero >a$i; done; echo SECRET >z/new")
        let work = try capture()
        #expect(leftOut(work).count == 3)
        #expect(leftOut(work).contains("z/new"))
        #expect(work.leftOut.count + work.moreLeftOut == 5 + 2)
        #expect(work.changes?.untracked == 6)
    }

    @Test mutating func `a folder of many new files is never long without a sign of life`() throws {
        settings.scrub = { _, _ in nil }
        try repository.shell("mkdir flat; cd flat; seq 400 | split -l 1 -a 4 - $(printf 'n%.0s' $(seq 150))")
        let last = Mutex((time: Clock.now, longest: Int64(0)))
        let look: @Sendable () -> Void = {
            last.withLock {
                let now = Clock.now
                $0 = (now, max($0.longest, now - $0.time))
            }
        }
        let work = try repository.capture(settings, progress: look).work
        look()
        #expect(work.files == 402)
        #expect(last.withLock { $0.longest } < 1_000_000_000)
    }
}
