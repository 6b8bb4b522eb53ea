import Bytes
import JSON
import LocalBackend
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing
import Trials

/// The files of a run come back, here and elsewhere.
@Suite(.timeLimit(.minutes(3))) struct CheckoutCommandTests {
    /// A project in a repository with one commit, and changes that are not committed.
    private static let project = """
        set -e
        export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a \
        GIT_COMMITTER_EMAIL=a@b
        mkdir -p project/src && cd project && git init -q -b main
        printf 'echo "rate $2"\\n' > src/train.sh; chmod 755 src/train.sh
        head -c 300000 /dev/urandom > big.bin; echo base > base.txt
        git add -A && git commit -q -m one
        echo second > second.txt && git add -A && git commit -q -m two
        echo changed > base.txt; echo new > 'new file.txt'; printf 'no end' > no-end.txt; ln -s src/train.sh link
        """

    /// A world in which trial 1 of `resnet` ran with these files; their tree, and HEAD's commit.
    private static func makeWorld(
        host: String = "elsewhere", pack: Snapshot.Pack? = nil, commits: Int = 0,
        change: (inout Filing) -> Void = { _ in }
    ) async throws -> Sandbox {
        let sandbox = try Sandbox()
        let made = try await sandbox.shell(
            project + """

                store=\(sandbox.root)/state/trialwatch/snapshots/p.git
                git init -q --bare $store
                cp -r .git ../copy.git
                export GIT_DIR=$store GIT_WORK_TREE=$PWD
                git add -A && tree=$(git write-tree)
                GIT_DIR=$PWD/.git git rev-parse HEAD > ../head
                echo $tree > ../tree
                git rev-list --objects $tree | cut -d' ' -f1 | sort > ../all
                (cd ../copy.git && GIT_DIR=$PWD git rev-list --objects HEAD | cut -d' ' -f1 | sort) > ../known
                git pack-objects --stdout -q < ../all > ../whole
                comm -23 ../all ../known | git pack-objects --stdout -q > ../besides
                unset GIT_DIR GIT_WORK_TREE
                [ \(commits) = 0 ] || git bundle create -q ../bundle main HEAD $(git rev-list HEAD | sed -n \(commits + 1)p | sed s/^/^/)
                """)
        #expect(made.exit == .status(0), "\(made.errors)")
        func word(_ name: String) throws -> String {
            String(try sandbox.text(of: sandbox.root.appending("home/\(name)")).dropLast())
        }
        var snapshot = Snapshot(
            tree: try word("tree"), store: "p", host: host, began: noon, files: 7, size: 300_067)
        snapshot.base = try word("head")
        snapshot.pack = pack
        snapshot.leftOut = [.init(path: "secrets.env", reason: "it is named like a secret")]
        snapshot.changedWhileRead = ["big.bin"]
        var parts: [PartReference] = []
        let backend = LocalBackend(
            directory: sandbox.root.appending("data/trialwatch"), boot: try Clock.bootIdentifier(), now: { noon })
        _ = try await backend.prepare()
        if let pack {
            let file = sandbox.root.appending("home").appending(pack == .whole ? "whole" : "besides")
            let bytes = try OwnedDescriptor(opening: file, .readOnly).readToEnd(limit: 1 << 24)
            let part = PartReference(
                digest: SHA256.digest(of: bytes).hex, size: bytes.count, role: .pack, name: "snapshot.pack")
            try await backend.store(part, from: .bytes(bytes))
            parts = [part]
        }
        if commits > 0 {
            let file = sandbox.root.appending("home/bundle")
            let bytes = try OwnedDescriptor(opening: file, .readOnly).readToEnd(limit: 1 << 24)
            let part = PartReference(
                digest: SHA256.digest(of: bytes).hex, size: bytes.count, role: .commits, name: "commits.bundle")
            try await backend.store(part, from: .bytes(bytes))
            parts.append(part)
            let header = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).prefix { !$0.isEmpty }
            let first = header.first { $0.first == UInt8(ascii: "-") }
            let followed = first.map { [String(decoding: $0.dropFirst().prefix(40), as: UTF8.self)] }
            snapshot.commits = .init(count: commits, prerequisites: followed ?? [], bundle: part)
        }
        try await sandbox.file([
            try makeFiling(1, ["lr": .float(0.1)]) { filing in
                var capture = TrialCapture(began: noon, agent: "0.1.0")
                capture.environment[.requirements] = .text("numpy==1.0\n")
                var git = GitFacts(workTree: sandbox.root.appending("home/project").string)
                git.commit = snapshot.base
                git.branch = "main"
                git.remote = "https://git.example/r"
                capture.git = git
                capture.snapshot = snapshot
                filing.capture = capture
                filing.parts = parts
                filing.facts.command = [
                    "sh", sandbox.root.appending("home/project/src/train.sh").string, "--lr", "0.1",
                ]
                filing.facts.directory = sandbox.root.appending("home/project/src").string
                change(&filing)
            },
            try makeFiling(2),
        ])
        return sandbox
    }

    private static let same =
        "diff -r --no-dereference -x .git -x .trialwatch project out && stat -c %a out/src/train.sh"

    @Test func `a checkout is the project byte for byte, with what is needed to repeat the run`() async throws {
        let sandbox = try await Self.makeWorld()
        let output = try await sandbox.run("checkout", "resnet", "1", "out")
        #expect(output.exit == .status(0), "\(output.errors)")
        #expect(output.lines.first?.hasPrefix("resnet 1 is in out: 7 files, ") == true, "\(output.text)")
        #expect(output.errors.contains("not kept: secrets.env: it is named like a secret"))
        #expect(output.errors.contains("1 file changed while the snapshot was made"))
        let same = try await sandbox.shell(Self.same)
        #expect(same.exit == .status(0) && same.text == "755\n", "\(same.text)")
        let own = sandbox.root.appending("home/out/.trialwatch")
        #expect(try sandbox.text(of: own.appending("requirements.txt")) == "numpy==1.0\n")
        #expect(try JSON(parsing: sandbox.text(of: own.appending("trial.json")))["trial"] == 1)
        let guide = try sandbox.text(of: own.appending("RUN.md"))
        for piece in [
            "# Trial resnet 1\n", "`secrets.env` is not here: it is named like a secret", "`big.bin` changed while",
            "pip install -r .trialwatch/requirements.txt", "    cd src\n", "    sh ../src/train.sh --lr 0.1\n",
            "- `lr`: 0.1\n",
            "of https://git.example/r", "trialwatch rerun resnet 1",
        ] { #expect(guide.contains(piece), "\(piece) in \(guide)") }
        // What stands there does not run today's files.
        #expect(!guide.contains("\(sandbox.root)/home/project"))
        // It is nobody's place to write over what is there.
        let again = try await sandbox.run("checkout", "resnet", "1", "out")
        #expect(again.exit == .status(64) && again.errors.contains("the folder is not empty"))
    }

    @Test func `a trial without files, or whose files are elsewhere, says so and writes nothing`() async throws {
        let sandbox = try await Self.makeWorld()
        let without = try await sandbox.run("checkout", "resnet", "2", "out")
        #expect(without.exit == .status(66) && without.errors.contains("files were not kept"), "\(without.errors)")
        _ = try await sandbox.shell("rm -rf \(sandbox.root)/state/trialwatch/snapshots")
        let elsewhere = try await sandbox.run("checkout", "resnet", "1", "out")
        #expect(elsewhere.exit == .status(66), "\(elsewhere.errors)")
        #expect(elsewhere.errors.contains("its snapshot is on host elsewhere"))
        #expect(try FileStatus.ifPresent(sandbox.root.appending("home/out")) == nil)
    }

    @Test func `on another host the store's whole pack is enough`() async throws {
        let sandbox = try await Self.makeWorld(pack: .whole)
        _ = try await sandbox.shell("rm -rf \(sandbox.root)/state/trialwatch/snapshots")
        let output = try await sandbox.run("checkout", "resnet", "1", "out")
        #expect(output.exit == .status(0), "\(output.errors)")
        #expect(try await sandbox.shell(Self.same).exit == .status(0))
        #expect(try await sandbox.shell("ls -A ~/.cache/trialwatch/packs").text == "")
    }

    @Test func `what the store lacks comes from a clone that has the commit`() async throws {
        let sandbox = try await Self.makeWorld(pack: .besidesBase)
        _ = try await sandbox.shell(
            "rm -rf \(sandbox.root)/state/trialwatch/snapshots; git clone -q copy.git clone 2>&1; git init -q empty")
        let alone = try await sandbox.run("checkout", "resnet", "1", "out")
        #expect(alone.exit == .status(66), "\(alone.errors)")
        #expect(alone.errors.contains("of https://git.example/r, and that is needed, too"), "\(alone.errors)")
        let wrong = try await sandbox.run("checkout", "resnet", "1", "out", "--repository", "empty")
        #expect(wrong.exit == .status(1) && wrong.errors.contains("git fetch there"), "\(wrong.errors)")
        let none = try await sandbox.run("checkout", "resnet", "1", "out", "--repository", "nowhere")
        #expect(none.exit == .status(64), "\(none.errors)")
        #expect(try FileStatus.ifPresent(sandbox.root.appending("home/out")) == nil)
        let output = try await sandbox.run("checkout", "resnet", "1", "out", "--repository", "clone")
        #expect(output.exit == .status(0), "\(output.errors)")
        #expect(try await sandbox.shell(Self.same).exit == .status(0))
    }

    @Test func `the commits that no remote had come as a bundle that git clones`() async throws {
        let sandbox = try await Self.makeWorld(pack: .whole, commits: 2)
        let output = try await sandbox.run("checkout", "resnet", "1", "out")
        #expect(output.exit == .status(0), "\(output.errors)")
        let guide = try sandbox.text(of: sandbox.root.appending("home/out/.trialwatch/RUN.md"))
        #expect(guide.contains("`.trialwatch/commits.bundle` has 2 commits of the branch `main` that no remote had."))
        #expect(guide.contains("    git clone -b main -- .trialwatch/commits.bundle REPOSITORY\n"), "\(guide)")
        let clone = try await sandbox.shell(
            """
            cd out && git clone -q -b main .trialwatch/commits.bundle ../theirs && cd ../theirs && git fsck --no-dangling 2>&1
            git log --format=%s; cmp second.txt ../project/second.txt; git rev-parse HEAD | cmp - ../head
            """)
        #expect(clone.exit == .status(0) && clone.text == "two\none\n", "\(clone.text)\(clone.errors)")
    }

    @Test func `or that a clone with what they follow fetches from, on this host and on others`() async throws {
        let sandbox = try await Self.makeWorld(pack: .whole, commits: 1)
        for place in ["here", "elsewhere"] {
            let output = try await sandbox.run("checkout", "resnet", "1", place)
            #expect(output.exit == .status(0), "\(output.errors)")
            let guide = try sandbox.text(of: sandbox.root.appending("home/\(place)/.trialwatch/RUN.md"))
            #expect(guide.contains("no remote had. In a clone of https://git.example/r:"), "\(guide)")
            #expect(guide.contains("    git fetch DIR/.trialwatch/commits.bundle refs/heads/main\n"), "\(guide)")
            let fetched = try await sandbox.shell(
                """
                git -C copy.git branch -f first HEAD~1; git clone -q --single-branch -b first copy.git theirs-\(place)
                cd theirs-\(place) && git fetch -q ../\(place)/.trialwatch/commits.bundle refs/heads/main
                git log --format=%s FETCH_HEAD
                git init -q ../empty-\(place) && git -C ../empty-\(place) fetch ../\(place)/.trialwatch/commits.bundle main
                """)
            #expect(fetched.text == "two\none\n", "\(fetched.errors)")
            #expect(fetched.exit != .status(0) && fetched.errors.contains("lacks these prerequisite commits"))
            _ = try await sandbox.shell("rm -rf \(sandbox.root)/state/trialwatch/snapshots")
        }
    }

    @Test func `commits that the store has no more, or damaged, hinder no checkout, and are told`() async throws {
        let sandbox = try await Self.makeWorld(pack: .whole, commits: 2)
        let bundle = try await sandbox.shell(
            "find \(sandbox.root)/data/trialwatch -name \"$(sha256sum <bundle | cut -c3-64)*\" | tr -d '\\n'")
        _ = try await sandbox.shell("chmod u+w \(bundle.text); echo other >\(bundle.text)")
        let damaged = try await sandbox.run("checkout", "resnet", "1", "out")
        #expect(damaged.exit == .status(0), "\(damaged.errors)")
        #expect(damaged.errors.contains("the commits that no remote had are not there: "), "\(damaged.errors)")
        _ = try await sandbox.shell("rm \(bundle.text)")
        let gone = try await sandbox.run("checkout", "resnet", "1", "again")
        #expect(gone.exit == .status(0) && gone.errors.contains("the commits that no remote had are not there: "))
        for folder in ["out", "again"] {
            let own = sandbox.root.appending("home/\(folder)/.trialwatch")
            #expect(try FileStatus.ifPresent(own.appending("commits.bundle")) == nil)
            #expect(try !sandbox.text(of: own.appending("RUN.md")).contains("bundle"))
        }
    }

    @Test func `a record that names another place for its snapshots is not followed there`() async throws {
        let sandbox = try await Self.makeWorld { $0.capture?.snapshot?.store = "../snapshots/p" }
        let output = try await sandbox.run("checkout", "resnet", "1", "out")
        #expect(output.exit == .status(66), "\(output.errors)")
    }

    @Test func `a rerun is shown first, and with --yes becomes a trial that names its parent`() async throws {
        let sandbox = try await Self.makeWorld()
        let shown = try await sandbox.run("rerun", "resnet", "1", "--directory", "again", "-p", "lr=0.2")
        #expect(shown.exit == .status(0), "\(shown.errors)")
        let script = "\(sandbox.root)/home/again/src/train.sh"
        #expect(shown.text.contains("command         sh \(script) --lr 0.2\n"), "\(shown.text)")
        #expect(shown.lines.last == "nothing is run yet: --yes does it")
        #expect(try FileStatus.ifPresent(sandbox.root.appending("home/again")) == nil)
        let run = try await sandbox.run("rerun", "resnet", "1", "--directory", "again", "-p", "lr=0.2", "--yes")
        #expect(run.exit == .status(0), "\(run.errors)")
        #expect(run.lines.last == "rate 0.2", "\(run.text)")
        let trial = try await sandbox.run("show", "resnet", "3", "--json").json()
        #expect(trial["parent"] == "resnet 1")
        #expect(trial["parameters"] == ["lr": 0.2])
        #expect(trial["state"] == "succeeded")
        #expect(trial["directory"]?.string == "\(sandbox.root)/home/again/src")
    }

    @Test func `a rerun that cannot be what it says is refused`() async throws {
        let sandbox = try await Self.makeWorld { filing in
            filing.facts.command = ["python3", "train.py", "--token", "«scrubbed:token»"]
        }
        let unknown = try await sandbox.run("rerun", "resnet", "1", "-p", "depth=3", "--yes")
        #expect(unknown.exit == .status(64) && unknown.errors.contains("does not name depth"), "\(unknown.errors)")
        let secret = try await sandbox.run("rerun", "resnet", "1", "--directory", "again", "--yes")
        #expect(secret.exit == .status(1) && secret.errors.contains("a secret that was not kept"), "\(secret.errors)")
        #expect(try FileStatus.ifPresent(sandbox.root.appending("home/again")) == nil)
        let without = try await sandbox.run("rerun", "resnet", "2", "--yes")
        #expect(without.exit == .status(66), "\(without.errors)")
    }

    @Test func `what a rerun writes among temporary files is nobody else's to read`() async throws {
        let sandbox = try await Self.makeWorld()
        let place = sandbox.root.appending("home/t")
        try FileSystem.makeDirectories(place)
        let run = try await sandbox.run("rerun", "resnet", "1", "--yes", environment: ["TMPDIR": place.string])
        #expect(run.exit == .status(0) && run.lines.last == "rate 0.1", "\(run.errors)")
        #expect(try await sandbox.shell("umask 0; stat -c %a t/trialwatch-1-*").text == "700\n")
    }

    @Test func `a rerun in a folder that the tree does not have makes it, and follows no link there`() async throws {
        let empty = try await Self.makeWorld { filing in
            filing.facts.directory = filing.facts.directory.map { $0.dropLast(3) + "runs/today" }
            filing.facts.command = ["pwd"]
        }
        let run = try await empty.run("rerun", "resnet", "1", "--directory", "again", "--yes")
        #expect(run.exit == .status(0), "\(run.errors)")
        #expect(run.lines.last == "\(empty.root)/home/again/runs/today", "\(run.text)")
        #expect(run.errors.contains("the run's folder runs/today is not among its files"), "\(run.errors)")
        let linked = try await Self.makeWorld { filing in
            filing.facts.directory = filing.facts.directory.map { $0.dropLast(3) + "link" }
        }
        let refused = try await linked.run("rerun", "resnet", "1", "--directory", "again", "--yes")
        #expect(refused.exit == .status(1), "\(refused.text)")
        #expect(refused.errors.contains("the run's folder link is none"), "\(refused.errors)")
    }

    @Test func `a rerun puts no value and no Python where the command has no place for one`() async throws {
        let sandbox = try await Self.makeWorld { filing in
            filing.facts.command = ["sh", "train.sh", "--amp", "--lr", "0.1"]
        }
        let flag = try await sandbox.run("rerun", "resnet", "1", "-p", "amp=false")
        #expect(flag.exit == .status(64) && flag.errors.contains("--amp has no value"), "\(flag.errors)")
        let python = try await sandbox.run("rerun", "resnet", "1", "--python", "/usr/bin/env", "--yes")
        #expect(
            python.exit == .status(1) && python.errors.contains("begins with sh, which is no Python"),
            "\(python.errors)")
    }
}
