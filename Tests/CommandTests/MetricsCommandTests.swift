import JSON
import ProgramTesting
import SystemPackage
import Testing
import Trials

@Suite struct MetricsCommandTests {
    private func piece(_ name: String, _ points: [(Int, Double)]) -> MetricPiece {
        MetricPiece(
            name: name, offset: 0,
            points: points.map { MetricPoint(epoch: $0.0, value: .float($0.1), recorded: noon) })
    }

    private func makeSandbox() async throws -> Sandbox {
        let sandbox = try Sandbox()
        try await sandbox.file([
            try makeFiling(1, metrics: [piece("val/loss", [(0, 0.9), (1, 0.1 + 0.2), (2, .nan)])]),
            try makeFiling(2, metrics: [piece("accuracy", [(0, 0.5)])]),
            try makeFiling(
                3,
                metrics: [piece("val/loss", [(1, 0.7), (2, -.infinity), (5, 1e-9)]), piece("accuracy", [(0, 1)])]),
        ])
        return sandbox
    }

    @Test func `trials stand side by side, the newest first, each value exact`() async throws {
        let sandbox = try await makeSandbox()
        let output = try await sandbox.run("metrics", "resnet", "val/loss")
        #expect(output.errors.isEmpty)
        #expect(
            output.lines == [
                "epoch\t3\t1", "0\t\t0.9", "1\t0.7\t0.30000000000000004", "2\t-inf\tnan", "5\t1e-09\t",
            ])
        let csv = try await sandbox.run("metrics", "resnet", "val/loss", "1", "3", "1", "--csv")
        #expect(csv.lines == ["epoch,1,3", "0,0.9,", "1,0.30000000000000004,0.7", "2,nan,-inf", "5,,1e-09"])
    }

    @Test func `as JSON each trial has its points with their times`() async throws {
        let json = try await makeSandbox().run("metrics", "resnet", "val/loss", "--json").json()
        #expect(json.array?.map { $0["trial"] } == [3, 1])
        #expect(json[1]?["experiment"] == "resnet")
        #expect(json[1]?["metric"] == "val/loss")
        let point = json[0]?["points"]?[0]
        #expect(point?["epoch"] == 1)
        #expect(point?["value"]?.double == 0.7)
        #expect(point?["recorded"]?.string == noon.description)
        #expect(json[1]?["points"]?[2]?["value"] == "nan")
    }

    @Test func `a metric that is not there ends with 66 and the nearest name`() async throws {
        let sandbox = try await makeSandbox()
        for (arguments, words) in [
            (["val/los"], "no trial has it (did you mean 'val/loss'?)"),
            (["perplexity"], "no trial has it (there are accuracy, val/loss)"),
            (["val/loss", "2"], "trial 2 has no such metric (there are accuracy)"),
            (["accuracy", "1"], "trial 1 has no such metric"),
            (["accuracy", "9"], "there is no such trial"),
        ] {
            let output = try await sandbox.run(sandbox.program, ["metrics", "resnet"] + arguments)
            #expect(output.exit == .status(66))
            #expect(output.errors.contains(words), "\(output.errors)")
            #expect(output.text.isEmpty)
        }
        let experiment = try await sandbox.run("metrics", "resnte", "accuracy")
        #expect(experiment.exit == .status(66))
        #expect(experiment.errors.contains("did you mean 'resnet'?"))
    }

    @Test func `a trial without the metric has no column, and that is said`() async throws {
        let output = try await makeSandbox().run("metrics", "resnet", "accuracy", "1", "2")
        #expect(output.lines == ["epoch\t2", "0\t0.5"])
        #expect(output.errors == "trialwatch: trial 1 has no 'accuracy' and no column\n")
    }

    @Test func `the newest twenty are shown unless all are asked for`() async throws {
        let sandbox = try Sandbox()
        try await sandbox.file(try (1...25).map { try makeFiling($0, metrics: [piece("loss", [(0, Double($0))])]) })
        let some = try await sandbox.run("metrics", "resnet", "loss")
        #expect(some.lines[0] == "epoch\t" + (6...25).reversed().map(String.init).joined(separator: "\t"))
        #expect(some.errors == "trialwatch: the newest 20 of the trials that have it (--all)\n")
        let all = try await sandbox.run("metrics", "resnet", "loss", "--all")
        #expect(all.lines[1].split(separator: "\t").count == 26)
        #expect(all.errors.isEmpty)
    }

    @Test func `a terminal gets a table in which some rows stand for a long series`() async throws {
        let sandbox = try Sandbox()
        try await sandbox.file([
            try makeFiling(1, metrics: [piece("loss", (0..<1000).map { ($0, 1 / Double($0 + 3)) })])
        ])
        let output = try await sandbox.onTerminal("stty cols 80; NO_COLOR=1 trialwatch metrics resnet loss")
        #expect(output.lines[0] == "epoch            1")
        #expect(output.lines[1] == "    0     0.333333")
        #expect(output.lines.contains("  999  0.000998004"))
        #expect(output.lines.count == 35)
        #expect(
            output.lines.last
                == "trialwatch: one row in 32 of 1000 is shown, and the last (--full, --csv and --json have all)")
        let full = try await sandbox.onTerminal("stty cols 80; NO_COLOR=1 trialwatch metrics resnet loss --full")
        #expect(full.lines.count == 1001)
    }

    @Test func `a wrong command line ends with 64`() async throws {
        let sandbox = try Sandbox()
        for arguments in [["a", "loss", "1", "--all"], ["a", "loss", "--csv", "--json"], ["a"], ["a", "loss", "x"]] {
            #expect(try await sandbox.run(sandbox.program, ["metrics"] + arguments).exit == .status(64))
        }
    }

    @Test func `a long series streams out`() async throws {
        let sandbox = try Sandbox()
        // More than a page of a series.
        let points = 70_000
        try await sandbox.file(
            try (0..<7).map { part in
                try makeFiling(1) { filing in
                    let offset = part * points / 7
                    filing.revision = Revision(part + 1)
                    filing.metrics = [
                        MetricPiece(
                            name: "loss", offset: offset,
                            points: (offset..<(offset + points / 7)).map {
                                MetricPoint(epoch: $0, value: .float(Double($0) / 7), recorded: noon)
                            })
                    ]
                }
            })
        let script = """
            import resource, subprocess, sys
            subprocess.run(sys.argv[1:], check=True)
            print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, file=sys.stderr)
            """
        let output = try await sandbox.run(
            "/usr/bin/python3", ["-c", script, sandbox.program.string, "metrics", "resnet", "loss"])
        let mebibytes = try #require(Int(output.errors.filter { $0.isNumber }))
        #expect(mebibytes < 100)
        #expect(output.exit == .status(0))
        #expect(output.lines.count == points + 1)
        #expect(output.lines.last == "\(points - 1)\t\(Double(points - 1) / 7)")
    }
}

extension Sandbox {
    /// Runs a script on a terminal of its own (script(1)), and gives its lines without the returns.
    fileprivate func onTerminal(_ script: String) async throws -> (lines: [String], exit: TrialwatchProcess.Exit) {
        let output = try await shell(
            "script -qec \"$SCRIPT\" /dev/null", environment: ["SCRIPT": script, "SHELL": "/bin/bash", "TERM": "xterm"])
        return (output.text.split { $0.isNewline }.map(String.init), output.exit)
    }
}
