import Git
import SystemCalls
import SystemPackage
import TestFiles
import Testing

/// Snapshots against what the real git says of the same files.
@Suite struct SnapshotTests: SnapshotGround {
    let repository: TemporaryRepository
    let stores: FilePath
    let settings: SnapshotSettings

    init() throws {
        (repository, stores, settings) = try Self.made(
            by: """
                mkdir -p b/d; echo a >a.txt; echo 'print(1)' >b/c.py; echo e >b/d/e.txt; ln -s a.txt link; printf end >noend
                printf '#!/bin/sh\\n' >run.sh; chmod +x run.sh; printf '\\0\\1\\2' >data.bin
                """)
    }

    @Test(arguments: workTreeStates.map(\.name))
    func `a snapshot is what git would add, counts what git status tells, and has a patch that git applies`(
        state: String
    ) throws {
        let script = try #require(workTreeStates.first { $0.name == state }?.script)
        try repository.shell(script)
        let before = try sum()
        let work = try capture()
        // The repository is as it was.
        #expect(try sum() == before)
        #expect(work.problems.isEmpty)
        try expectFiles(of: work)
        try expectCounts(of: work)
        if state != "unborn" { try expectPatch(of: work) }
    }

    private func expectFiles(of work: WorkTreeFindings) throws {
        let tree = try #require(work.tree)
        let store = try store(work)
        // The files themselves, as git lists them, but for folders that are repositories.
        let out = repository.ground.appending("out")
        let difference = try repository.shell(
            """
            mkdir \(out); export GIT_INDEX_FILE=\(repository.ground)/out.index
            mkdir -p \(store)/info; echo '* -text -ident -filter' >\(store)/info/attributes
            git --git-dir=\(store) read-tree \(tree)
            git --git-dir=\(store) --work-tree=\(out) checkout-index -a
            unset GIT_INDEX_FILE
            git ls-files -z -co --exclude-standard | sort -zu | while IFS= read -r -d '' f; do
                case "$f" in */) continue;; esac
                if [ -d "$f" ] && [ ! -L "$f" ]; then continue; fi
                if [ ! -e "$f" ] && [ ! -L "$f" ]; then continue; fi
                printf '%s\\0' "$f"
            done >\(repository.ground)/expected
            (cd \(out); find . -name .git -prune -o \\( -type f -o -type l \\) -printf '%P\\0' | sort -z) >\(repository.ground)/found
            cmp \(repository.ground)/expected \(repository.ground)/found 2>&1
            while IFS= read -r -d '' f; do
                if [ -L "$f" ]; then [ "$(readlink "$f")" = "$(readlink "\(out)/$f")" ] || echo "link $f"
                else cmp -- "$f" "\(out)/$f" 2>&1; fi
                [ -x "$f" ] = [ -x "\(out)/$f" ] 2>/dev/null; a=0; b=0; [ -x "$f" ] && a=1; [ -x "\(out)/$f" ] && b=1
                [ -L "$f" ] || [ $a = $b ] || echo "mode $f"
            done <\(repository.ground)/expected
            git --git-dir=\(store) fsck --full --no-dangling 2>&1 | grep -v '^notice' || true
            """)
        #expect(difference.isEmpty, "\(difference)")
    }

    private func expectCounts(of work: WorkTreeFindings) throws {
        let changes = try #require(work.changes)
        let status = try repository.shell(
            "git status --porcelain=v2 -uall --no-renames --ignore-submodules=untracked | cut -c1 | sort | uniq -c")
        var counts: [String: Int] = [:]
        for line in status.split(separator: "\n") {
            let words = line.split(separator: " ")
            counts[String(words[1])] = Int(words[0])
        }
        #expect(changes.differing == (counts["1"] ?? 0) + (counts["u"] ?? 0))
        #expect(changes.untracked == counts["?"] ?? 0)
    }

    private func expectPatch(of work: WorkTreeFindings) throws {
        let patch = try #require(work.patch)
        let file = repository.ground.appending("patch")
        try OwnedDescriptor(opening: file, .writeOnly, options: [.create]).write(patch)
        let trees = try repository.shell(
            """
            cp -p .git/index \(repository.ground)/i; export GIT_INDEX_FILE=\(repository.ground)/i
            git update-index --no-assume-unchanged a.txt 2>/dev/null
            rm -rf in/.git; [ -d in ] && rm -r in; git sparse-checkout disable >/dev/null 2>&1
            git add -A; git write-tree; unset GIT_INDEX_FILE
            git -c protocol.file.allow=always clone -q --no-hardlinks . \(repository.ground)/clone 2>&1
            cd \(repository.ground)/clone; git checkout -q --detach $(git -C \(repository.path) rev-parse HEAD)
            [ ! -s \(file) ] || git apply --whitespace=nowarn \(file) 2>&1; git add -A -f; git write-tree
            """
        ).split(separator: "\n")
        #expect(trees.count == 2 && trees.first == trees.last, "\(trees)\n\(String(decoding: patch, as: UTF8.self))")
    }
}
