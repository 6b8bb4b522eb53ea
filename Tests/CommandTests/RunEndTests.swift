import JSON
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing

/// What is told of a run besides its marker: who wrote that, what its process used, what changed while it ran.
@Suite(.timeLimit(.minutes(3))) struct RunEndTests {
    private let world: Sandbox
    private let project: FilePath

    init() throws {
        world = try Sandbox()
        project = try world.makeProject()
        try world.configure("projects: [{path: ~/project, experiment: e, grace: 300ms}]\n")
    }

    /// Runs a script in the project under the eyes of an agent; gives the trials.
    private func trials(_ script: String, environment: [String: String] = [:]) async throws -> [JSON] {
        let agent = try await world.startAgent()
        let functions = """
            put() { printf '%s\\n' "$2" > "$1.new"; mv "$1.new" "$1"; sleep 0.03; }
            flush() { trialwatch flush; }
            closed() { for i in $(seq 200); do
                trialwatch status --json | grep -q '"open": *\\[\\]' && return; sleep 0.05; done; return 1; }
            """
        let output = try await world.shell("set -e; cd project; \(functions)\n\(script)", environment: environment)
        #expect(output.exit == .status(0), "\(output.errors)")
        try await world.flush()
        #expect(await agent.stop() == .status(0))
        let count = try await world.run("history", "e", "--json").json().array?.count ?? 0
        var trials: [JSON] = []
        for number in 1..<count + 1 { trials.append(try await world.run("show", "e", "\(number)", "--json").json()) }
        return trials
    }

    private func problems(_ trial: JSON?) -> [String] { trial?["problems"]?.array?.compactMap(\.string) ?? [] }

    private static let training = """
        import os, time
        open(".m", "w").write("parameters: {lr: 1}\\n"); os.rename(".m", "a.run")
        while not os.path.exists("go"): time.sleep(0.01)
        """

    @Test func `however late a run by the program tells of its end, it is one trial, and tells all`() async throws {
        try world.configure("projects: [{path: ~/project, experiment: e, grace: 1ms}]\n")
        let run = "trialwatch run -e e -- python3 -c 'x = bytearray(60_000_000)'"
        let trials = try await trials("for i in 1 2 3 4 5; do \(run); done")
        #expect(trials.count == 5)
        for trial in trials {
            #expect(try #require(trial["usage"]?["peak_memory"]?.int) >= 60_000_000)
            #expect(trial["usage"]?["peak_memory_seen"] == trial["finished"])
            #expect(trial["state"] == "succeeded" && problems(trial).isEmpty)
        }
    }

    @Test(arguments: [
        #"open(".m", "w").write("parameters: {lr: 1}\n"); os.rename(".m", "a.run")"#,
        #"open("a.run", "w").write("parameters: {lr: 1}\n")"#,
        // Looked at because it came to be, before it stood still long enough.
        #"m = open("a.run", "w"); time.sleep(0.3); m.write("parameters: {lr: 1}\n"); m.close()"#,
    ])
    func `a marker that names no process tells by which script it was written, and that this is inferred`(
        writing: String
    ) async throws {
        try world.write(
            "import os, time\n\(writing)\nwhile not os.path.exists('go'): time.sleep(0.01)\n",
            to: project.appending("train.py"))
        try world.write("Name: from-path\nVersion: 1\n", to: project.appending("lib/a-1.dist-info/METADATA"))
        let trial = try #require(
            try await trials(
                "python3 train.py --lr 1 & until test -s a.run; do sleep 0.01; done; flush; touch go; wait",
                environment: ["PYTHONPATH": "lib"]
            )
            .first)
        let writer = try #require(trial["writer"])
        #expect(writer["inferred_from"] == "runs a file of the project")
        // What stands in PATH may start another one under its own name.
        #expect(writer["command"]?.array?.dropFirst().compactMap(\.string) == ["train.py", "--lr", "1"])
        #expect(writer["process"]?["variables"]?["PYTHONPATH"] == "lib")
        // It ends nothing, and is no process of the run's own.
        #expect(trial["state"] == "succeeded")
        #expect(trial["pid"]?.isNull == true && trial["process"]?.isNull == true)
        #expect(trial["code"]?[0]?["path"] == "train.py")
        #expect(trial["python"]?["source"] == "inferred")
        let requirements = try await world.run("show", "e", "1", "--environment", "requirements").lines
        #expect(requirements.contains("from-path==1"))
        #expect(try await world.run("show", "e", "1").text.contains("inferred: runs a file of the project"))
    }

    @Test func `where two may have written a marker that is said, and neither is taken`() async throws {
        try world.write(Self.training, to: project.appending("train.py"))
        try world.write("import time\nprint('.', flush=True)\ntime.sleep(60)", to: project.appending("serve.py"))
        let trial = try #require(
            try await trials(
                "python3 serve.py > log & server=$!; until test -s log; do sleep 0.01; done\n"
                    + "python3 train.py & p=$!; until test -s a.run; do sleep 0.01; done\n"
                    + "flush; touch go; wait $p; kill $server"
            ).first)
        #expect(trial["writer"]?.isNull == true)
        #expect(
            problems(trial).contains {
                $0.hasPrefix("it names no process, and its writer may be any of 2 in the project: python3 ")
            },
            "\(problems(trial))")
    }

    @Test func `a run by the program tells all that its process and the children of that used`() async throws {
        let trial = try #require(
            try await trials(
                """
                trialwatch run -e e -- sh -c 'python3 -c "
                import time
                x = bytearray(60_000_000)
                while time.process_time() < 0.4: pass"'
                """
            ).first)
        #expect(try #require(trial["usage"]?["processor_time"]?.double) >= 0.4)
        #expect(try #require(trial["usage"]?["peak_memory"]?.int) >= 60_000_000)
        #expect(trial["usage"]?["peak_memory_seen"] == trial["finished"])
        let page = try await world.run("show", "e", "1").text
        #expect(!page.contains("at least"))
        #expect(page.contains("peak memory"))
    }

    @Test func `of a run that its marker closes is told what its process had used by then`() async throws {
        let trial = try #require(
            try await trials(
                """
                python3 -c "
                import os, time
                def put(text): open('.m', 'w').write(text); os.rename('.m', 'a.run'); time.sleep(0.2)
                put(f'pid: {os.getpid()}')
                x = bytearray(60_000_000)
                while time.process_time() < 0.3: pass
                put('result: 1')"
                """
            ).first)
        #expect(trial["result"] == 1)
        #expect(try #require(trial["usage"]?["processor_time"]?.double) >= 0.3)
        #expect(try #require(trial["usage"]?["peak_memory"]?.int) >= 60_000_000)
    }

    @Test func `of a process that was gone it is said that nothing is known`() async throws {
        let trial = try #require(try await trials("put a.run \"pid: $(sh -c 'echo $$')\"; closed").first)
        #expect(trial["usage"]?.isNull == true)
        let lines = try await world.run("show", "e", "1").lines
        #expect(
            lines.count { $0.hasSuffix("not known") && ($0.contains("processor") || $0.contains("peak memory")) } == 2)
    }

    @Test func `what changed of code and lockfiles while a run went on is told at its end, and nothing else`()
        async throws
    {
        try world.write("print(1)\n", to: project.appending("train.py"))
        try world.write("print(2)\n", to: project.appending("same.py"))
        try world.write("print(3)\n", to: project.appending("gone.py"))
        try world.write("x = 1\n", to: project.appending("uv.lock"))
        let trials = try await trials(
            """
            put a.run '{state: running, code: ["*.py"], parameters: {i: 1}}'; flush
            echo 'print(4)' > train.py; touch same.py; rm gone.py; echo 'y = 2' >> uv.lock; echo > new.py
            put a.run '{result: 1}'; flush
            put b.run '{state: running, code: ["*.py"], parameters: {i: 2}}'; flush
            put b.run '{result: 2}'; flush; echo 'print(5)' > train.py
            sleep 30 & p=$!; put c.run "{pid: $p, code: [train.py]}"; flush; echo 'print(6)' > train.py; kill $p; closed
            """)
        #expect(trials.count == 3)
        let told = trials.map { problems($0).filter { $0.contains("while it ran") } }
        #expect(
            told == [
                [
                    "changed while it ran: train.py, uv.lock", "removed while it ran: gone.py",
                    "added while it ran: new.py",
                ], [], ["changed while it ran: train.py"],
            ])
    }

    @Test
    func `a package that is installed, and code that is edited, between two markers a moment apart are in the second`()
        async throws
    {
        try world.write("print(1)\n", to: project.appending("train.py"))
        try world.write("home = /usr/bin\nversion = 3.11.2\n", to: project.appending(".venv/pyvenv.cfg"))
        let site = project.appending(".venv/lib/python3.11/site-packages")
        try world.write("Name: one\nVersion: 1\n", to: site.appending("one-1.dist-info/METADATA"))
        let trials = try await trials(
            """
            put a.run 'code: train.py'; flush
            put b.run 'code: train.py'; sleep 0.07
            d=.venv/lib/python3.11/site-packages/two-2.dist-info; mkdir $d; printf 'Name: two\\nVersion: 2\\n' > $d/METADATA
            echo 'print(2)' > train.py
            put c.run 'code: train.py'
            """)
        #expect(trials.count == 3)
        // The second may be captured before or after; what is captured for it does not serve the third.
        #expect(trials.first?["code"]?[0]?["text"] == "print(1)\n")
        #expect(trials.last?["code"]?[0]?["text"] == "print(2)\n")
        #expect(trials.first?["environment"]?["requirements"] == "one==1")
        #expect(trials.last?["environment"]?["requirements"] == "one==1\ntwo==2")
        let changes = trials.flatMap { problems($0) }.filter { $0.hasPrefix("environment changed since trial") }
        #expect(changes.count == 1 && changes[0].hasSuffix(": requirements"), "\(changes)")
    }

    @Test func `a thousand markers at once are served by a few captures and looks`() async throws {
        let agent = try await world.startAgent()
        /// What it takes of a processor, with the processes that the agent waited for.
        func cost(of script: String) async throws -> Duration {
            let before = try processorTime(of: agent.pid)
            let output = try await world.shell("set -e; cd project; \(script)")
            #expect(output.exit == .status(0), "\(output.errors)")
            try await world.flush()
            return try processorTime(of: agent.pid) - before
        }
        func marker(_ name: String) -> String { "echo \"parameters: {\(name): $i}\" > .m; mv .m \(name)$i.run" }
        let apart = try await cost(of: "for i in $(seq 20); do \(marker("a")); trialwatch flush; done") / 20
        let captures = try #require(try await world.run("status", "--json").json()["captures"]?.int)
        let together = try await cost(of: "for i in $(seq 1000); do \(marker("b")); done") / 1000
        let count = try #require(try await world.run("status", "--json").json()["captures"]?.int)
        #expect(captures >= 20 && count - captures < 40, "\(captures), \(count)")
        print("\(together) a trial, \(apart) alone")
        #expect(together < apart / 2, "\(together) a trial, \(apart) alone")
        #expect(await agent.stop() == .status(0))
    }

    private func processorTime(of process: Int32) throws -> Duration {
        try #require(try ProcessInformation(process)?.usage.processorTime)
    }
}
