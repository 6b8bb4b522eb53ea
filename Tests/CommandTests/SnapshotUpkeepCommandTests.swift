import Glibc
import JSON
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing
import TrialAgent

/// Stores of snapshots are looked after beside the trials, never in their way, and whatever happens to who does it.
@Suite(.timeLimit(.minutes(5))) struct SnapshotUpkeepCommandTests {
    private let sandbox: Sandbox
    private var snapshots: FilePath { sandbox.root.appending("state/trialwatch/snapshots") }

    init() throws { sandbox = try Sandbox() }

    // MARK: First snapshots

    @Test func `a project's first snapshot is made before its first trial, and that trial finds its files there`()
        async throws
    {
        let project = try sandbox.makeProject("resnet")
        try sandbox.write("print(1)\n", to: project.appending("train.py"))
        try sandbox.configure("projects: [{path: ~/resnet}]\nallow_root: true\n")
        let agent = try await sandbox.startAgent()
        #expect(try await sandbox.eventually { try hasReference() })
        let said = "a first snapshot with 1 file is made"
        #expect(try await sandbox.eventually { try sandbox.text(of: agent.errorPath).contains(said) })
        let packs = try await sandbox.shell("ls \(snapshots)/*.git/objects/pack").lines
        #expect(packs.count == 2)
        try sandbox.replace(project.appending("a.run"), with: "result: 1\n")
        try await sandbox.flush()
        let trial = try await sandbox.run("show", "resnet", "1", "--json").json()
        #expect(trial["snapshot"]?["files"]?.int == 1)
        #expect(try await sandbox.shell("ls \(snapshots)/*.git/objects/pack").lines == packs)
        // The worker that was made for it ends with its work.
        #expect(try await sandbox.eventually { try await background(of: agent) == nil })
        #expect(await agent.stop() == .status(0))
    }

    @Test func `a trial waits for no first snapshot, neither its own project's nor another's, however slow it is`()
        async throws
    {
        for name in ["one", "two"] {
            let project = try sandbox.makeProject(name)
            try sandbox.write("print(1)\n", to: project.appending("train.py"))
        }
        let filled = try await sandbox.shell("head -c 40000000 /dev/urandom | split -b 20000 -a 4 - one/x")
        #expect(filled.exit == .status(0))
        try sandbox.configure("projects: [{path: ~/one}, {path: ~/two}]\nallow_root: true\n")
        let agent = try await sandbox.startAgent()
        // Stopped in the middle of it, with the store's lock, it would never end.
        let stopped = try await sandbox.shell(
            """
            for i in $(seq 20000); do
                for p in $(pgrep -P \(agent.pid)); do
                    ls -l /proc/$p/fd 2>/dev/null | grep -q 'one-.*git/lock' && kill -STOP $p && echo $p && exit
                done
            done; exit 1
            """)
        let worker = try #require(Int32(stopped.lines.first ?? ""), "\(stopped.errors)")
        #expect(try await background(of: agent) == worker)
        #expect(try !hasReference())
        #expect(try await sandbox.run("status").text.contains("making the first snapshot of"))
        try sandbox.replace(sandbox.root.appending("home/two/a.run"), with: "result: 1\n")
        try await sandbox.flush()
        try sandbox.replace(sandbox.root.appending("home/one/a.run"), with: "result: 1\n")
        try await sandbox.flush()
        for name in ["one", "two"] {
            let trial = try await sandbox.run("show", name, "1", "--json").json()
            #expect(trial["snapshot"]?["files"]?.int == (name == "one" ? 2001 : 1), "\(name): \(trial)")
        }
        #expect(try await sandbox.shell("kill -0 \(worker)").exit != .status(0))
        #expect(await agent.stop() == .status(0))
    }

    // MARK: Packing

    /// A store with trees of one history, each with the line before changed, and a pack for each.
    private func makeStore(_ count: Int) async throws {
        let made = try await sandbox.shell(
            """
            set -e; mkdir -p \(snapshots); git init -q --bare \(snapshots)/p.git; mkdir work; cd work
            export GIT_DIR=\(snapshots)/p.git GIT_WORK_TREE=$PWD; mkdir -p $GIT_DIR/refs/snapshots
            seq 3000 | sha1sum | head -c 20 >other; seq 500 | while read n; do echo $n | sha1sum; done >file
            for i in $(seq \(count)); do
                sed -i "${i}s/.*/changed $i/" file; git add -A; tree=$(git write-tree)
                echo $tree >$GIT_DIR/refs/snapshots/$tree
                git rev-parse $tree :file :other | git pack-objects -q --window=0 $GIT_DIR/objects/pack/pack >/dev/null
                git prune-packed
            done
            rm index 2>/dev/null || rm $GIT_DIR/index; git rev-list --objects --all | cut -d' ' -f1 | sort >../objects
            """)
        try #require(made.exit == .status(0), "\(made.errors)")
    }

    /// What is missing, damaged or left over in the store, and how many packs it has.
    private func look() async throws -> (complaints: String, packs: Int) {
        let output = try await sandbox.shell(
            """
            export GIT_DIR=\(snapshots)/p.git
            git fsck --full --no-dangling 2>&1 | grep -v '^notice:'
            git cat-file --batch-check <objects | grep missing
            git rev-list --objects --all 2>&1 >/dev/null
            """)
        let packs = try await sandbox.shell("ls \(snapshots)/p.git/objects/pack/*.idx").lines
        return (output.text + output.errors, packs.count)
    }

    private func leftovers() async throws -> String {
        try await sandbox.shell(
            """
            cd \(snapshots)/p.git; ls -a | grep -e packing$ -e durable
            ls -a objects/pack | grep -v -x -E '\\.|\\.\\.|pack-[0-9a-f]*\\.(pack|idx|rev)'
            ls objects/pack | sed 's/\\..*//' | sort | uniq -c | grep -v ' [23] '
            """
        ).text
    }

    /// The worker, asked to pack as the agent asks it, under a fault.
    private func pack(_ fault: Fault? = nil) async throws -> Sandbox.Output {
        let subject = CaptureSubject(
            project: snapshots.string, owners: [], snapshot: SnapshotWish(stores: snapshots.string), agentVersion: "1",
            agentPath: "/")
        var body: [UInt8] = []
        try JSON.encode(Request(subject: subject, capturers: [SnapshotPacker.name])).write(to: &body)
        let length = (0..<4).map { UInt8(truncatingIfNeeded: body.count >> (8 * (3 - $0))) }
        let frame = sandbox.root.appending("frame")
        try OwnedDescriptor(
            opening: frame, .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite
        ).write(length + body)
        let variables = try (fault?.environment() ?? [:]).map { "\($0.key)='\($0.value)'" }.joined(separator: " ")
        return try await sandbox.shell("exec env \(variables) trialwatch capture-worker --background <\(frame)")
    }

    private struct Request: Encodable {
        let subject: CaptureSubject
        let capturers: [String]
    }

    @Test func `killed at any call that changes a file, packing loses nothing, and the next one ends its work`()
        async throws
    {
        try await makeStore(52)
        let copy = sandbox.root.appending("copy.git")
        let store = snapshots.appending("p.git")
        _ = try await sandbox.shell("cp -a \(store) \(copy)")
        let trace = Fault(.trace, at: nil, in: [store], note: sandbox.root.appending("trace"))
        let whole = try await pack(trace)
        #expect(whole.exit == .status(0) && whole.text.contains("\"done\""), "\(whole.text) \(whole.errors)")
        #expect(try await look() == (complaints: "", packs: 1))
        #expect(try await leftovers() == "")
        let steps = try trace.steps().filter { !$0.isDone }
        let count = steps.count
        #expect(count > 100)
        // While the pack is written, around its being put in place, and while old ones go, one like the other.
        let placed = steps.indices.filter {
            steps[$0].call.contains("rename") && steps[$0].path.string.contains("objects/pack/pack-")
        }
        let (first, last) = (try #require(placed.first) + 1, try #require(placed.last) + 1)
        let some = [3, first / 2, first, last, last + 1, last + 2, last + 3, count - 50, count - 1, count]
        let points = Soak.isAsked ? Array(1...count) : some
        for point in points {
            _ = try await sandbox.shell("rm -rf \(store) && cp -a \(copy) \(store)")
            let fault = Fault(.kill, at: point, in: [store], note: sandbox.root.appending("note-\(point)"))
            let output = try await pack(fault)
            let what = try #require(try fault.met(), "\(point) of \(count)")
            #expect(output.exit == .signal(SIGKILL), "\(what)")
            #expect(try await look().complaints == "", "\(what)")
            let next = try await pack()
            #expect(next.exit == .status(0), "\(what): \(next.errors)")
            #expect(try await look() == (complaints: "", packs: 1), "\(what)")
            #expect(try await leftovers() == "", "\(what)")
        }
    }

    @Test func `a trial waits for no packing`() async throws {
        let project = try sandbox.makeProject("resnet")
        try sandbox.write("print(1)\n", to: project.appending("train.py"))
        try sandbox.configure("projects: [{path: ~/resnet}]\nallow_root: true\n")
        let agent = try await sandbox.startAgent()
        try sandbox.replace(project.appending("a.run"), with: "result: 1\n")
        try await sandbox.flush()
        // Its store gets many packs, and somebody who packs them and never ends.
        try await makeStore(52)
        let name = try #require(
            FileSystem.entries(of: snapshots).map(\.name.string).first { $0.hasPrefix("resnet-") })
        let note = sandbox.root.appending("stopped")
        let fault = Fault(.stop, at: 1, in: [snapshots.appending(name).appending("packing")], note: note)
        let variables = try fault.environment().map { "'\($0.key)=\($0.value)'" }.joined(separator: " ")
        let started = try await sandbox.shell(
            """
            cd \(snapshots); cp p.git/objects/pack/* \(name)/objects/pack/
            cp p.git/refs/snapshots/* \(name)/refs/snapshots/; rm -r p.git
            setsid env \(variables) trialwatch gc >/dev/null 2>&1 & echo $!
            """)
        #expect(try await sandbox.eventually { FileSystem.isPermitted(note) })
        let collecting = try #require(Int32(started.lines.first ?? ""), "\(started.errors)")
        defer { kill(collecting, SIGKILL) }
        try sandbox.write("print(2)\n", to: project.appending("train.py"))
        try sandbox.replace(project.appending("b.run"), with: "result: 2\n")
        try await sandbox.flush()
        let trial = try await sandbox.run("show", "resnet", "2", "--json").json()
        #expect(trial["snapshot"]?["files"]?.int == 1, "\(trial)")
        #expect(await agent.stop() == .status(0))
        // It finds what has come meanwhile, and leaves it.
        kill(collecting, SIGCONT)
        #expect(try await sandbox.eventually { try await sandbox.shell("kill -0 \(collecting)").exit != .status(0) })
        let out = try await sandbox.run("checkout", "resnet", "2", "\(sandbox.root)/out")
        #expect(out.exit == .status(0), "\(out.errors)")
        #expect(try sandbox.text(of: sandbox.root.appending("out/train.py")) == "print(2)\n")
    }

    // MARK: Room

    @Test func `where snapshots may take no more, a trial is filed with its patch and told what to do`() async throws {
        let project = try sandbox.makeProject("resnet")
        _ = try await sandbox.shell(
            """
            cd resnet; git init -q; echo 'print(1)' >train.py; git add -A
            git -c user.name=a -c user.email=a@b commit -qm one; echo 'print(2)' >train.py
            """)
        try sandbox.configure("projects: [{path: ~/resnet}]\nallow_root: true\nstore: {max_size: 100kB}\n")
        _ = try await sandbox.shell(
            "mkdir -p \(snapshots)/old.git/objects/pack; head -c 200000 /dev/zero >\(snapshots)/old.git/objects/pack/x")
        let agent = try await sandbox.startAgent()
        try sandbox.replace(project.appending("a.run"), with: "result: 1\n")
        try await sandbox.flush()
        let trial = try await sandbox.run("show", "resnet", "1", "--json").json()
        #expect(trial["snapshot"] == .null || trial["snapshot"] == nil, "\(trial)")
        let problems = trial["problems"]?.array?.compactMap(\.string) ?? []
        #expect(problems.contains { $0.contains("max_size") && $0.contains("trialwatch gc") && $0.contains("prune") })
        let patch = try await sandbox.run("show", "resnet", "1", "--part", "changes.patch")
        #expect(patch.text.contains("+print(2)"), "\(patch.errors)")
        let status = try await sandbox.run("status")
        #expect(status.exit == .status(1) && status.text.contains("snapshots keep no new files"), "\(status.text)")
        let check = try await sandbox.run("check")
        #expect(check.exit == .status(1) && check.text.contains("max_size"), "\(check.text)")
        #expect(try sandbox.text(of: agent.errorPath).split(separator: "\n").count { $0.contains("max_size") } == 1)
        // Room that gc makes is there at once.
        _ = try await sandbox.shell("rm -r \(snapshots)/old.git")
        let collected = try await sandbox.run("gc")
        #expect(collected.exit == .status(0), "\(collected.errors)")
        #expect(try await sandbox.run("check").exit == .status(0))
        try sandbox.replace(project.appending("b.run"), with: "result: 2\n")
        try await sandbox.flush()
        let next = try await sandbox.run("show", "resnet", "2", "--json").json()
        #expect(next["snapshot"]?["files"]?.int == 1)
        #expect(await agent.stop() == .status(0))
    }

    // MARK: Looking

    private func hasReference() throws -> Bool {
        for store in (try? FileSystem.entries(of: snapshots)) ?? [] where store.kind == .directory {
            let folder = snapshots.appending(store.name).appending("refs/snapshots")
            if let names = try? FileSystem.entries(of: folder), names.contains(where: { $0.name.string.count == 40 }) {
                return true
            }
        }
        return false
    }

    /// The process of an agent's worker that works when nobody else does.
    private func background(of agent: TrialwatchProcess) async throws -> Int32? {
        let output = try await sandbox.shell("pgrep -P \(agent.pid) -f -- --background")
        return output.lines.first.flatMap { Int32($0) }
    }
}
