import JSON
import ProgramTesting
import SystemPackage
import Testing
import Trials

@Suite struct StoredTrialCommandTests {
    private func makeSandbox() async throws -> Sandbox {
        let sandbox = try Sandbox()
        let loss = [0.9, 0.5, 0.25].enumerated().map { epoch, value in
            MetricPoint(epoch: epoch, value: .float(value), recorded: noon)
        }
        try await sandbox.file([
            try makeFiling(1, ["lr": .float(0.1), "optimizer": .mapping(["name": .text("adam")])]) { filing in
                filing.metrics = [MetricPiece(name: "val/loss", offset: 0, points: loss)]
                filing.facts.problems = ["the first problem"]
                filing.facts.persisted = ["prepare": .list([.integer(1), .integer(2)])]
                var capture = TrialCapture(began: noon, agent: "0.1.0")
                capture.code = CodeContext(files: [.init(path: "train.py", text: "import this\nprint(1)\n")])
                capture.environment[.requirements] = .text("numpy==1.0\nscipy==2.0\n")
                var git = GitFacts(workTree: "/work")
                git.commit = String(repeating: "a", count: 40)
                git.branch = "main"
                capture.git = git
                capture.timings = [CaptureTiming(capturer: "git", began: noon, microseconds: 1500)]
                filing.capture = capture
            },
            try makeFiling(
                2, ["lr": .float(0.2), "note": .text("\u{1B}]0;owned\u{7}\u{9B}31m")], result: .text("high")),
            try makeFiling(3, ["lr": .float(0.3)]) { filing in
                filing.outcome?.state = .failed
                filing.outcome?.result = nil
                filing.outcome?.error = TrialError(type: "ValueError", message: "bad input")
            },
        ])
        return sandbox
    }

    @Test func `a history is lines with tabs where there is no terminal`() async throws {
        let output = try await makeSandbox().run("history", "resnet", "--columns", "trial,state,lr,val/loss,result")
        #expect(output.exit == .status(0))
        #expect(
            output.lines == [
                "trial\tstate\tlr\tval/loss\tresult", "3\tfailed\t0.3\t\t", "2\tsucceeded\t0.2\t\thigh",
                "1\tsucceeded\t0.1\t0.25\t0.9",
            ])
        #expect(output.errors.isEmpty)
    }

    @Test func `conditions, order and limit work on a store`() async throws {
        let sandbox = try await makeSandbox()
        let output = try await sandbox.run(
            "history", "resnet", "--where", "lr < 0.25 and success", "--sort", "-lr", "--limit", "1", "--json")
        #expect(try output.json().array?.map { $0["trial"]?.int } == [2])
    }

    @Test func `a trial is shown whole`() async throws {
        let output = try await makeSandbox().run("show", "resnet", "1")
        #expect(output.exit == .status(0))
        for piece in [
            "resnet 1  succeeded  0.9", "optimizer.name  adam", "█▄▁  3 points, last 0.25 at 2, from 0.25 to 0.9",
            "prepare  [1,2]", "branch     main", "requirements  2 lines", "train.py  2 lines", "git    1.5 ms",
            "the first problem", "1.5 s",
        ] { #expect(output.text.contains(piece), "\(piece)") }
        let full = try await makeSandbox().run("show", "resnet", "1", "--full")
        #expect(full.text.contains("  import this\n  print(1)\n"))
        #expect(full.text.contains("  numpy==1.0\n  scipy==2.0\n"))
    }

    @Test func `one environment text comes out as it went in`() async throws {
        let output = try await makeSandbox().run("show", "resnet", "1", "--environment", "requirements")
        #expect(output.text == "numpy==1.0\nscipy==2.0\n")
        let missing = try await makeSandbox().run("show", "resnet", "2", "--environment", "requirements")
        #expect(missing.exit == .status(66))
    }

    @Test func `a trial as JSON has its points and its nested parameters`() async throws {
        let trial = try await makeSandbox().run("show", "resnet", "1", "--json").json()
        #expect(trial["parameters"]?["optimizer"]?["name"] == "adam")
        #expect(trial["metrics"]?[0]?["name"] == "val/loss")
        #expect(trial["metrics"]?[0]?["points"]?.array?.map { $0["value"]?.double } == [0.9, 0.5, 0.25])
        #expect(trial["git"]?["branch"] == "main")
        #expect(trial["problems"]?[0] == "the first problem")
        #expect(trial["duration"]?.double == 1.5)
    }

    @Test func `a trial that is not there ends with 66 and says how many there are`() async throws {
        let output = try await makeSandbox().run("show", "resnet", "9")
        #expect(output.exit == .status(66))
        #expect(output.errors.contains("the highest number is 3"))
        let near = try await makeSandbox().run("history", "resnte")
        #expect(near.exit == .status(66))
        #expect(near.errors.contains("did you mean 'resnet'?"))
    }

    @Test func `another store is read by its directory, or by that of one experiment in it`() async throws {
        let sandbox = try await makeSandbox()
        let data = sandbox.root.appending("data/trialwatch")
        for directory in [data, data.appending("resnet")] {
            let output = try await sandbox.run(
                "experiments", "--json", "--backend", directory.string, environment: ["XDG_DATA_HOME": "/nonexistent"])
            #expect(try output.json()[0]?["experiment"] == "resnet")
            #expect(try output.json()[0]?["last_trial"]?.int == 3)
        }
    }

    @Test func `a parameter cannot write to the terminal`() async throws {
        let sandbox = try await makeSandbox()
        for command in ["history resnet", "show resnet 2", "history resnet --json", "show resnet 2 --json"] {
            let output = try await sandbox.terminal("trialwatch \(command)")
            #expect(output.exit == .status(0))
            #expect(!output.text.contains("\u{1B}]0"))
            #expect(!output.text.unicodeScalars.contains("\u{9B}"))
        }
    }

    @Test func `colour is for terminals, and not where it was declined`() async throws {
        let sandbox = try await makeSandbox()
        let command = "trialwatch history resnet"
        #expect(try await sandbox.terminal(command).text.contains("\u{1B}[32msucceeded\u{1B}[0m"))
        #expect(try await !sandbox.terminal("NO_COLOR=1 \(command)").text.contains("\u{1B}"))
        #expect(try await !sandbox.terminal("TERM=dumb \(command)").text.contains("\u{1B}"))
        #expect(try await !sandbox.shell(command).text.contains("\u{1B}"))
    }

    @Test func `a table stays within the terminal, and says what it left out`() async throws {
        let output = try await makeSandbox().terminal("stty cols 30; NO_COLOR=1 trialwatch history resnet")
        let lines = output.text.split { $0.isNewline }
        #expect(lines.filter { !$0.hasPrefix("trialwatch: ") }.allSatisfy { $0.count <= 30 })
        #expect(lines.last?.hasPrefix("trialwatch: not shown for want of room: ") == true)
    }

    @Test func `a reader that has seen enough ends it quietly`() async throws {
        let sandbox = try Sandbox()
        try await sandbox.file(
            try (1...1000).map { try makeFiling($0, ["text": .text(String(repeating: "x", count: 200))]) })
        let output = try await sandbox.shell("trialwatch history resnet | head -n 1; echo ${PIPESTATUS[0]}")
        #expect(output.lines.first?.hasPrefix("trial\t") == true)
        #expect(output.lines.last == "141")
        #expect(output.errors.isEmpty)
        let ignoring = try await sandbox.shell(
            "trap '' PIPE; trialwatch history resnet | head -n 1; echo ${PIPESTATUS[0]}")
        #expect(ignoring.lines.last == "0")
        #expect(ignoring.errors.isEmpty)
    }

    @Test func `output that cannot be written is a failure`() async throws {
        let output = try await makeSandbox().shell("trialwatch history resnet > /dev/full")
        #expect(output.exit == .status(1))
        #expect(output.errors.contains("writing the output"))
    }
}

extension Sandbox {
    /// Runs a script on a terminal of its own (script(1)).
    fileprivate func terminal(_ script: String) async throws -> Output {
        try await shell(
            "script -qec \"$SCRIPT\" /dev/null", environment: ["SCRIPT": script, "SHELL": "/bin/bash", "TERM": "xterm"])
    }
}
