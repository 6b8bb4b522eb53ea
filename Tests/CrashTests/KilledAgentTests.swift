import Glibc
import JSON
import ProgramTesting
import SystemPackage
import Testing

/// The agent is killed again and again while markers are dropped: no run is lost, and none is filed twice.
@Suite(.enabled(if: RealDaskperiment.isWanted, Comment(rawValue: RealDaskperiment.advice)))
struct KilledAgentTests {
    @Test func `each marker makes one trial however often the agent is killed, by the real daskperiment's count`()
        async throws
    {
        let (markers, kills) = Soak.isAsked ? (5000, 500) : (200, 20)
        let world = try Sandbox()
        let project = try world.makeProject("project")
        try world.configure("{projects: [{path: \(project), experiment: e}], allow_root: true}\n")
        // The first watch is over before anything is dropped: what lay there then would be no trial.
        _ = await (try await world.startAgent()).stop()

        // Dropped by another program, by rename, at its own pace, whatever happens to the agent.
        let drop = """
            cd project
            for i in $(seq \(markers)); do
                echo "{parameters: {i: $i}, metrics: {loss: [1, $i]}, result: $i}" > new && mv new $i.run
                sleep 0.0$((RANDOM % 10))
            done
            """
        let dropping = try world.start("/bin/bash", ["-c", drop])
        var killed = 0
        while killed < kills {
            let agent = try world.start(world.program, ["agent"])
            // The moments of the kills are what is random here: from before the first watch to long after.
            try await ContinuousClock().sleep(for: .milliseconds(.random(in: 5...900)))
            if await agent.kill9() == .signal(SIGKILL) { killed += 1 }
        }
        #expect(await dropping.wait() == .status(0))

        let agent = try await world.startAgent()
        try await world.flush()
        let status = try await world.run("status", "--json").json()
        #expect(status["backends"]?[0]?["waiting"]?.int == 0)
        #expect(await agent.stop() == .status(0))
        #expect(try world.leftInState() == [])

        let record = try RealDaskperiment.older.read("e", in: world.root.appending("data/trialwatch/e"))
        let rows = record["history"]?["rows"]?.object?.members ?? []
        #expect(rows.count == markers)
        #expect(Set(rows.compactMap { $0.value["Result"]?.int }) == Set(1...markers))
        let own = try await world.run("history", "e", "--json", "--limit", "10000").json().array ?? []
        #expect(Set(own.compactMap { $0["trial"]?.int }).count == markers)
    }
}
