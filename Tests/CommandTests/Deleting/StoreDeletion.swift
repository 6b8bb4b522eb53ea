import JSON
import ProgramTesting
import Testing

/// `rm`, `prune` and `gc` with an agent that files into a server; of three trials with files of their own one is left.
func expectDeletion(in address: String) async throws {
    let world = try Sandbox()
    let project = try world.makeProject()
    try world.configure("{allow_root: true, backend: '\(address)', projects: [{path: \(project), experiment: e}]}\n")
    let agent = try await world.startAgent()
    let output = try await world.shell(
        """
        set -e
        cd project
        for i in 1 2 3; do echo $i > own; trialwatch run -p i=$i -- true; trialwatch flush; done
        trialwatch rm e 1
        trialwatch prune e --keep 1 --yes
        cd \(world.root)/state/trialwatch/snapshots/*.git; touch -d '2 days ago' refs/snapshots/*
        trialwatch gc; trialwatch gc
        trialwatch checkout e 3 ~/out > ~/said; cat ~/out/own; ls refs/snapshots | wc -l
        """)
    #expect(output.exit == .status(0), "\(output.errors)")
    #expect(
        output.lines.filter { !$0.hasPrefix("2 snapshots of no trial, ") } == [
            "deleted e 1", "e 2  succeeded", "1 of 2 trials go", "deleted 1 trial",
            "0 snapshots of no trial, 0 B freed", "3", "1",
        ], "\(output.text)")
    let left = try await world.run("history", "e", "--json")
    #expect(try left.json().array?.map { $0["trial"] } == [3])
    #expect(await agent.stop() == .status(0))
}
