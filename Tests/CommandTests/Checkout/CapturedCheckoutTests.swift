import ProgramTesting
import SystemPackage
import Testing

/// From a run under the agent's eyes to its files in another folder.
@Suite(.timeLimit(.minutes(3))) struct CapturedCheckoutTests {
    @Test func `what the agent captured comes back, and gc takes only what deleted trials alone had`() async throws {
        let world = try Sandbox()
        let project = try world.makeProject()
        try world.configure("{allow_root: true, projects: [{path: \(project), experiment: e}]}\n")
        let agent = try await world.startAgent()
        let output = try await world.shell(
            """
            set -e
            export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a \
            GIT_COMMITTER_EMAIL=a@b
            cd project; git init -q; printf 'echo 1\\n' > train.sh; ln -s train.sh link; git add -A; git commit -qm one
            # The snapshot that is made before the first trial is of no trial.
            until ls \(world.root)/state/trialwatch/snapshots/*/refs/snapshots/* >&2; do sleep 0.1; done 2>/dev/null
            same() { trialwatch checkout e $1 ../out-$1 >&2 && diff -r --no-dereference -x .git -x .trialwatch . ../out-$1; }
            for i in 1 2; do
                echo "echo $i$i" >> train.sh; echo $i > "new $i"
                trialwatch run -p i=$i -- sh train.sh > ../text; trialwatch flush; same $i
            done
            trialwatch diff e 1 2 | grep -e '^[-+]'
            trialwatch rm e 1
            touch -d '2 days ago' \(world.root)/state/trialwatch/snapshots/*/refs/snapshots/*
            trialwatch gc
            rm -r ../out-2; same 2
            # What was known to be in the repository is looked for anew.
            trialwatch run -p i=3 -- sh train.sh > ../text; trialwatch flush; same 3
            """)
        #expect(output.exit == .status(0), "\(output.text) \(output.errors)")
        #expect(
            output.lines.prefix(7) == [
                "--- /dev/null", "+++ 2/new 2", "+2", "--- 1/train.sh", "+++ 2/train.sh", "+echo 22", "deleted e 1",
            ])
        #expect(output.lines.last?.hasPrefix("2 snapshots of no trial, ") == true, "\(output.text)")
        #expect(await agent.stop() == .status(0))
    }
}
