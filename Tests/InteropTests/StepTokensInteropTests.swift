import BackendTesting
import JSON
import ProgramTesting
import SystemPackage
import Testing
import Trials

@testable import TrialAgent

/// Hashes of steps, beside those that the real dask and daskperiment make of the same values.
@Suite(.enabled(if: RealDaskperiment.isWanted, Comment(rawValue: RealDaskperiment.advice)))
struct StepTokensInteropTests {
    @Test func `a step's hashes are dask's, for every kind of value`() throws {
        var values = GeneratedValues(seed: 20_261_123)
        let steps = (0..<600).map { number in
            let inputs: Value = number % 3 == 0 ? .mapping(values.keywords()) : .list(values.list(atMost: 4))
            return Marker.Step(name: "step", inputs: inputs, output: values.value(depth: 3))
        }
        let lines = try steps.map { step -> JSON in
            ["inputs": try JSON.encode(step.inputs), "output": try JSON.encode(step.output)]
        }
        let answers = try RealDaskperiment.older.answers(of: "step_tokens.py", to: lines)
        #expect(answers.count == steps.count)
        for (step, answer) in zip(steps, answers) {
            let hash = StepTokens.hash(of: step)
            #expect(hash?.input == answer[0]?.string, "\(step.inputs)")
            #expect(hash?.output == answer[1]?.string, "\(step.output)")
        }
    }

    @Test func `what is printable is what Python takes for printable, for every character`() throws {
        let answers = try RealDaskperiment.older.answers(of: "step_tokens.py", ["--printable"])
        let ranges = try #require(answers.first?.array).compactMap { range -> ClosedRange<Int>? in
            guard let first = range[0]?.int, let last = range[1]?.int else { return nil }
            return first...last
        }
        var expected = [Bool](repeating: false, count: 0x110000)
        for range in ranges { for point in range { expected[point] = true } }
        let different = (0...0x10FFFF).filter { point in
            guard let scalar = Unicode.Scalar(UInt32(point)) else { return false }
            return PythonText.isPrintable(scalar) != expected[point]
        }
        #expect(different.map { String($0, radix: 16) } == [])
        #expect(ranges.count > 500)
    }

    @Test func `daskperiment keeps the same hashes, and warns at the same calls`() async throws {
        let calls: [(name: String, inputs: Value, output: Value)] = [
            ("train", .list([.integer(1), .float(0.1)]), .float(0.5)),
            ("train", .list([.integer(1), .float(0.1)]), .float(0.5)),
            ("train", .list([.integer(1), .float(0.1)]), .float(0.25)),
            (
                "load", .mapping(["path": .text("größe's\n"), "rows": .null]),
                .list([.bool(true), .mapping(["b": .null])])
            ),
            ("load", .list([]), .null),
            ("test", .list([.integer(1), .float(0.1)]), .float(0.25)),
        ]
        let theirs = try InteropStore()
        let lines = try calls.map { call -> JSON in
            [
                "name": .string(call.name), "inputs": try JSON.encode(call.inputs),
                "output": try JSON.encode(call.output),
            ]
        }
        let answers = try RealDaskperiment.older.answers(
            of: "check_purity.py", [theirs.folder("pure").string, "sample"], to: lines)
        let answer = try #require(answers.last)

        let ours = try InteropStore()
        var warned: [JSON] = []
        for (place, call) in calls.enumerated() {
            var run = SampleRun(place + 1)
            let step = Marker.Step(name: call.name, inputs: call.inputs, output: call.output)
            run.capture = SampleRun.wholeCapture()
            run.facts.stepHashes = [try #require(StepTokens.hash(of: step))]
            guard case .done(_, _, let notices)? = try await ours.file([run.filing()]).first else {
                Issue.record("trial \(place + 1) was not filed")
                continue
            }
            warned.append(.bool(notices.contains { $0.text.contains("another output for the same input") }))
        }
        #expect(JSON.array(warned) == answer["warned"])
        #expect(answer["warned"]?.array?.contains(true) == true)
        let record = try RealDaskperiment.older.read("sample", in: ours.folder("sample"))
        let kept = try #require(record["step_hashes"]?.object)
        let expected = try #require(answer["hashes"]?.object)
        #expect(Set(kept.keys) == Set(expected.keys))
        for member in expected { #expect(kept[member.key] == member.value, "\(member.key)") }
    }
}

/// Values of all kinds, the same for the same seed.
private struct GeneratedValues {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    private mutating func next(_ count: Int) -> Int {
        // Knuth's MMIX: any sequence does that is the same each time.
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % count
    }

    mutating func list(atMost count: Int) -> [Value] { (0..<next(count + 1)).map { _ in value(depth: 3) } }

    mutating func keywords() -> Fields {
        let names = ["a", "b", "B", "_x", "été", "aa", "a1", "z"]
        return Fields((0..<next(5)).map { _ in Fields.Field(name: names[next(names.count)], value: value(depth: 2)) })
    }

    mutating func value(depth: Int) -> Value {
        switch next(depth > 0 ? 9 : 7) {
        case 0: .null
        case 1: .bool(next(2) == 0)
        case 2: .integer(next(2) == 0 ? next(2000) - 1000 : Int(bitPattern: UInt(state)))
        case 3: large()
        case 4, 5: .float(float())
        case 6: .text(text())
        case 7: .list((0..<next(4)).map { _ in value(depth: depth - 1) })
        default:
            .mapping(
                Fields((0..<next(4)).map { _ in Fields.Field(name: text(), value: value(depth: depth - 1)) }))
        }
    }

    private mutating func large() -> Value {
        let digits = (0..<(20 + next(40))).map { place in String(place == 0 ? 1 + next(9) : next(10)) }.joined()
        return Integer((next(2) == 0 ? "-" : "") + digits).map { .integer($0) } ?? .null
    }

    private mutating func float() -> Double {
        let odd: [Double] = [
            0, -0.0, 1, 1e-5, 1e-4, 9.9999e-5, 1e15, 1e16, 9_999_999_999_999_998, 123_456_789.125, 1e22, 1e23,
            .infinity,
            -.infinity, .nan, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 0.1 + 0.2, 1 / 3,
        ]
        guard next(3) != 0 else { return odd[next(odd.count)] }
        let value = Double(bitPattern: state &* 0x9E37_79B9_7F4A_7C15)
        return value.isNaN ? 2.5 : value
    }

    private mutating func text() -> String {
        let pieces = [
            "a", "x'", "\"", "'", "\\", "\n", "\t", "\r", "\u{0}", "\u{7F}", "\u{85}", "\u{A0}", "\u{AD}", "é", "ß",
            "✓", "🚀",
            "\u{200B}", "\u{2028}", "\u{3000}", "\u{FEFF}", "\u{E000}", "\u{FFFF}", "\u{1FAE0}", "\u{10FFFF}",
            "e\u{301}",
            "日本", " ", "1.5", "None", "\u{1F3F4}\u{E0067}", "ﬁ",
        ]
        return (0..<next(6)).map { _ in pieces[next(pieces.count)] }.joined()
    }
}
