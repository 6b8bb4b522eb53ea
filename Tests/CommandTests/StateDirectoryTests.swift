import JSON
import ProgramTesting
import SystemPackage
import Testing

/// What the agent knows lies in its state directory, wherever that is, and only one version of it.
@Suite struct StateDirectoryTests {
    @Test func `an agent whose state was moved to another disk goes on where it stopped`() async throws {
        let world = try Sandbox()
        let project = try world.makeProject()
        func configure(_ state: String) throws {
            try world.configure(
                "{state: \(world.root.appending(state)), projects: [{path: \(project), experiment: e}]}\n")
        }
        try configure("one")
        try world.write("parameters: {i: 0}\n", to: project.appending("old.run"))
        let first = try await world.startAgent()
        try world.replace(project.appending("a.run"), with: "{parameters: {i: 1}, state: running}")
        try world.replace(project.appending("b.run"), with: "parameters: {i: 2}")
        try await world.flush()
        #expect(await first.stop() == .status(0))
        // Copied, so that its files have other inodes, as on another disk.
        #expect(try await world.shell("cp -a ../one ../two && rm -r ../one").exit == .status(0))
        try configure("two")
        try world.replace(project.appending("c.run"), with: "parameters: {i: 3}")
        let second = try await world.startAgent()
        try world.replace(project.appending("a.run"), with: "{parameters: {i: 1}, result: 5}")
        try await world.flush()
        let trials = try await world.run("history", "e", "--json").json().array ?? []
        let found = trials.map { "\($0["parameters"]?["i"]?.int ?? -1) \($0["state"]?.string ?? "")" }
        #expect(found.sorted() == ["1 succeeded", "2 succeeded", "3 succeeded"])
        #expect(try await world.run("status", "--json").json()["projects"]?[0]?["baseline"] == 1)
        #expect(await second.stop() == .status(0))
    }

    @Test(arguments: ["trialwatch state 2\n", "", "nonsense"])
    func `a state directory of another version is refused, and nothing in it is changed`(format: String) async throws {
        let world = try Sandbox()
        let project = try world.makeProject()
        try world.configure("{projects: [{path: \(project), experiment: e}], allow_root: true}\n")
        #expect(await (try await world.startAgent()).stop() == .status(0))
        let state = world.root.appending("state/trialwatch")
        try world.write(format, to: state.appending("format"))
        let before = try await world.shell("cd \(state) && find . -type f | sort | xargs sha256sum").text
        let refused = try await world.run("agent")
        #expect(refused.exit == .status(1))
        #expect(refused.errors.contains("this state directory is of another version"))
        #expect(refused.errors.contains("use the version of trialwatch that wrote it"))
        #expect(try await world.shell("cd \(state) && find . -type f | sort | xargs sha256sum").text == before)
    }
}
