import JSON
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing
import Trials

@Suite struct ExportCommandTests {
    private static let odd = "a \"quoted\", größe ✓\nnext line\r\n\ttab"

    private func makeSandbox() async throws -> Sandbox {
        let sandbox = try Sandbox()
        let big = try #require(Integer("123456789012345678901234567890"))
        let points = [0.9, 0.1 + 0.2].enumerated().map {
            MetricPoint(epoch: $0, value: .float($1), recorded: noon)
        }
        try await sandbox.file([
            try makeFiling(
                1,
                [
                    "lr": .float(0.1), "optimizer": .mapping(["name": .text("adam"), "betas": .list([.float(0.9)])]),
                    "seed": .integer(3), "loss": .text("mse"), "big": .integer(big),
                ], metrics: [MetricPiece(name: "loss", offset: 0, points: points)]
            ) { filing in
                filing.facts.seed = 7
                filing.facts.tags = ["best", "a,b"]
                filing.facts.note = Self.odd
                filing.facts.problems = ["one", "two"]
            },
            try makeFiling(
                2, ["lr": .text("1e-3"), "note": .text("=cmd|' /C calc'!A0"), "a,\"b\"\n": .bool(true)],
                result: .mapping(["accuracy": .float(0.5), "per": .mapping(["class": .integer(1)])])),
            try makeFiling(3, ["lr": .null, "problems": .integer(5), "metrics": .mapping(["loss": .integer(1)])]) {
                $0.outcome = nil
            },
        ])
        return sandbox
    }

    /// The rows of a CSV as Python's own reader has them.
    private func rows(_ csv: String, in sandbox: Sandbox) async throws -> [[String: String]] {
        let path = sandbox.root.appending("read.csv")
        try sandbox.write(csv, to: path)
        let script = """
            import csv, json, sys
            with open(sys.argv[1], newline='') as file:
                rows = list(csv.reader(file, strict=True))
            assert len(set(map(len, rows))) == 1, [len(row) for row in rows]
            assert len(set(rows[0])) == len(rows[0]), rows[0]
            print(json.dumps([rows[0]] + rows[1:]))
            """
        let output = try await sandbox.run("/usr/bin/python3", ["-c", script, path.string])
        let lists = try output.json().array?.map { $0.array?.compactMap(\.string) ?? [] } ?? []
        let titles = try #require(lists.first)
        return lists.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(titles, $0)) }
    }

    @Test func `the columns are those of all trials, in order of first appearance, each once`() async throws {
        let output = try await makeSandbox().run("export", "resnet")
        #expect(output.exit == .status(0))
        #expect(output.errors.isEmpty)
        #expect(
            output.text.hasPrefix(
                "trial,state,started,finished,duration_s,seed,result,result.accuracy,result.per.class,lr,optimizer.name,"
                    + "optimizer.betas,parameters.seed,loss,big,note,\"a,\"\"b\"\"\n\",parameters.problems,metrics.loss,"
                    + "metrics.metrics.loss,description,tags,problems\n"))
    }

    @Test func `Python's reader finds every value again`() async throws {
        let sandbox = try await makeSandbox()
        let rows = try await rows(sandbox.run("export", "resnet").text, in: sandbox)
        #expect(rows.map { $0["trial"] } == ["1", "2", "3"])
        #expect(rows.map { $0["state"] } == ["succeeded", "succeeded", "running"])
        #expect(rows.map { $0["lr"] } == ["0.1", "'1e-3", ""])
        #expect(rows[0]["started"] == noon.description)
        #expect(rows[0]["duration_s"] == "1.5")
        #expect(rows[0]["seed"] == "7")
        #expect(rows[0]["parameters.seed"] == "3")
        #expect(rows[0]["loss"] == "mse")
        #expect(rows[0]["metrics.metrics.loss"] == "0.30000000000000004")
        #expect(rows[0]["optimizer.betas"] == "[0.9]")
        #expect(rows[0]["big"] == "123456789012345678901234567890")
        #expect(rows[0]["description"] == Self.odd)
        #expect(rows[0]["tags"] == "best,a,b")
        #expect(rows[0]["problems"] == "3")
        #expect(rows[0]["result"] == "0.9")
        #expect(rows[1]["result"]?.isEmpty == true)
        #expect(rows[1]["result.accuracy"] == "0.5")
        #expect(rows[1]["result.per.class"] == "1")
        #expect(rows[1]["note"] == "'=cmd|' /C calc'!A0")
        #expect(rows[1]["a,\"b\"\n"] == "TRUE")
        #expect(rows[2]["metrics.loss"] == "1")
        #expect(rows[2]["parameters.problems"] == "5")
        #expect(rows[2]["finished"]?.isEmpty == true)
    }

    @Test func `text comes out exact where that is wanted`() async throws {
        let sandbox = try await makeSandbox()
        let rows = try await rows(sandbox.run("export", "resnet", "--exact-text").text, in: sandbox)
        #expect(rows.map { $0["lr"] } == ["0.1", "1e-3", ""])
        #expect(rows[1]["note"] == "=cmd|' /C calc'!A0")
    }

    @Test func `only trials that meet the condition are written, with their columns`() async throws {
        let sandbox = try await makeSandbox()
        let output = try await sandbox.run("export", "resnet", "--where", "lr = 0.1")
        #expect(try await rows(output.text, in: sandbox).map { $0["trial"] } == ["1"])
        #expect(!output.text.contains("accuracy"))
        let none = try await sandbox.run("export", "resnet", "--where", "lrr = 0.1")
        #expect(none.lines == ["trial,state,started,finished,duration_s,seed,result,description,tags,problems"])
        #expect(none.errors == "trialwatch: no trial has 'lrr' (did you mean 'lr'?)\n")
    }

    @Test func `lines of JSON are what show gives, with all points`() async throws {
        let sandbox = try await makeSandbox()
        let output = try await sandbox.run("export", "resnet", "--format", "jsonl")
        #expect(output.lines.count == 3)
        for (place, line) in output.lines.enumerated() {
            let shown = try await sandbox.run("show", "resnet", String(place + 1), "--json")
            #expect(try JSON(parsing: line) == shown.json())
        }
        #expect(try JSON(parsing: output.lines[0])["metrics"]?[0]?["points"]?.array?.count == 2)
        let some = try await sandbox.run("export", "resnet", "--format", "jsonl", "--where", "state = \"running\"")
        #expect(try some.lines.map { try JSON(parsing: $0)["trial"]?.int } == [3])
    }

    @Test func `a file is there whole or not at all`() async throws {
        let sandbox = try await makeSandbox()
        let folder = sandbox.root.appending("home")
        let plain = try await sandbox.run("export", "resnet")
        let output = try await sandbox.shell(
            "umask 027; trialwatch export resnet --output new.csv && stat -c %a new.csv")
        #expect(output.lines == ["640"])
        #expect(try sandbox.text(of: folder.appending("new.csv")) == plain.text)
        // A name that is taken is replaced, a link's target, too.
        _ = try await sandbox.shell("echo old > target; ln -s target link; trialwatch export resnet --output link")
        #expect(try sandbox.text(of: folder.appending("target")) == plain.text)
        // What fails leaves what was there.
        let failed = try await sandbox.run("export", "gone", "--output", "new.csv")
        #expect(failed.exit == .status(66))
        #expect(try sandbox.text(of: folder.appending("new.csv")) == plain.text)
        #expect(
            try FileSystem.entries(of: folder).map(\.name.string).sorted() == ["link", "new.csv", "target"])
    }

    @Test(arguments: [
        (["--output", "."], 64, "it is a folder"), (["--output", "/dev/null"], 64, "with >"),
        (["--output", "gone/x.csv"], 1, "No such file"), (["--format", "xml"], 64, "xml"),
        (["--where", "lr <"], 64, "--where: column"), (["--format", "jsonl", "--exact-text"], 64, "apostrophes"),
    ])
    func `what cannot be done is told`(arguments: [String], status: Int32, words: String) async throws {
        let sandbox = try await makeSandbox()
        let output = try await sandbox.run(sandbox.program, ["export", "resnet"] + arguments)
        #expect(output.exit == .status(status))
        #expect(output.errors.contains(words), "\(output.errors)")
        #expect(output.text.isEmpty)
    }

    @Test func `a terminal gets nothing that could harm it`() async throws {
        let sandbox = try Sandbox()
        try await sandbox.file([try makeFiling(1, ["a": .text("\u{1B}[2J")])])
        for format in ["csv", "jsonl"] {
            let output = try await sandbox.shell(
                "script -qec 'trialwatch export resnet --format \(format)' /dev/null", environment: ["TERM": "xterm"])
            #expect(output.text.contains("[2J"))
            #expect(!output.text.contains("\u{1B}[2J"))
        }
    }
}
