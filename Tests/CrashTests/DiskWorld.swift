import JSON
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing

/// A sandbox with one project, whose state and store may lie on small disks of their own.
struct DiskWorld {
    let sandbox: Sandbox
    let state: FilePath
    let store: FilePath
    let project: FilePath
    private let isInNamespace: Bool

    /// Its programs run in a mount namespace, unless that is not wanted.
    init(inNamespace: Bool = true) async throws {
        isInNamespace = inNamespace
        sandbox = try Sandbox(in: inNamespace ? try MountNamespace() : nil)
        state = sandbox.root.appending("state/trialwatch")
        store = sandbox.root.appending("data/trialwatch")
        project = try sandbox.makeProject("project")
        try sandbox.configure(
            "{projects: [{path: \(project), experiment: e, code: [train.py], receipts: true}], allow_root: true}\n")
        try sandbox.write("print(1)\n", to: project.appending("train.py"))
        for folder in [state, store] { try FileSystem.makeDirectories(folder) }
    }

    func mount(_ options: String, at path: FilePath) async throws {
        try await run("mount -t tmpfs -o mode=700,\(options) none \(path)")
    }

    /// Takes all the room of a disk, and all its inodes but those that its files need.
    func fill(_ path: FilePath) async throws {
        // The last byte is taken by small files; df(1) says whether there are any.
        try await run(
            """
            cd \(path)
            for i in $(seq 100); do : 2>/dev/null > filler.$i.$RANDOM || break; done
            for i in filler.*; do head -c 64m /dev/zero 2>/dev/null >> $i || break; done
            true
            """)
    }

    /// Runs a script in this world; gives what it prints.
    @discardableResult
    func run(_ script: String) async throws -> String {
        let output = try await sandbox.shell(script)
        guard output.exit == .status(0) else { throw ProgramError("\(script): \(output.errors)") }
        return output.text
    }

    func startAgent(under fault: Fault? = nil) async throws -> TrialwatchProcess {
        try await sandbox.startAgent(environment: try fault?.environment() ?? [:])
    }

    /// Renames markers into place, whose results are these numbers.
    func drop(_ numbers: ClosedRange<Int>) throws {
        for number in numbers {
            try sandbox.replace(
                project.appending("\(number).run"),
                with: "parameters: {run: \(number)}\nresult: \(number)\nmetrics: {loss: [2, 1]}\n")
        }
    }

    func status() async throws -> JSON { try await sandbox.run("status", "--json").json() }

    func eventually(_ isTrue: (JSON) throws -> Bool) async throws -> Bool {
        try await sandbox.eventually(within: .seconds(30)) { try isTrue(try await status()) }
    }

    func errors(of agent: TrialwatchProcess) throws -> [Substring] {
        try sandbox.text(of: agent.errorPath).split(separator: "\n")
    }

    /// Waits until the agent has filed so many by itself, and is well.
    func expectFiled(_ count: Int, by agent: TrialwatchProcess, _ comment: Comment? = nil) async throws {
        let isWell = try await sandbox.eventually(within: .seconds(60)) {
            guard try await status()["healthy"] == true else { return false }
            let history = try await sandbox.run("history", "e", "--json", "--limit", "10000")
            return try history.exit == .status(0) && (history.json().array ?? []).count == count
        }
        #expect(agent.isRunning, comment)
        #expect(isWell, comment)
        if !isWell {
            print(try await status().description, try errors(of: agent).suffix(20).joined(separator: "\n"))
        }
    }

    /// Each marker is one trial, in our record and in daskperiment's, and nothing is left of its way there.
    func expectWhole(_ count: Int, _ comment: Comment? = nil) async throws {
        let own = try await sandbox.run("history", "e", "--json", "--limit", "10000").json().array ?? []
        #expect(own.compactMap { $0["result"]?.int }.sorted() == Array(1...count), comment)
        #expect(Set(own.compactMap { $0["trial"]?.int }).count == count, comment)
        let left = try await run(
            "cd \(state)/spool; ls new aside quarantine tmp ../parts | grep -v ':$' | grep . || true")
        #expect(left == "", comment)
        let receipts = try await run("ls \(project)/*.trial.json | wc -l")
        #expect(receipts == "\(count)\n", comment)
        if isInNamespace {
            // Its mounts are seen in there alone.
            let copy = sandbox.root.appending("copy")
            try await run("cp -a \(store) \(copy)")
            try FileSystem.removeTree(store)
            try FileSystem.rename(copy, to: store)
        }
        let record = try RealDaskperiment.older.read("e", in: store.appending("e"))
        let rows = record["history"]?["rows"]?.object?.members.map(\.value) ?? []
        #expect(rows.compactMap { $0["Result"]?.int }.sorted() == Array(1...count), comment)
    }
}
