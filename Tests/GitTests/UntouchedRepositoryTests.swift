import Git
import ProgramTesting
import SystemCalls
import SystemPackage
import TestFiles
import Testing

/// A capture leaves a repository as it is, and runs nothing that it names.
@Suite(.timeLimit(.minutes(60))) struct UntouchedRepositoryTests: SnapshotGround {
    let repository: TemporaryRepository
    let stores: FilePath
    var settings: SnapshotSettings
    private let canaries: GitCanaries

    init() throws {
        (repository, stores, settings) = try Self.made(
            by: """
                mkdir -p src/deep; seq 200 >src/deep/a.py; echo b >src/b.py; echo c >c.txt; ln -s c.txt link; echo x >x.py
                printf '#!/bin/sh\\\\n' >run.sh; chmod +x run.sh; head -c 3000 /dev/urandom >data.bin
                git init -q ../sub; echo s >../sub/s.py; git -C ../sub add -A; git -C ../sub commit -qm s
                git -c protocol.file.allow=always submodule --quiet add ../sub sub 2>/dev/null
                """)
        settings.pack = PackSettings(
            into: repository.ground.appending("handed"), atMost: 1_000_000, withCommits: true)
        try FileSystem.makeDirectories(repository.ground.appending("handed"))
        canaries = try GitCanaries(in: repository.ground.appending("canaries"))
        try repository.write(".gitattributes", GitCanaries.attributes)
        try repository.shell(
            """
            git add -A; git commit -qm second; git tag -am t v1; git pack-refs --all; git repack -qad
            git worktree add -q ../linked; echo stashed >>c.txt; git stash -q; echo staged >>src/b.py; git add src/b.py
            """)
        for place in [".git", ".git/modules/sub"] {
            try canaries.settle(in: repository.path.appending(place))
        }
        // The index remembers then that there is such a program, and what it said.
        try repository.shell(
            "exec 2>/dev/null; git update-index --fsmonitor; git update-index --untracked-cache; git status")
        try canaries.forget()
    }

    /// What a user does between two captures, by turns; none of it is git's work.
    private static let edits = [
        "echo $n >>src/deep/a.py", "mkdir -p new/$n; echo $n >new/$n/n.py", "rm -f x.py", "echo back >x.py",
        "chmod a+x c.txt", "chmod a-x c.txt", "ln -sfn src link", "mv c.txt d.txt; echo $n >>d.txt", "mv d.txt c.txt",
        "echo '*.log' >new/.gitignore; echo $n >new/n.log", "echo '* -diff filter=canary' >src/.gitattributes",
        "echo $n >>sub/s.py; echo $n >sub/new.py", "head -c 20000 /dev/urandom >data.bin", "rm -r new",
        "echo \"key = 'SECRET'\" >key.py", "rm key.py; touch src/b.py run.sh", "rm link; echo file >link",
        "mv src/deep deep; ln -s ../deep src/deep", "rm src/deep; mv deep src/deep",
    ]

    @Test mutating func `a thousand captures change nothing in a repository, and run nothing that it names`() throws {
        let before = try sum()
        for number in 0..<(Soak.isAsked ? 1000 : 50) {
            try repository.shell("n=\(number); \(Self.edits[number % Self.edits.count])")
            let all = try everyStatus()
            let (state, work) = try repository.capture(settings)
            // Of a submodule's changes a patch cannot tell.
            let problems = work.problems.filter { !$0.contains("submodule sub") }
            #expect(work.tree != nil && problems.isEmpty && state.problems.isEmpty, "\(problems) \(state.problems)")
            // As the agent does when it has nothing else to do.
            let store = try store(work)
            if SnapshotStores.needsPacking(store) {
                _ = try StorePacking(of: store, TemporaryRepository.library.get(), within: .zero)?.consolidate()
            }
            try #require(try everyStatus() == all, "\(number)")
        }
        #expect(try sum() == before)
        #expect(try canaries.heard() == [])
        try expectCanariesSing()
    }

    /// All that stat(2) tells of the repository and the work tree.
    private func everyStatus() throws -> String {
        try repository.shell("find . -printf '%p %i %n %M %U %G %s %T@ %C@ %l\\n'")
    }

    /// Canaries that nobody can hear would tell nothing.
    private func expectCanariesSing() throws {
        try repository.shell(
            """
            exec 2>/dev/null
            git status; git canary; echo more >>c.txt; git diff HEAD; git diff --no-ext-diff HEAD
            git add -A; git checkout -q HEAD -- c.txt; git commit --allow-empty -qm more
            """)
        let heard = try canaries.heard()
        let expected: Set = [
            "core.fsmonitor", "alias.canary", "diff.external", "diff.canary.command", "diff.text.textconv",
            "filter.canary.clean", "filter.canary.smudge", "filter.process.process", "gpg.program", "pre-commit",
        ]
        #expect(heard.isSuperset(of: expected), "\(expected.subtracting(heard)) of \(heard)")
    }
}
