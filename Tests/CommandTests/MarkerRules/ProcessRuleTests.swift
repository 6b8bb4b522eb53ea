import Glibc
import JSON
import ProgramTesting
import Testing

/// Runs whose markers name a process: how its end becomes the trial's.
@Suite(.serialized) struct ProcessRuleTests {
    typealias Trial = MarkerRule.Trial

    /// A shell in the background that opens a run of its own and, once the agent follows it, does something.
    static func shell(_ body: String, at marker: String = "a.run", saying more: String = "") -> String {
        "bash -c 'printf \"{state: running, pid: %d\(more)}\\n\" $$ > .m; mv .m \(marker); trialwatch flush; \(body)' & "
    }

    static let rules = [
        MarkerRule(
            "a process that leaves with 0 succeeded", shell("exit 0") + "wait $!", [Trial("succeeded", problems: [])]),
        MarkerRule(
            "a process that leaves with 3 failed with Exit(3)", shell("exit 3") + "wait $! || true",
            [Trial("failed", description: "Exit(3)")]),
        MarkerRule(
            "a process that was killed failed with Signal(9, killed)", shell("kill -9 $$") + "wait $! || true",
            [Trial("failed", description: "Signal(9, killed)")]),
        MarkerRule(
            "a process that was terminated failed with its signal", shell("kill -TERM $$; sleep 9") + "wait $! || true",
            [Trial("failed", description: "Signal(15, terminated)")]),
        MarkerRule(
            "a marker that is deleted while its process lives ends nothing, and the process's exit status counts",
            shell("rm -f a.run; sleep 1; exit 0") + "wait $!", [Trial("succeeded")]),
        MarkerRule(
            "a trap that deletes the marker at the exit is no abort",
            "bash -c 'trap \"rm -f a.run\" EXIT; printf \"pid: %d\\n\" $$ > .m; mv .m a.run; trialwatch flush' & wait $!",
            [Trial("succeeded")]),
        MarkerRule(
            "a last version within the grace says how the run ended",
            shell("exit 3") + "wait $! || true; put a.run '{result: 0.5}'", [Trial("succeeded", result: 0.5)],
            settings: "grace: 3s"),
        MarkerRule(
            "a result written just before the exit counts, though it settles after it",
            shell("echo \"{pid: $$, result: 1}\" > a.run; exit 0") + "wait $!", [Trial("succeeded", result: 1)]),
        MarkerRule(
            "a sweep of twenty over one marker, each with its process, is twenty trials",
            """
            for i in $(seq 20); do
                sh -c "sleep 1; exit $(( i % 2 ))" &
                put a.run "{pid: $!, parameters: {i: $i}}"
                sleep 0.1
            done
            wait
            """,
            (1...20).map { i in Trial(i % 2 == 0 ? "succeeded" : "failed", ["i": JSON(i)], problems: []) }),
        MarkerRule(
            "a run stays open while its process lives, though another takes its marker",
            shell("sleep 1; exit 0", saying: ", parameters: {i: 1}")
                + "sleep 0.2; put a.run '{state: running, parameters: {i: 2}}'; wait $!; flush; put a.run 'result: 2'",
            [Trial("succeeded", ["i": 1], problems: []), Trial("succeeded", ["i": 2], result: 2)]),
        MarkerRule(
            "a closing version goes to the run whose process it names",
            """
            sleep 30 & one=$!; sleep 30 & two=$!
            put a.run "{pid: $one, parameters: {i: 1}}"; put a.run "{pid: $two, parameters: {i: 2}}"
            put a.run "{pid: $one, result: 10}"; put a.run "{pid: $two, result: 20}"; kill $one $two
            """, [Trial("succeeded", ["i": 1], result: 10), Trial("succeeded", ["i": 2], result: 20)]),
        MarkerRule(
            "a process that is gone before it could be found counts as `unknown_exit` says, and the trial says so",
            "sleep 0 & pid=$!; wait $pid; put a.run \"pid: $pid\"",
            [Trial("failed", description: "UnknownExit(its process ended, and its exit status is not known)")]),
        MarkerRule(
            "what `unknown_exit` says may be another state",
            "sleep 0 & pid=$!; wait $pid; put a.run \"pid: $pid\"",
            [Trial("succeeded", problems: ["exit status is not known"])],
            settings: "grace: 300ms, unknown_exit: succeeded"),
        MarkerRule(
            "a last version that comes when its process has ended the run already is that run's, and no second",
            """
            sleep 0.3 & pid=$!; put a.run "{pid: $pid, parameters: {i: 1}}"; wait $pid
            for i in $(seq 200); do trialwatch status --json | grep -q '"open": *\\[\\]' && break; sleep 0.05; done
            put a.run "{pid: $pid, parameters: {i: 1}, result: 5}"; put a.run "{pid: $pid, parameters: {i: 2}, result: 6}"
            """, [Trial("succeeded", ["i": 1], result: 5, problems: []), Trial("succeeded", ["i": 2], result: 6)],
            settings: "grace: 50ms"),
        MarkerRule(
            "a process of another machine is not looked for here",
            "put a.run '{pid: 1, host: elsewhere}'; flush", [Trial("running", problems: [])]),
        MarkerRule(
            "a marker whose times a copy kept old names the process that was there when it came",
            "echo 'state: running' > .m; sleep 0.1; sleep 30 & echo \"pid: $!\" >> .m; touch -d '1 minute ago' .m; "
                + "python3 -c 'import os,shutil; shutil.copy2(\".m\", \"b\")'; mv b a.run; flush; kill $!",
            [Trial("failed", problems: [])], settings: "grace: 300ms"),
        MarkerRule(
            "a process's command line, folder and script are kept",
            """
            printf 'import os, time\\nopen(".m", "w").write("pid: %%d" %% os.getpid())\\nos.rename(".m", "a.run")\\ntime.sleep(1)\\n' > train.py
            python3 train.py --lr 0.1; flush
            trialwatch show e 1 --json | python3 -c '
            import json, os, sys
            trial = json.load(sys.stdin)
            assert trial["command"][1:] == ["train.py", "--lr", "0.1"], trial["command"]
            assert trial["directory"] == os.getcwd(), trial["directory"]
            assert [f["path"] for f in trial["code"]] == ["train.py"], trial["code"]
            assert trial["python"]["source"] == "process", trial["python"]'
            """, [Trial("succeeded")]),
        MarkerRule(
            "a process's Python is that of the environment whose folder stands in PATH, as in an image or under a shebang of env",
            """
            python3 -m venv --without-pip ../image
            printf '#!/usr/bin/env python3\nimport os\nopen(".m", "w").write("pid: %%d" %% os.getpid())\nos.rename(".m", "a.run")\n' > train
            echo 'os.system("trialwatch flush")' >> train; chmod +x train
            env -u VIRTUAL_ENV PATH="$(cd ..; pwd)/image/bin:$PATH" ./train; flush
            trialwatch show e 1 --json | python3 -c '
            import json, os, sys
            python = json.load(sys.stdin)["python"]
            assert python["source"] == "process", python
            assert python["path"] == os.path.abspath("../image/bin/python3"), python'
            """, [Trial("succeeded", problems: [])]),
        MarkerRule(
            "a requeued job goes on as the next attempt of its named run",
            """
            SLURM_RESTART_COUNT=0 bash -c 'echo "{run: job, pid: $$}" > .m; mv .m a.run; trialwatch flush; kill -9 $$' & wait $! || true
            flush
            SLURM_RESTART_COUNT=1 bash -c 'echo "{run: job, pid: $$}" > .m; mv .m a.run; trialwatch flush; exit 0' & wait $!
            """, [Trial("succeeded", attempt: 2)]),
        MarkerRule(
            "a job requeued before its first end was told is its next attempt, too",
            """
            SLURM_RESTART_COUNT=0 bash -c 'echo "{run: job, pid: $$}" > .m; mv .m a.run; trialwatch flush; kill -9 $$' & wait $! || true
            SLURM_RESTART_COUNT=1 bash -c 'echo "{run: job, pid: $$}" > .m; mv .m a.run; trialwatch flush; exit 0' & wait $!
            """, [Trial("succeeded", attempt: 2)], settings: "grace: 5s"),
        MarkerRule(
            "a named run that succeeded is not run again under its name by another process",
            shell("exit 0", saying: ", run: base") + "wait $!; flush; sleep 0.5; flush; "
                + shell("exit 0", saying: ", run: base") + "wait $!",
            [Trial("succeeded", attempt: 1)], rejected: ["run key 'base' already names trial 1"]),
    ]

    @Test(arguments: rules)
    func `how a run ends with its process`(rule: MarkerRule) async throws { try await rule.verify() }

    @Test(.enabled(if: geteuid() == 0, "only root may start another user's process"))
    func `another user's process is not followed, and that is said`() async throws {
        let rule = MarkerRule(
            "",
            "setpriv --reuid=65534 --clear-groups sleep 30 & sleep 0.2; put a.run \"pid: $!\"; flush; kill $!; flush",
            [Trial("running", problems: ["belongs to user nobody"])])
        try await rule.verify()
    }

    @Test func `a process in a namespace of its own is found by the number that it has there`() async throws {
        let flags = geteuid() == 0 ? "-p -f" : "-U -r -p -f"
        let world = try Sandbox()
        let isPermitted = try await world.shell("unshare \(flags) true").exit == .status(0)
        if !isPermitted, ContinuousIntegration.isRunning { Issue.record("this machine permits no namespaces") }
        guard isPermitted else { return }
        let rule = MarkerRule(
            "",
            "unshare \(flags) bash -c 'echo \"pid: $$\" > .m; mv .m a.run; trialwatch flush; exit 4' & wait $! || true",
            [Trial("failed", description: "Exit(4)", problems: [])])
        try await rule.verify()
    }

    @Test func `a trial that nobody closes is closed by its user, and not while its process runs`() async throws {
        let rule = MarkerRule(
            "",
            """
            put a.run 'state: running'; sleep 30 & put b.run "pid: $!"; flush
            trialwatch close e 1 --state succeeded; flush
            if trialwatch close e 1 --state failed; then exit 1; fi
            if trialwatch close e 2 --state failed; then exit 1; fi
            kill $!
            """,
            [
                Trial("succeeded", problems: ["closed as succeeded by its user"]),
                Trial("failed", description: "Signal(15, terminated)"),
            ])
        try await rule.verify()
    }
}
