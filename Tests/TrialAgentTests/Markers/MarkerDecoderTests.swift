import Testing
import Trials
import YAML

@testable import TrialAgent

@Suite struct MarkerDecoderTests {
    let decoder = MarkerDecoder { _ in 3600 }

    func decode(_ text: String) throws -> Marker { try decoder.decode(Array(text.utf8), named: "train.run") }

    @Test func `every key is read`() throws {
        let marker = try decode(
            """
            experiment: resnet
            run: baseline
            group: sweep
            parent: 20240101
            state: running
            parameters: {lr: 1e-3, layers: [1, 2], big: 123456789012345678901, date: 2026-11-23, flag: true, none: null}
            parameters_file: conf.yaml
            seed: 42
            description: first try
            started: 2026-11-23T10:00:00
            pid: 4711
            host: box
            python: .venv
            code: [train.py, "src/*.py"]
            metrics:
              loss: [3, 2.5, .nan]
              accuracy: 0.5
              step: [[10, 1], {epoch: 20, value: 2}]
              curve: {file: log.csv, epoch: e, value: v}
            metrics_file: [a.csv]
            persist: {weights: [1, 2], model: {file: m.pt}}
            steps: [{name: prepare, inputs: [1], output: x}]
            inputs: data.csv
            outputs: [{path: out, name: o, keep: true}]
            log: out.txt
            tags: [a, 1]
            """)
        #expect(marker.experiment?.text == "resnet")
        #expect(marker.run == "baseline")
        #expect(marker.parent == "20240101")
        #expect(marker.state == .running)
        #expect(marker.parameters?["lr"] == .float(1e-3))
        #expect(marker.parameters?["big"] == Integer("123456789012345678901").map { .integer($0) })
        #expect(marker.parameters?["date"] == .text("2026-11-23"))
        #expect(marker.parameters?["none"] == .null)
        #expect(marker.parametersFiles == ["conf.yaml"])
        #expect(marker.seed == 42)
        #expect(marker.started?.description == "2026-11-23T10:00:00+01:00")
        #expect(marker.pid == 4711)
        #expect(marker.python == ".venv")
        #expect(marker.code == ["train.py", "src/*.py"])
        #expect(marker.metrics.map(\.name) == ["loss", "accuracy", "step", "curve"])
        #expect(marker.metrics[2].points?.map(\.epoch) == [10, 20])
        #expect(marker.metrics[3].content == .file(path: "log.csv", epoch: "e", value: "v"))
        #expect(marker.metricsFiles == ["a.csv"])
        #expect(marker.persisted.map(\.content) == [.value(.list([.integer(1), .integer(2)])), .file(path: "m.pt")])
        #expect(marker.steps == [Marker.Step(name: "prepare", inputs: .list([.integer(1)]), output: .text("x"))])
        #expect(marker.inputs == [Marker.Artifact(path: "data.csv", name: nil, keep: false)])
        #expect(marker.outputs == [Marker.Artifact(path: "out", name: "o", keep: true)])
        #expect(marker.log == "out.txt")
        #expect(marker.tags == ["a", "1"])
        #expect(marker.warnings.isEmpty)
    }

    @Test(arguments: ["", "\n", "# nothing yet\n", "{}", "null"])
    func `an empty marker is a marker`(text: String) throws {
        #expect(try decode(text) == Marker())
    }

    @Test func `what Python's json module writes is read, NaN and all`() throws {
        let marker = try decode(
            #"{"parameters": {"name": "\ud83d\ude00", "lr": 0.1}, "metrics": {"loss": [NaN, 1.0, Infinity]}}"#)
        #expect(marker.parameters?["name"] == .text("😀"))
        #expect(marker.metrics.first?.points?.last?.value == .float(.infinity))
    }

    @Test func `a time in seconds keeps its nanoseconds`() throws {
        #expect(try decode("finished: 1763936474.123456789").finished?.nanoseconds == 1_763_936_474_123_456_789)
    }

    @Test func `an unknown key is kept, with a warning that names the nearest`() throws {
        let marker = try decode("paramters: {lr: 1}")
        #expect(marker.extra == ["paramters": .mapping(["lr": .integer(1)])])
        #expect(marker.warnings == ["train.run:1:1: paramters: unknown key (did you mean parameters?)"])
    }

    @Test(arguments: [
        ("[1, 2]", 1, 1, "expected a mapping"),
        ("a: b: c", 1, 5, ""),
        ("state: done", 1, 8, "expected running, succeeded, failed or aborted"),
        ("experiment: my-exp", 1, 13, "my_exp"),
        ("pid: -1", 1, 6, "whole number"),
        ("seed: 0.5", 1, 7, "whole number"),
        ("parameters: 3", 1, 13, "mapping"),
        ("metrics: {loss: high}", 1, 17, "a number"),
        ("metrics: {loss: [1, x]}", 1, 21, "[3, 0.5]"),
        ("started: yesterday", 1, 10, "ISO 8601"),
        ("a: &x 1\nb: *x", 1, 4, "anchor"),
        ("a: 1\na: 2", 2, 1, "a"),
        ("a: !!python/object x", 1, 4, "tag"),
        ("ok: 1\nstate: failed\nerror: {kind: x}", 3, 9, "unknown key"),
        ("{state: succeeded, error: x}", 1, 1, "error"),
        ("{started: 200, finished: 100}", 1, 1, "before"),
    ])
    func `what is wrong is told with line and column`(text: String, line: Int, column: Int, message: String) {
        do throws(YAMLProblems) {
            _ = try decoder.decode(Array(text.utf8), named: "train.run")
            Issue.record("it was taken")
        } catch {
            let problem = error.problems.first
            #expect(problem?.position == YAMLPosition(line: line, column: column))
            #expect(problem?.description.contains(message) == true, "\(error)")
        }
    }

    @Test func `several faults are told at once`() {
        #expect(throws: YAMLProblems.self) { try decode("state: done\npid: x") }
        do { _ = try decode("state: done\npid: x") } catch { #expect((error as? YAMLProblems)?.problems.count == 2) }
    }
}
