import JSON
import ProgramTesting
import SystemPackage
import Testing

/// What `trialwatch run` tells of a command.
@Suite(.timeLimit(.minutes(5))) struct RunMarkerTests {
    /// A way to end.
    struct End: Sendable {
        let script: String
        let state: JSON
        let description: JSON

        init(_ script: String, _ state: JSON, _ description: JSON?) {
            (self.script, self.state, self.description) = (script, state, description ?? .null)
        }
    }

    /// The one marker in a folder.
    private func marker(_ world: Sandbox, _ folder: String) async throws -> JSON {
        let output = try await world.shell("cat \(folder)/.trialwatch/*.run")
        return try output.json()
    }

    @Test func `a marker says what runs, and then how it ended`() async throws {
        let world = try Sandbox()
        _ = try world.makeProject()
        try world.configure("projects: [{path: ~/project}]\n")
        let agent = try await world.startAgent()
        // The marker comes by rename, so that it is seen whole.
        let output = try await world.shell(
            """
            cd project; mkdir deep; cd deep
            trialwatch run -e e -p lr=1e-3 -p model.layers='[1, 2]' --group g --run r --seed 7 --note 'a b' --tag x --tag y -- \
                sh -c 'until ls ../.trialwatch/*.run; do :; done >/dev/null 2>&1; cat ../.trialwatch/*.run; echo "$$"; exit 3'
            """)
        #expect(output.exit == .status(3))
        #expect(output.errors.isEmpty)
        let process = Int(output.lines.last ?? "")
        let running = try JSON(parsing: output.lines.dropLast().joined(separator: "\n"))
        #expect(running["state"] == "running")
        #expect(running["pid"]?.int == process)
        #expect(running["started"]?.string?.hasPrefix("20") == true)
        #expect(running["finished"] == nil)
        #expect(running["experiment"] == "e")
        #expect(running["parameters"]?["lr"]?.double == 1e-3)
        #expect(running["parameters"]?["model"]?["layers"] == [1, 2])
        #expect(running["group"] == "g")
        #expect(running["run"] == "r")
        #expect(running["seed"] == 7)
        #expect(running["description"] == "a b")
        #expect(running["tags"] == ["x", "y"])
        #expect(running["command"]?.array?.count == 3)
        #expect(running["directory"]?.string?.hasSuffix("/home/project/deep") == true)

        // The agent has claimed how it ended, and the marker is gone.
        #expect(try await world.shell("ls project/.trialwatch").text.isEmpty)
        try await world.flush()
        let trial = try await world.run("show", "e", "1", "--json").json()
        #expect(trial["state"] == "failed")
        #expect(trial["description"] == "Exit(3)")
        #expect(trial["command"] == running["command"])
        #expect(trial["pid"]?.int == process)
        #expect(trial["problems"] == [])
        #expect(
            try await world.shell("cat project/.trialwatch/.gitignore; stat -c %a project/.trialwatch").text
                == "*\n700\n")
        #expect(await agent.stop() == .status(0))
    }

    @Test(arguments: [
        End("true", "succeeded", nil), End("kill -9 $$", "failed", "Signal(9, killed)"),
        End("exit 1", "failed", "Exit(1)"),
    ])
    func `where no agent runs and nobody watches, the run is a trial all the same`(end: End) async throws {
        let world = try Sandbox()
        let output = try await world.shell("mkdir here; cd here; trialwatch run -p i=1 -- sh -c '\(end.script)'; ls -A")
        // The shell says which signal ended us.
        #expect(!output.errors.contains("trialwatch: ") && output.text.isEmpty, "\(output)")
        let trials = try await world.run("history", "here", "--json").json().array ?? []
        #expect(trials.map { $0["state"] } == [end.state])
        #expect(trials.map { $0["description"] } == [end.description])
        #expect(trials.first?["parameters"]?["i"] == 1)
        #expect(trials.first?["problems"] == 0)
    }

    @Test func `an agent that watches elsewhere takes the run over its socket`() async throws {
        let world = try Sandbox()
        _ = try world.makeProject()
        try world.configure("projects: [{path: ~/project}]\n")
        let agent = try await world.startAgent()
        let output = try await world.shell(
            """
            mkdir here; cd here
            trialwatch run -- sh -c 'until trialwatch status | grep -q "here 1"; do :; done; exit 3'; echo $?; ls -A
            """)
        #expect(output.text == "3\n" && output.errors.isEmpty, "\(output)")
        try await world.flush()
        let trials = try await world.run("history", "here", "--json").json().array ?? []
        #expect(trials.map { $0["description"] } == ["Exit(3)"])
        #expect(await agent.stop() == .status(0))
    }

    @Test func `several runs at once without an agent are a trial each`() async throws {
        let world = try Sandbox()
        let output = try await world.shell(
            "mkdir here; cd here; for i in $(seq 8); do trialwatch run -p i=$i -- sleep 0.$i & done; wait")
        #expect(output.errors.isEmpty, "\(output.errors)")
        let trials = try await world.run("history", "here", "--json").json().array ?? []
        #expect(Set(trials.compactMap { $0["parameters"]?["i"]?.int }) == Set(1...8))
        #expect(trials.allSatisfy { $0["state"] == "succeeded" })
    }

    @Test func `a run waits for its turn while others are recorded, and is not lost`() async throws {
        let world = try Sandbox()
        let output = try await world.shell(
            """
            mkdir -p here "$XDG_STATE_HOME/trialwatch"; cd here
            flock "$XDG_STATE_HOME/trialwatch/lock" sh -c 'touch held; sleep 7' & until [ -e held ]; do :; done
            trialwatch run -- true; wait
            """)
        #expect(output.errors.isEmpty, "\(output.errors)")
        let trials = try await world.run("history", "here", "--json").json().array ?? []
        #expect(trials.map { $0["state"] } == ["succeeded"])
    }

    @Test func `a run belongs to the deepest project, wherever links lead`() async throws {
        let world = try Sandbox()
        _ = try world.makeProject("real/outer")
        try world.configure("projects: [{path: ~/link/outer}, {path: ~/link/outer/inner}]\n")
        let output = try await world.shell(
            """
            ln -s real link; mkdir -p real/outer/inner/deep real/outer/other
            cd real/outer/inner/deep; trialwatch run -- true; cd ../../other; trialwatch run -- true
            """)
        #expect(output.errors.isEmpty, "\(output.errors)")
        for project in ["inner", "outer"] {
            #expect(try await world.run("history", project, "--json").json().array?.count == 1)
        }
    }

    @Test(arguments: ["touch .trialwatch", "ln -s /tmp .trialwatch"])
    func `a marker that cannot be written is told once, and the command runs`(script: String) async throws {
        let world = try Sandbox()
        _ = try world.makeProject()
        try world.configure("projects: [{path: ~/project}]\n")
        let agent = try await world.startAgent()
        let output = try await world.shell("cd project; \(script); trialwatch run -- sh -c 'echo ran; exit 3'")
        #expect(output.exit == .status(3))
        #expect(output.text == "ran\n")
        #expect(output.errors.split(separator: "writing the marker").count == 2, "\(output.errors)")
        #expect(output.errors.contains("Not a directory"))
        #expect(await agent.stop() == .status(0))
    }

    @Test func `a store that cannot be written to is told, and the trial waits`() async throws {
        let world = try Sandbox()
        try world.write("", to: world.root.appending("data/trialwatch"))
        let output = try await world.shell("mkdir here; cd here; trialwatch run -- true")
        #expect(output.exit == .status(0))
        #expect(output.errors.contains("is not filed yet and waits"), "\(output.errors)")
        _ = try await world.shell("rm ../data/trialwatch")
        #expect(try await world.run("agent", "--once", "--allow-root").exit == .status(0))
        #expect(try await world.run("history", "here", "--json").json().array?.count == 1)
    }

    @Test func `a wrong configuration is told, and the command runs`() async throws {
        let world = try Sandbox()
        try world.configure("projcts: []\n")
        let output = try await world.run("run", "--", "sh", "-c", "echo ran; exit 3")
        #expect(output.exit == .status(3))
        #expect(output.text == "ran\n")
        #expect(output.errors.contains("agent.yaml:1:1: projcts: unknown key"))
        #expect(try await marker(world, ".")["state"] == "failed")
    }

    @Test func `the agent makes one trial of it`() async throws {
        let world = try Sandbox()
        _ = try world.makeProject()
        try world.configure("projects: [{path: ~/project, experiment: e}]\n")
        let agent = try await world.startAgent()
        let output = try await world.shell(
            """
            cd project
            trialwatch run -p i=1 -- true
            trialwatch run -p i=2 -- sh -c 'exit 3'
            trialwatch run -p i=3 -- sh -c 'until trialwatch status | grep -q "e 3"; do :; done'
            """)
        #expect(output.errors.isEmpty)
        try await world.flush()
        let trials = try await world.run("history", "e", "--json").json().array?.reversed() ?? []
        #expect(trials.map { $0["parameters"]?["i"] } == [1, 2, 3])
        #expect(trials.map { $0["success"] } == [true, false, true])
        #expect(await agent.stop() == .status(0))
    }
}
