import JSON
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing

/// What the agent tells of markers, and what it is told about them: receipts, file, adopt.
@Suite struct AnsweringTests {
    @Test func `a receipt tells of the trial, of a rejection, and leaves a stranger's file alone`() async throws {
        let world = try Sandbox()
        let project = try world.makeProject()
        try world.configure("projects: [{path: \(project), experiment: e, receipts: true}]\n")
        try world.write("mine\n", to: project.appending("c.run.trial.json"))
        let agent = try await world.startAgent()
        try world.replace(project.appending("a.run"), with: "{result: 1, odd: 2}")
        try world.replace(project.appending("b.run"), with: "result: 1\nseed: high\n")
        try world.replace(project.appending("c.run"), with: "result: 3")
        try await world.flush()
        let filed = try JSON(parsing: try world.text(of: project.appending("a.run.trial.json")))
        #expect(filed["trialwatch"] == 1)
        #expect(filed["experiment"] == "e")
        #expect(filed["trial_id"] == 1)
        #expect(filed["state"] == "succeeded")
        #expect(filed["backend"] == "local")
        #expect(filed["filed_at"]?.string?.hasPrefix("20") == true)
        #expect(filed["problems"]?[0]?.string?.contains("odd") == true)
        let rejected = try JSON(parsing: try world.text(of: project.appending("b.run.trial.json")))
        #expect(rejected["line"] == 2 && rejected["column"] == 7)
        #expect(rejected["error"]?.string?.contains("seed") == true)
        #expect(try world.text(of: project.appending("c.run.trial.json")) == "mine\n")
        let status = try await world.run("status").text
        #expect(status.contains("a file of that name is there that is no receipt"))
        let names = try FileSystem.entries(of: project).map(\.name.string).sorted()
        #expect(
            names == ["a.run", "a.run.trial.json", "b.run", "b.run.trial.json", "c.run", "c.run.trial.json"])
        #expect(await agent.stop() == .status(0))
    }

    @Test(arguments: [true, false])
    func `a marker of the baseline is filed by hand, once, with an agent and without`(withAgent: Bool) async throws {
        let world = try Sandbox()
        let project = try world.makeProject()
        try world.configure("{projects: [{path: \(project), experiment: e}], allow_root: true}\n")
        try world.write("parameters: {i: 1}\n", to: project.appending("old.run"))
        let agent = try await world.startAgent()
        try await world.flush()
        #expect(try await world.run("status", "--json").json()["projects"]?[0]?["baseline"] == 1)
        if !withAgent { #expect(await agent.stop() == .status(0)) }
        #expect(try await world.run("file", "project/old.run").exit == .status(0))
        let again = try await world.run("file", "project/old.run", "project/none.run")
        #expect(again.exit == .status(1))
        #expect(again.errors.contains("it is filed already") && again.errors.contains("nothing is there"))
        if withAgent { try await world.flush() }
        let trials = try await world.run("history", "e", "--json").json().array ?? []
        #expect(trials.map { $0["parameters"]?["i"] } == [1])
        if withAgent { #expect(await agent.stop() == .status(0)) }
    }

    @Test(arguments: [("--all", [1, 2]), ("--none", [2])])
    func `a baseline that is lost files nothing until its user has answered`(answer: String, filed: [Int]) async throws
    {
        let world = try Sandbox()
        let project = try world.makeProject()
        try world.configure("projects: [{path: \(project), experiment: e}]\n")
        try world.write("parameters: {i: 1}\n", to: project.appending("old.run"))
        let first = try await world.startAgent()
        #expect(await first.stop() == .status(0))
        _ = try await world.shell("for f in ../state/trialwatch/baseline/*; do echo x > $f; done")
        let second = try await world.startAgent()
        try await world.flush()
        #expect(try await world.run("status").text.contains("which markers were there before is not known any more"))
        #expect(try await world.run("status").exit == .status(1))
        #expect(try await world.run("history", "e").exit == .status(66))
        #expect(try await world.run("adopt", answer).exit == .status(0))
        try await world.flush()
        try world.replace(project.appending("new.run"), with: "parameters: {i: 2}")
        try await world.flush()
        let trials = try await world.run("history", "e", "--json").json().array ?? []
        #expect(Set(trials.compactMap { $0["parameters"]?["i"]?.int }) == Set(filed))
        #expect(try await world.run("adopt", answer).errors.contains("no baseline is lost"))
        #expect(await second.stop() == .status(0))
    }

    @Test(arguments: [("--all", [1, 2, 3, 5]), ("--none", [1, 2, 5])])
    func `when the claims are gone, what may be filed already waits for its user`(answer: String, filed: [Int])
        async throws
    {
        let world = try Sandbox()
        let project = try world.makeProject()
        try world.configure("projects: [{path: \(project), experiment: e}]\n")
        try world.write("parameters: {i: 0}\n", to: project.appending("old.run"))
        let first = try await world.startAgent()
        // Told by two versions: what lies there does not tell which run it is of.
        try world.replace(project.appending("a.run"), with: "{parameters: {i: 1}, state: running}")
        try await world.flush()
        try world.replace(project.appending("a.run"), with: "{parameters: {i: 1}, state: running, metrics: {l: 1}}")
        try world.replace(project.appending("b.run"), with: "parameters: {i: 2}")
        try await world.flush()
        #expect(await first.stop() == .status(0))
        _ = try await world.shell("rm ../state/trialwatch/claims*")
        try world.replace(project.appending("c.run"), with: "parameters: {i: 3}")
        // It waits over any number of starts.
        #expect(await (try await world.startAgent()).stop() == .status(0))
        let second = try await world.startAgent()
        try await world.flush()
        let status = try await world.run("status")
        #expect(status.text.contains("the claims are gone; see trialwatch adopt --help"))
        #expect(status.exit == .status(1))
        #expect(try await world.run("history", "e", "--json").json().array?.count == 2)
        _ = try await world.shell("rm project/a.run")
        #expect(try await world.run("adopt", answer).exit == .status(0))
        try world.replace(project.appending("d.run"), with: "parameters: {i: 5}")
        try await world.flush()
        #expect(try await world.run("status").exit == .status(0))
        let trials = try await world.run("history", "e", "--json").json().array ?? []
        #expect(trials.compactMap { $0["parameters"]?["i"]?.int }.sorted() == filed)
        #expect(await second.stop() == .status(0))
    }
}
