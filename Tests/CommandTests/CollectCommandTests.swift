import Glibc
import JSON
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing
import Trials

/// `gc` drops what no trial needs, and nothing else, whatever happens to it.
@Suite(.timeLimit(.minutes(5))) struct CollectCommandTests {
    private let sandbox: Sandbox
    private var store: FilePath { sandbox.root.appending("state/trialwatch/snapshots/p.git") }

    /// Trees of three runs: trial 1's, that of a deleted trial, and that of a run of just now that is not filed yet. Each has a
    /// file of its own and one that all have; the first two are in one pack, the third alone in files.
    init() async throws {
        sandbox = try Sandbox()
        try sandbox.configure("allow_root: true\n")
        let made = try await sandbox.shell(
            """
            set -e
            git init -q --bare \(sandbox.root)/state/trialwatch/snapshots/p.git
            mkdir -p work/src; cd work; echo shared > src/shared
            export GIT_DIR=\(sandbox.root)/state/trialwatch/snapshots/p.git GIT_WORK_TREE=$PWD
            git config pack.window 0
            for name in kept gone young; do
                rm -f own; head -c 50000 /dev/urandom > own; git add -A; tree=$(git write-tree)
                echo $tree > ../$name; mkdir -p $GIT_DIR/refs/snapshots; echo $tree > $GIT_DIR/refs/snapshots/$tree
                git rev-parse :own > ../$name.blob
                if [ $name = gone ]; then
                    { git rev-list --objects $(cat ../kept); git rev-list --objects $tree; } | cut -d' ' -f1 | sort -u |
                        git pack-objects -q --window=0 $GIT_DIR/objects/pack/pack
                    git prune-packed
                fi
            done
            touch -d '2 days ago' $GIT_DIR/refs/snapshots/$(cat ../kept) $GIT_DIR/refs/snapshots/$(cat ../gone)
            touch $GIT_DIR/known; touch -d '2 days ago' $GIT_DIR/objects/pack/tmp_left_over
            mkdir -p \(sandbox.root)/state/trialwatch/libraries
            touch -d '40 days ago' \(sandbox.root)/state/trialwatch/libraries/old.json
            touch \(sandbox.root)/state/trialwatch/libraries/new.json
            """)
        try #require(made.exit == .status(0), "\(made.errors)")
        let tree = try word("kept")
        try await sandbox.file([
            try makeFiling(1) { filing in
                filing.capture = TrialCapture(began: noon, agent: "0.1.0")
                filing.capture?.snapshot = Snapshot(
                    tree: tree, store: "p", host: "h", began: noon, files: 2, size: 50_007)
            }
        ])
    }

    private func word(_ name: String) throws -> String {
        String(try sandbox.text(of: sandbox.root.appending("home/\(name)")).dropLast())
    }

    /// The names among these whose own file is in the repository; throws when a tree that is to stay is not whole.
    private func present() async throws -> [String] {
        let output = try await sandbox.shell(
            """
            export GIT_DIR=\(sandbox.root)/state/trialwatch/snapshots/p.git
            for name in kept gone young; do git cat-file -e $(cat $name.blob) 2>/dev/null && echo $name; done
            for name in kept young; do git rev-list --objects --no-object-names $(cat $name) > all && \
                git cat-file --batch-check < all | grep missing; done; git fsck --no-dangling 2>&1 | grep -v '^notice:' >&2; true
            """)
        try #require(!output.text.contains("missing") && output.errors.isEmpty, "\(output.text) \(output.errors)")
        return output.lines
    }

    @Test func `a deleted trial's files go; those of a trial, and of a run that may still be filed, stay`() async throws
    {
        let dry = try await sandbox.run("gc", "--dry-run", "--json")
        #expect(dry.exit == .status(0), "\(dry.errors)")
        let wanted = try dry.json()["bytes_freed"]?.int ?? 0
        #expect((50_000..<51_000).contains(wanted), "\(dry.text)")
        #expect(try dry.json()["snapshots_removed"] == 1)
        #expect(try await present() == ["kept", "gone", "young"])
        #expect(try FileStatus.ifPresent(store.appending("known")) != nil)

        let collected = try await sandbox.run("gc", "--json")
        #expect(collected.exit == .status(0), "\(collected.errors)")
        #expect(try collected.json()["bytes_freed"]?.int == wanted)
        #expect(try await present() == ["kept", "young"])
        // Captures must not take for present what is gone.
        #expect(try FileStatus.ifPresent(store.appending("known")) == nil)
        #expect(try FileStatus.ifPresent(store.appending("objects/pack/tmp_left_over")) == nil)
        let texts = sandbox.root.appending("state/trialwatch/libraries")
        #expect(try FileSystem.entries(of: texts).map(\.name.string) == ["new.json"])
        let again = try await sandbox.run("gc")
        #expect(again.lines == ["0 snapshots of no trial, 0 B freed"], "\(again.errors)")
    }

    @Test(arguments: ["shared", "shared-commits"])
    func `the pack for other hosts, and the bundle, go when no capture has asked for them in a day`(
        folder: String
    ) async throws {
        let shared = store.appending(folder)
        let made = try await sandbox.shell(
            """
            mkdir \(shared); head -c 9000 /dev/urandom >\(shared)/x.pack; touch -d '2 days ago' \(shared)/x.pack
            echo note >\(shared)/note
            """)
        #expect(made.exit == .status(0), "\(made.errors)")
        #expect(try await sandbox.run("gc").exit == .status(0))
        #expect(try FileSystem.entries(of: shared).count == 2)
        _ = try await sandbox.shell("touch -d '2 days ago' \(shared)/note")
        let dry = try await sandbox.run("gc", "--dry-run", "--json")
        #expect(try dry.json()["bytes_freed"] == 9005, "\(dry.text)")
        #expect(try FileSystem.entries(of: shared).count == 2)
        #expect(try await sandbox.run("gc", "--json").json()["bytes_freed"] == 9005)
        #expect(try FileSystem.entries(of: shared).isEmpty)
        #expect(try await present() == ["kept", "young"])
    }

    @Test func `nothing is removed while a store has no trial, unless that is said to be right`() async throws {
        // A disk that is not mounted looks like this.
        try sandbox.configure(
            "backends: {lab: {local: {directory: ~/mounted}}, here: {local: {directory: \(sandbox.root)/data/trialwatch}}}\nbackend: here\n"
        )
        let empty = try await sandbox.run("gc")
        #expect(empty.exit == .status(1) && empty.errors.contains("store lab has no trial"), "\(empty.errors)")
        #expect(try await present() == ["kept", "gone", "young"])
        let meant = try await sandbox.run("gc", "--empty", "lab")
        #expect(meant.exit == .status(0), "\(meant.errors)")
        #expect(try await present() == ["kept", "young"])
    }

    @Test func `nothing is removed when a store cannot be reached`() async throws {
        try sandbox.configure(
            "backends: {lab: 'redis://127.0.0.1:1/0', here: {local: {directory: \(sandbox.root)/data/trialwatch}}}\nbackend: here\n"
        )
        let away = try await sandbox.run("gc")
        #expect(away.exit == .status(69), "\(away.errors)")
        #expect(try await present() == ["kept", "gone", "young"])
    }

    @Test(arguments: ["~/nas/*", "~/nas/project"])
    func `nothing is removed while a project's folder is away, and with it its store`(path: String) async throws {
        try sandbox.configure("projects: [{path: \(path), backend: {local: {directory: trials}}}]\n")
        let away = try await sandbox.run("gc")
        #expect(away.exit == .status(69), "\(away.errors)")
        #expect(away.errors.contains("home/nas") && away.errors.contains("is not there"), "\(away.errors)")
        #expect(try await present() == ["kept", "gone", "young"])
        // A project that files into the common store needs no folder to be known.
        try sandbox.configure("projects: [{path: \(path)}]\n")
        #expect(try await sandbox.run("gc").exit == .status(0))
        #expect(try await present() == ["kept", "young"])
    }

    @Test func `nothing is removed while trials were filed in a store that is not configured, until it is forgotten`()
        async throws
    {
        let work = sandbox.root.appending("config/work.yaml")
        try sandbox.write(
            "{allow_root: true, backends: {lab: {local: {directory: ~/lab}}}, backend: lab}\n", to: work)
        let run = try await sandbox.run("run", "-e", "e", "--config", work.string, "--", "true")
        #expect(run.exit == .status(0), "\(run.errors)")
        let refused = try await sandbox.run("gc")
        #expect(refused.exit == .status(1), "\(refused.errors)")
        #expect(refused.errors.contains("store lab (local, \(sandbox.root)/home/lab)"), "\(refused.errors)")
        #expect(try await sandbox.run("gc", "--forget", "local").exit == .status(64))
        #expect(try await present() == ["kept", "gone", "young"])
        // Under another name it is the same store.
        try sandbox.configure(
            "backends: {old: {local: {directory: ~/lab}}, here: {local: {directory: \(sandbox.root)/data/trialwatch}}}\nbackend: here\n"
        )
        #expect(try await sandbox.run("gc", "--dry-run").exit == .status(0))
        try sandbox.configure("allow_root: true\n")
        #expect(try await sandbox.run("gc", "--forget", "lab", "--dry-run").exit == .status(0))
        #expect(try await sandbox.run("gc").exit == .status(1))
        let forgotten = try await sandbox.run("gc", "--forget", "lab")
        #expect(forgotten.exit == .status(0), "\(forgotten.errors)")
        #expect(try await present() == ["kept", "young"])
        #expect(try await sandbox.run("gc").exit == .status(0))
        // Filing there again is news.
        _ = try await sandbox.run("run", "-e", "e", "--config", work.string, "--", "true")
        #expect(try await sandbox.run("gc").exit == .status(1))
    }

    @Test func `a project that was filed into its own folder is missed, though its place is there and is empty`()
        async throws
    {
        // So looks a disk that is not mounted.
        try sandbox.configure(
            "{allow_root: true, projects: [{path: ~/nas/*, backend: {local: {directory: trials}}}]}\n")
        let filed = try await sandbox.shell(
            "mkdir -p nas/p; cd nas/p; trialwatch run -- true; trialwatch gc --dry-run; cd; mv nas/p elsewhere")
        #expect(filed.errors.isEmpty && filed.text.contains("because of --dry-run"), "\(filed.errors)")
        let away = try await sandbox.run("gc")
        #expect(away.exit == .status(1), "\(away.errors)")
        #expect(away.errors.contains("store local-p-") && away.errors.contains("home/nas/p/trials"), "\(away.errors)")
        #expect(try await present() == ["kept", "gone", "young"])
    }

    @Test func `the smallest file that nobody needs goes, whatever pack it is in`() async throws {
        let packed = try await sandbox.shell(
            """
            set -e
            export GIT_DIR=\(store)
            rm $GIT_DIR/refs/snapshots/$(cat gone) $GIT_DIR/objects/pack/pack-*.idx.old 2>/dev/null || true
            secret=$(echo 'token: hunter' | git hash-object -w --stdin); echo $secret > secret
            { git rev-list --objects --no-object-names $(cat kept); echo $secret; } > list
            git pack-objects -q --window=0 new < list > /dev/null
            rm $GIT_DIR/objects/pack/pack-*; mv new-*.pack new-*.idx $GIT_DIR/objects/pack/
            cd $GIT_DIR/objects/pack; for file in new-*; do mv $file pack-${file#new-}; done; git prune-packed
            git cat-file -p $secret
            """)
        #expect(packed.exit == .status(0) && packed.text == "token: hunter\n", "\(packed.errors)")
        let collected = try await sandbox.run("gc", "--json")
        #expect(collected.exit == .status(0), "\(collected.errors)")
        #expect(try await present() == ["kept", "young"])
        #expect(try await sandbox.shell("GIT_DIR=\(store) git cat-file -e $(cat secret)").exit != .status(0))
        // What is all needed is left as it is.
        #expect(try await sandbox.run("gc", "--json").json()["bytes_freed"] == 0)
    }

    @Test func `what captures know to be there is forgotten for good before any object goes`() async throws {
        let fault = Fault(.trace, at: nil, in: [store], note: sandbox.root.appending("trace"))
        let collected = try await sandbox.run("gc", environment: try fault.environment())
        #expect(collected.exit == .status(0), "\(collected.errors)")
        let steps = try fault.steps()
        func place(_ isMeant: (Fault.Step) -> Bool) -> Int { steps.firstIndex(where: isMeant) ?? Int.max }
        let removed = place { $0.isDone && $0.call.hasPrefix("unlink") && $0.path == store.appending("known") }
        let synced = steps.indices.first { index in
            index > removed && steps[index].isDone && steps[index].call == "fsync" && steps[index].path == store
        }
        let gone = place { step in
            step.call.hasPrefix("unlink")
                && ["objects", "refs"].contains { step.path.starts(with: store.appending($0)) }
        }
        #expect(gone < Int.max && (synced ?? Int.max) < gone, "\(steps)")
    }

    @Test func `while a snapshot is being made it waits, and says so when that takes long`() async throws {
        let lock = try OwnedDescriptor(
            opening: store.appending("lock"), .readWrite, options: .create, permissions: [.ownerRead, .ownerWrite])
        try lock.lock(.exclusive)
        let collecting = try sandbox.start(sandbox.program, ["gc"])
        #expect(
            try await sandbox.eventually {
                try await sandbox.shell("ls -l /proc/\(collecting.pid)/fd | grep -c p.git/lock").text == "1\n"
            })
        #expect(collecting.isRunning)
        #expect(try await present() == ["kept", "gone", "young"])
        _ = consume lock
        #expect(await collecting.wait() == .status(0))
        #expect(try await present() == ["kept", "young"])
    }

    @Test func `a snapshot that a run finds again while it works stays, though it was of no trial before`() async throws
    {
        let lock = try OwnedDescriptor(
            opening: store.appending("lock"), .readWrite, options: .create, permissions: [.ownerRead, .ownerWrite])
        try lock.lock(.exclusive)
        let collecting = try sandbox.start(sandbox.program, ["gc"])
        #expect(
            try await sandbox.eventually {
                try await sandbox.shell("ls -l /proc/\(collecting.pid)/fd | grep -c p.git/lock").text == "1\n"
            })
        // What it made of its first look lies there already.
        #expect(try await sandbox.shell("ls \(store)/objects/pack/*.pack").lines.count == 2)
        _ = try await sandbox.shell("touch \(store)/refs/snapshots/$(cat gone)")
        _ = consume lock
        #expect(await collecting.wait() == .status(0))
        #expect(try await present() == ["kept", "gone", "young"])
        _ = try await sandbox.shell("touch -d '2 days ago' \(store)/refs/snapshots/$(cat gone)")
        #expect(try await sandbox.run("gc").exit == .status(0))
        #expect(try await present() == ["kept", "young"])
    }

    @Test func `of many packs it makes one, from which what a deleted trial had goes the next time`() async throws {
        let made = try await sandbox.shell(
            """
            cd work; export GIT_DIR=\(store) GIT_WORK_TREE=$PWD; seq 2000 >file
            for i in $(seq 60); do
                sed -i "${i}s/.*/changed $i/" file; git add -A; tree=$(git write-tree); 
                echo $tree >$GIT_DIR/refs/snapshots/$tree; git rev-parse $tree :file | git pack-objects -q --window=0 $GIT_DIR/objects/pack/pack >/dev/null
            done; git prune-packed; git rev-parse :file >../last; echo $tree >../tree
            """)
        try #require(made.exit == .status(0), "\(made.errors)")
        let first = try await sandbox.run("gc", "--json").json()
        #expect(first["packs_joined"]?.int == 61, "\(first)")
        #expect(try await present() == ["kept", "young"])
        #expect(try await sandbox.shell("ls \(store)/objects/pack/*.pack").lines.count == 1)
        // Only the last one is of a trial, which its pack has as a difference, or others as one to it.
        _ = try await sandbox.shell(
            "cd \(store)/refs/snapshots; touch -d '2 days ago' *; touch $(cat \(sandbox.root)/home/tree)")
        let second = try await sandbox.run("gc", "--json").json()
        #expect(second["snapshots_removed"]?.int == 60, "\(second)")
        let left = try await sandbox.shell(
            """
            export GIT_DIR=\(store); git cat-file blob $(cat last) | head -60 | tail -1
            git fsck --full --no-dangling && git rev-list --objects --all >/dev/null
            """)
        #expect(left.lines.first == "changed 60" && left.exit == .status(0), "\(left.text) \(left.errors)")
    }

    @Test func `killed at any call that changes a file, it leaves every kept file, and the next one ends its work`()
        async throws
    {
        let copy = sandbox.root.appending("copy.git")
        _ = try await sandbox.shell("cp -a \(store) \(copy)")
        var (point, met) = (1, 0)
        while true {
            _ = try await sandbox.shell("rm -rf \(store) && cp -a \(copy) \(store)")
            let fault = Fault(.kill, at: point, in: [store], note: sandbox.root.appending("note-\(point)"))
            let output = try await sandbox.run("gc", environment: try fault.environment())
            guard let what = try fault.met() else {
                #expect(output.exit == .status(0), "\(output.errors)")
                break
            }
            #expect(output.exit == .signal(SIGKILL), "\(what)")
            _ = try await present()
            let next = try await sandbox.run("gc")
            #expect(next.exit == .status(0), "\(what): \(next.errors)")
            #expect(try await present() == ["kept", "young"], "\(what)")
            met += 1
            point += Soak.isAsked ? 1 : 2
        }
        #expect(met >= (Soak.isAsked ? 10 : 5))
    }
}
