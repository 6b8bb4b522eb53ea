import Git
import Glibc
import Synchronization
import SystemPackage
import Testing

/// Two threads that walk over one tree find what one of them finds alone.
@Suite struct SharedWalkTests: SnapshotGround {
    let repository: TemporaryRepository
    let stores: FilePath
    var settings: SnapshotSettings

    init() throws {
        // Folders of very different size and depth, rules at each level, and all that a walk says something of.
        (repository, stores, settings) = try Self.made(
            by: """
                for i in $(seq 40); do
                    for j in $(seq $((i % 13))); do
                        mkdir -p p$i/q$j/r/s; echo $i.$j >p$i/q$j/r/s/code.py; echo x >p$i/q$j/notes.txt
                    done
                done
                echo '*.log' >.gitignore; echo 'r/' >p12/.gitignore; echo '!keep.log' >p11/.gitignore
                echo kept >p12/q1/r/s/forced.py; git add -f p12/q1/r/s/forced.py
                for i in 5 12 25 38; do
                    git init -q p$i/q3/inner; (cd p$i/q3/inner; echo $i >f; git add f; git commit -qm i)
                done
                git init -q p11/module; (cd p11/module; mkdir -p a/b; echo 1 >a/b/f; git add .; git commit -qm m)
                git -c protocol.file.allow=always submodule --quiet add ./p11/module
                """)
        settings.largestFile = 5000
        try repository.shell(
            """
            for i in $(seq 40); do
                mkdir -p "n$i/SECRET$i" n$i/a/b/c; echo $i >n$i/a/b/c/new.py; echo x >n$i/a.log; echo y >n$i/keep.log
                echo "SECRET $i" >n$i/a/noted.txt; mkfifo n$i/a/pipe; head -c 6000 /dev/zero >n$i/a/b/large
                ln -s "../a" n$i/link; touch n$i/.env; chmod +x n$i/a/b/c/new.py
            done
            echo changed >>p12/q1/notes.txt; rm -r p14; echo 2 >>p11/module/a/b/f
            """)
        settings.secretNames = IgnoreList([IgnorePattern(name: ".env".utf8)])
    }

    /// What is found with so many threads, and how many there were.
    private func found(threads: Int, in store: String) throws -> (work: WorkTreeFindings, seen: Int) {
        var settings = settings
        settings.threads = threads
        settings.stores = repository.ground.appending(store)
        let seen = Mutex<Set<pthread_t>>([])
        let work = try repository.capture(settings) { _ = seen.withLock { $0.insert(pthread_self()) } }.work
        return (work, seen.withLock { $0.count })
    }

    private func expectSame(_ one: WorkTreeFindings, _ other: WorkTreeFindings) {
        #expect(one.tree == other.tree)
        #expect(one.files == other.files && one.size == other.size)
        #expect(one.leftOut == other.leftOut && one.moreLeftOut == other.moreLeftOut)
        #expect(one.changes == other.changes)
        #expect(one.patch == other.patch)
        #expect(one.problems.sorted() == other.problems.sorted())
    }

    @Test func `two threads find what one does, in whatever order they come to it`() throws {
        let (alone, threads) = try found(threads: 1, in: "alone")
        #expect(threads == 1)
        #expect(alone.tree != nil && alone.leftOut.count > 200 && alone.files > 500)
        var most = 0
        for round in 0..<20 {
            // A store of its own each time, so that all is read again.
            let (shared, threads) = try found(threads: 2, in: "shared\(round)")
            expectSame(alone, shared)
            most = max(most, threads)
        }
        #expect(most == 2, "the second thread never found anything to do")
    }

    @Test mutating func `of too many files the same stay, whoever comes to them first`() throws {
        settings.mostFiles = 90
        let (alone, _) = try found(threads: 1, in: "alone")
        #expect(alone.problems.contains { $0.contains("more than 90 files") })
        for round in 0..<10 { expectSame(alone, try found(threads: 2, in: "shared\(round)").work) }
    }
}
