import JSON
import ProgramTesting
import SystemPackage
import Testing
import Trials

@Suite struct DiffCommandTests {
    private func makeSandbox() async throws -> Sandbox {
        let sandbox = try Sandbox()
        func capture(_ change: (inout TrialCapture) -> Void) -> TrialCapture {
            var capture = TrialCapture(began: noon, agent: "0.1.0")
            capture.code = CodeContext(files: [.init(path: "train.py", text: "import a\nlr = 1\nprint(lr)\n")])
            capture.environment[.requirements] = .text("numpy==1.0\nscipy==2.0\n")
            capture.environment[.numpy] = .text("blas: mkl\n")
            capture.environment[.platform] = .document(["Platform": .text("Linux-6.1")])
            var git = GitFacts(workTree: "/work")
            git.commit = String(repeating: "a", count: 40)
            git.branch = "main"
            capture.git = git
            capture.hardware = HardwareFacts(
                processor: "EPYC", logicalProcessors: 8, memory: 1 << 34, swap: 0, kernel: "6.1")
            change(&capture)
            return capture
        }
        func loss(_ value: Double) -> [MetricPiece] {
            [
                MetricPiece(
                    name: "val/loss", offset: 0,
                    points: [MetricPoint(epoch: 0, value: .float(value), recorded: noon)])
            ]
        }
        try await sandbox.file([
            try makeFiling(
                1, ["lr": .float(0.1), "optimizer": .mapping(["name": .text("adam")]), "old": .null], metrics: loss(0.5)
            ) { filing in
                filing.capture = capture { _ in }
                filing.facts.inputs = [
                    ArtifactFacts(path: "d.csv", size: 3, modified: noon, sha256: String(repeating: "1", count: 64))
                ]
            },
            try makeFiling(
                2, ["lr": .float(0.1), "optimizer": .mapping(["name": .text("sgd")]), "new": .text("\u{1B}[31m")],
                result: .float(0.95), metrics: loss(0.25)
            ) { filing in
                filing.capture = capture { capture in
                    capture.code = CodeContext(files: [
                        .init(path: "train.py", text: "import a\nlr = 2\nprint(lr)\n"),
                        .init(path: "lib.py", text: "x = 1\n"),
                    ])
                    capture.environment[.requirements] = .text("numpy==1.1\nscipy==2.0\ntorch==2.0\n")
                    capture.environment[.numpy] = .text("blas: openblas\n")
                    capture.environment[.platform] = .document(["Platform": .text("Linux-6.2")])
                    capture.git?.branch = "try"
                    capture.hardware?.memory = 1 << 35
                }
                filing.facts.inputs = [
                    ArtifactFacts(path: "d.csv", size: 3, modified: noon, sha256: String(repeating: "2", count: 64))
                ]
            },
            try makeFiling(3, ["lr": .float(0.1)]),
        ])
        return sandbox
    }

    @Test func `whatever differs between two trials is told, and nothing else`() async throws {
        let output = try await makeSandbox().run("diff", "resnet", "1", "2")
        #expect(output.exit == .status(0) && output.errors.isEmpty, "\(output.errors)")
        #expect(
            output.text == """
                resnet 1 → resnet 2

                Parameters
                  optimizer.name  adam → sgd
                  old             - null
                  new             + \\x1b[31m

                Result
                  value  0.9 → 0.95

                Metrics, last values
                  val/loss  0.5 → 0.25

                Inputs
                  d.csv  SHA-256 \(String(repeating: "1", count: 64)) → SHA-256 \(String(repeating: "2", count: 64))

                Requirements
                  numpy  1.0 → 1.1
                  torch  + 2.0

                Git
                  branch  main → try

                Hardware
                  memory  17179869184 → 34359738368

                Environment
                  platform.Platform  Linux-6.1 → Linux-6.2

                Environment
                --- 1/numpy
                +++ 2/numpy
                @@ -1 +1 @@
                -blas: mkl
                +blas: openblas

                Code
                --- /dev/null
                +++ 2/lib.py
                @@ -0,0 +1 @@
                +x = 1
                --- 1/train.py
                +++ 2/train.py
                @@ -1,3 +1,3 @@
                 import a
                -lr = 1
                +lr = 2
                 print(lr)

                """)
    }

    @Test func `the same as JSON, with what each trial has`() async throws {
        let json = try await makeSandbox().run("diff", "resnet", "1", "2", "--json").json()
        #expect(json["before"] == 1 && json["after"] == 2)
        #expect(json["parameters"]?[0] == ["name": "optimizer.name", "before": "adam", "after": "sgd"])
        #expect(json["parameters"]?[1] == ["name": "old", "before": nil])
        #expect(json["requirements"]?.array?.map { $0["name"] } == ["numpy", "torch"])
        #expect(json["code"]?.array?.map { $0["change"] } == ["added", "changed"])
        #expect(json["code_source"] == "code context")
        #expect(json["run"] == [])
    }

    @Test func `what is known of one trial only is said, and not taken for a difference`() async throws {
        let sandbox = try await makeSandbox()
        let output = try await sandbox.run("diff", "resnet", "1", "3")
        #expect(output.text.contains("\nRequirements\n  not known of trial 3\n"))
        #expect(output.text.contains("\nCode\n  not known of trial 3\n"))
        #expect(!output.text.contains("numpy  - 1.0"))
        #expect(try await sandbox.run("diff", "resnet", "3", "1", "--json").json()["git"] == ["unknown_of": 3])
        let same = try await sandbox.run("diff", "resnet", "3", "3")
        #expect(same.lines.last == "no difference in what is known of both")
        #expect(try await sandbox.run("diff", "resnet", "1", "9").exit == .status(66))
    }

    @Test func `colour is for terminals only`() async throws {
        let sandbox = try await makeSandbox()
        let seen = try await sandbox.shell(
            "script -qec 'trialwatch diff resnet 1 2' /dev/null",
            environment: ["SHELL": "/bin/bash", "TERM": "xterm"])
        #expect(seen.text.contains("\u{1B}[32m+lr = 2\u{1B}[0m"))
        #expect(seen.text.contains("\u{1B}[31m-lr = 1\u{1B}[0m"))
        #expect(!seen.text.contains("+ \u{1B}[31m"))
    }

    @Test func `trials that the real daskperiment wrote are compared, too`() async throws {
        let sandbox = try Sandbox()
        let golden = FilePath(#filePath).appending("../../../InteropTests/Golden/daskperiment_cache/golden")
            .lexicallyNormalized()
        let output = try await sandbox.run("diff", golden.string, "1", "2")
        #expect(output.exit == .status(0), "\(output.errors)")
        #expect(output.text.contains("\nParameters\n") || output.text.contains("\nResult\n"), "\(output.text)")
    }
}
