import JSON
import ProgramTesting
import SystemPackage
import Testing

/// What a command that is run once more, where no agent looks, says of its run in a marker of its own.
@Suite(.timeLimit(.minutes(5))) struct OwnMarkerTests {
    /// What a script does the second time, and what must be said of that run.
    struct Rerun: CustomTestStringConvertible, Sendable {
        let testDescription: String
        /// What the script does after it has written the marker of the first run.
        let script: String
        let state: JSON
        let result: JSON
        /// Part of what standard error says; nil for nothing at all.
        var complaint: String?
    }

    static let reruns = [
        Rerun(testDescription: "its result", script: "write 'result: 2'", state: "succeeded", result: 2),
        Rerun(
            testDescription: "its failure, though it leaves with 0", script: "write '{result: 2, error: Diverged}'",
            state: "failed", result: 2),
        Rerun(
            testDescription: "no success of a process that failed",
            script: "write '{state: succeeded, result: 2}'; exit 3", state: "failed", result: 2),
        Rerun(
            testDescription: "nothing of who it is",
            script: "write '{run: other, pid: 1, experiment: other, result: 2}'", state: "succeeded", result: 2),
        Rerun(testDescription: "nothing, when it wrote none", script: "true", state: "succeeded", result: .null),
        Rerun(
            testDescription: "what is no marker is told, and the run is filed", script: "write '{result: [}'",
            state: "succeeded", result: .null, complaint: "no valid marker"),
        Rerun(
            testDescription: "a pipe is not waited for", script: "rm -f a.run; mkfifo a.run", state: "succeeded",
            result: .null, complaint: "no regular file"),
    ]

    @Test(arguments: reruns) func `what a rerun's command writes into its marker is said of its trial`(
        rerun: Rerun
    ) async throws {
        let world = try Sandbox()
        let project = try world.makeProject()
        try world.configure("{allow_root: true, projects: [{path: \(project), experiment: e}]}\n")
        let agent = try await world.startAgent()
        // The marker is in the snapshot, too: what lies there from the start is none of the second run's.
        let first = try await world.shell(
            """
            cd project; cat > train.sh <<'END'
            write() { echo "$1" > .new; mv .new a.run; }
            if [ "$PWD" = "\(project)" ]; then write "{pid: $$, parameters: {i: 1}}"; trialwatch flush; exit 0; fi
            \(rerun.script)
            END
            echo 'result: 0' > a.run; trialwatch flush; sh train.sh; trialwatch flush
            """)
        try #require(first.exit == .status(0), "\(first.errors)")
        let again = try await world.run("rerun", "e", "2", "--directory", "again", "--yes")
        if let complaint = rerun.complaint {
            #expect(again.errors.contains(complaint))
        } else {
            #expect(again.errors.isEmpty, "\(again.errors)")
        }
        try await world.flush()
        let trial = try await world.run("show", "e", "3", "--json").json()
        #expect(trial["state"] == rerun.state, "\(trial.text())")
        #expect(trial["result"] ?? .null == rerun.result)
        #expect(trial["parent"] == "e 2" && trial["run"] != "other" && trial["parameters"] == ["i": 1])
        #expect(try await world.run("history", "e", "--json").json().array?.count == 3)
        #expect(await agent.stop() == .status(0))
    }
}
