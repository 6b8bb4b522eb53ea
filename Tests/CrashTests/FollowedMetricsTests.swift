import Glibc
import JSON
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing

/// A metrics file that grows while the agent that follows it is killed.
@Suite struct FollowedMetricsTests {
    @Test func `every line of a growing metrics file is one point, however often the agent is killed`() async throws {
        let (lines, kills) = Soak.isAsked ? (1_000_000, 10) : (60_000, 4)
        let world = try Sandbox()
        let project = try world.makeProject()
        try world.configure("{projects: [{path: \(project), experiment: e}], allow_root: true}\n")
        _ = await (try await world.startAgent()).stop()
        try world.write("step,loss,acc\n", to: project.appending("log.csv"))
        try world.replace(project.appending("a.run"), with: "{state: running, metrics_file: log.csv}")
        // It grows at its own pace, whatever happens to the agent.
        let growing = try world.start(
            "/usr/bin/python3",
            [
                "-c",
                """
                import time
                with open("project/log.csv", "a") as file:
                    for step in range(\(lines)):
                        file.write(f"{step},{1 / (step + 1)},{step}\\n")
                        if step % \(lines / 100) == 0:
                            file.flush()
                            time.sleep(0.05)
                """,
            ])
        var peak = 0
        for _ in 0..<kills {
            let agent = try world.start(world.program, ["agent"])
            // The moments of the kills are what is random here.
            try await ContinuousClock().sleep(for: .milliseconds(.random(in: 300...1500)))
            peak = max(peak, Self.resident(agent.pid))
            #expect(await agent.kill9() == .signal(SIGKILL))
        }
        #expect(await growing.wait() == .status(0))
        let agent = try await world.startAgent()
        try world.replace(project.appending("a.run"), with: "result: 1")
        let isFiled = try await world.eventually(within: .seconds(300)) {
            try await world.run("flush").exit == .status(0)
        }
        peak = max(peak, Self.resident(agent.pid))
        #expect(isFiled)
        let trial = try await world.shell(
            """
            trialwatch show e 1 --json | python3 -c '
            import json, sys
            trial = json.load(sys.stdin)
            for metric in trial["metrics"]:
                assert [p["epoch"] for p in metric["points"]] == list(range(\(lines))), metric["count"]
            assert [m["points"][7]["value"] for m in trial["metrics"]] == [1 / 8, 7]
            assert trial["state"] == "succeeded", trial["state"]
            assert len(trial["problems"]) == 2 and all("daskperiment gets" in p for p in trial["problems"]), trial["problems"]'
            """)
        #expect(trial.exit == .status(0), "\(trial.errors)")
        print("\(lines) lines, \(kills) kills: at most \(peak) KiB resident")
        #expect(await agent.stop() == .status(0))
    }

    private static func resident(_ process: Int32) -> Int {
        let path = FilePath("/proc/\(process)/status")
        guard let bytes = try? OwnedDescriptor(opening: path, .readOnly).readToEnd(limit: 1 << 16) else { return 0 }
        let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    }
}
