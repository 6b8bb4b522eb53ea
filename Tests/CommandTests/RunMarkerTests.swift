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
        let error: JSON?

        init(_ script: String, _ state: JSON, _ error: JSON?) {
            (self.script, self.state, self.error) = (script, state, error)
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

        var ended = try await marker(world, "project").object ?? [:]
        #expect(ended["state"] == "failed")
        #expect(ended["error"] == ["type": "Exit", "message": "3"])
        #expect(ended["finished"]?.string?.hasPrefix("20") == true)
        ended["state"] = "running"
        ended["error"] = nil
        ended["finished"] = nil
        #expect(.object(ended) == running)
        #expect(
            try await world.shell("cat project/.trialwatch/.gitignore; stat -c %a project/.trialwatch").text
                == "*\n700\n")
    }

    @Test(arguments: [
        End("true", "succeeded", nil), End("kill -9 $$", "failed", ["type": "Signal", "message": "9, killed"]),
        End("exit 1", "failed", ["type": "Exit", "message": "1"]),
    ])
    func `the end is told`(end: End) async throws {
        let world = try Sandbox()
        _ = try await world.run("run", "--", "sh", "-c", end.script)
        let marker = try await marker(world, ".")
        #expect(marker["state"] == end.state)
        #expect(marker["error"] == end.error)
    }

    @Test func `the marker lies in the deepest project, wherever links lead`() async throws {
        let world = try Sandbox()
        let outer = try world.makeProject("real/outer")
        try world.configure("projects: [{path: ~/link/outer}, {path: ~/link/outer/inner}]\n")
        let output = try await world.shell(
            """
            ln -s real link; mkdir -p real/outer/inner/deep real/outer/other
            cd real/outer/inner/deep; trialwatch run -- true; cd ../../other; trialwatch run -- true; cd ../..
            find . -name '*.run' | xargs -n1 dirname | sort
            """)
        #expect(output.errors.isEmpty)
        #expect(output.text == "./outer/.trialwatch\n./outer/inner/.trialwatch\n", "\(outer)")
    }

    @Test func `outside of any project the marker stays where the command ran, and that is said`() async throws {
        let world = try Sandbox()
        let output = try await world.shell("mkdir here; cd here; trialwatch run -- true")
        #expect(output.exit == .status(0))
        #expect(output.errors.contains("lies in no project"))
        #expect(try await marker(world, "here")["state"] == "succeeded")
    }

    @Test(arguments: [
        ("touch .trialwatch", "Not a directory"), ("ln -s /tmp .trialwatch", "Not a directory"),
        ("cd project; rmdir $PWD", "No such file"),
    ])
    func `a marker that cannot be written is told once, and the command runs`(
        script: String, reason: String
    ) async throws {
        let world = try Sandbox()
        let output = try await world.shell("mkdir project; \(script); trialwatch run -- sh -c 'echo ran; exit 3'")
        #expect(output.exit == .status(3))
        #expect(output.text == "ran\n")
        #expect(output.errors.split(separator: "writing the marker").count == 2, "\(output.errors)")
        #expect(output.errors.contains(reason))
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
