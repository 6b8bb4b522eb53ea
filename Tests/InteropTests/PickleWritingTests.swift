import Bytes
import JSON
import Pickle
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing

/// What Python loads of pickles that we read and wrote again.
@Suite(.enabled(if: RealDaskperiment.isWanted, Comment(rawValue: RealDaskperiment.advice)))
struct PickleWritingTests {
    /// The golden pickles of PickleTests, by name.
    private static func golden() throws -> [(name: String, pickle: [UInt8])] {
        let folder = FilePath(#filePath).appending("../../PickleTests/Golden").lexicallyNormalized()
        var pickles: [(String, [UInt8])] = []
        for file in ["daskperiment.jsonl", "pythons.jsonl"] {
            let text = try OwnedDescriptor(opening: folder.appending(file), .readOnly).readToEnd(limit: 1 << 26)
            for line in text.split(separator: 0x0A) {
                let entry = try JSON(parsing: Array(line))
                let name = try #require(entry["name"]?.string)
                for one in entry["pickles"]?.array ?? [entry] {
                    let bytes = try #require(one["pickle"]?.string.flatMap { Base64.bytes($0) })
                    pickles.append(("\(name) by \(one["by"]?.string ?? "daskperiment")", bytes))
                }
            }
        }
        return pickles
    }

    @Test(arguments: RealDaskperiment.all)
    func `what we write again of a golden pickle, as it was read or in the one form of its meaning, loads as the same`(
        daskperiment: RealDaskperiment
    ) throws {
        let pickles = try Self.golden()
        #expect(pickles.count > 1400)
        let lines = try pickles.map { name, pickle -> JSON in
            let value = try PickleValue(pickled: pickle)
            return [
                "name": .string(name), "pickle": .string(Base64.text(pickle)),
                "written": .string(Base64.text(value.pickled())),
                "canonical": .string(Base64.text(value.canonical.pickled())),
            ]
        }
        let answers = try daskperiment.answers(of: "compare_pickles.py", to: lines)
        #expect(answers.map { $0["name"]?.string } == pickles.map(\.name))
        for answer in answers {
            #expect(answer["written"] == .null, "\(answer.text(.python))")
            // That form is nothing that a Python loads but what prints are made of, and means the same to the older libraries;
            // newer ones look at how a time zone is told, too.
            if daskperiment.isOlder { #expect(answer["canonical"] == .null, "\(answer.text(.python))") }
        }
        let loading = answers.count { $0["loads"] == true }
        #expect(loading > 1000, "only \(loading) of \(answers.count) are loaded by this Python at all")
    }

    @Test func `a pickle of something else is told from it`() throws {
        func line(_ name: String, _ value: PickleValue, _ other: PickleValue) -> JSON {
            [
                "name": .string(name), "pickle": .string(Base64.text(value.pickled())),
                "written": .string(Base64.text(other.pickled())), "canonical": .string(Base64.text(other.pickled())),
            ]
        }
        let label = PickleLabel(rawValue: 0)
        let shared = PickleValue.tuple([.labelled(label, []), .reference(label)])
        let answers = try RealDaskperiment.older.answers(
            of: "compare_pickles.py",
            to: [
                line("a number", 1, true), line("a float", 0.0, -0.0), line("a text", ["a": "b"], ["a": "c"]),
                line("an order", ["a": 1, "b": 2], ["b": 2, "a": 1]), line("bytes", .bytes([1]), .bytearray([1])),
                line("a nanosecond", .timedelta(nanoseconds: 1), .timedelta(nanoseconds: 2)),
                line("what is no pickle", 1, .call("nowhere", "nothing")),
                line("what is shared", shared, .tuple([[], []])),
            ])
        #expect(answers.count == 8)
        for answer in answers {
            #expect(answer["loads"] == true)
            #expect(answer["written"]?.string != nil, "\(answer)")
            // In the one form of a meaning, what is shared is written out.
            #expect((answer["canonical"]?.string != nil) == (answer["name"] != "what is shared"), "\(answer)")
        }
    }
}
