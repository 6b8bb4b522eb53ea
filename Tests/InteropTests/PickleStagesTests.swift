import BackendTesting
import JSON
import LocalBackend
import ProgramTesting
import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials

/// A pickle that is gone on with in place is a whole one at every moment.
@Suite(
    .enabled(
        if: RealDaskperiment.python != nil || !RealDaskperiment.mayBeMissing, Comment(rawValue: RealDaskperiment.advice)
    ))
struct PickleStagesTests {
    /// What a step files, one batch after the other.
    private static let steps: [[Filing]] = {
        func point(_ number: Int, _ revision: Int, _ pieces: MetricPiece..., outcome: Outcome? = nil) -> Filing {
            SampleRun(number).filing(revision: revision, metrics: pieces, outcome: outcome)
        }
        var hashed = SampleRun(5)
        hashed.facts.stepHashes = [StepHash(step: "train", input: "c0a8", output: "e5bf")]
        return [
            [point(1, 1, SampleRun.piece("loss", [5, 4])), SampleRun(2).filing(outcome: SampleRun.success())],
            // Further points, a new metric, a new trial.
            [point(1, 2, SampleRun.piece("loss", at: 2, [3]), SampleRun.piece("acc", [0.5])), point(3, 1)],
            // The last point is replaced and one added; a running trial gets its first points.
            [
                point(1, 3, SampleRun.piece("loss", generation: 1, at: 2, [2.5, 2])),
                point(3, 2, SampleRun.piece("acc", [0.25, 0.75])),
            ],
            // A series is cut shorter, another ends.
            [
                point(1, 4, SampleRun.piece("loss", generation: 2, at: 1, [])),
                point(3, 3, SampleRun.piece("acc", at: 2, [1]), outcome: SampleRun.success()),
            ],
            // The place of the ended one's list is another's; one runs anew.
            [
                point(4, 1, SampleRun.piece("loss", [9, 8]), SampleRun.piece("third", [1])),
                point(3, 4, SampleRun.piece("acc", at: 3, [2])), hashed.filing(outcome: SampleRun.success(.text("é"))),
            ],
            [
                point(1, 5, SampleRun.piece("loss", generation: 2, at: 1, [7, 6])),
                point(4, 2, SampleRun.piece("loss", at: 2, [7])),
                point(3, 5, SampleRun.piece("acc", at: 4, [3])),
            ],
            [point(1, 6, outcome: SampleRun.success()), point(4, 3, SampleRun.piece("third", at: 1, [2]))],
        ]
    }()

    private func bytes(_ path: FilePath) throws -> [UInt8] {
        try OwnedDescriptor(opening: path, .readOnly).readToEnd(limit: 1 << 30)
    }

    private func put(_ bytes: [UInt8], _ path: FilePath) throws -> FilePath {
        try OwnedDescriptor(opening: path, .writeOnly, options: [.create, .truncate]).write(bytes)
        return path
    }

    private func pickle(_ store: InteropStore) -> FilePath { store.folder("sample").appending("sample.pkl") }

    /// The pickle that is written whole from the same journal.
    private func writtenWhole(_ store: InteropStore, _ name: String) async throws -> [UInt8] {
        let copy = store.directory.appending(name)
        var copying = try Script(
            "cp -r '\(store.directory)/store' '\(copy)' && rm -r '\(copy)/sample/sample.pkl' '\(copy)/sample/trialwatch/index' && mkdir '\(copy)/sample/trialwatch/index'"
        )
        _ = try copying.end()
        let backend = LocalBackend(
            directory: copy, recordedDirectory: store.directory.appending("store"), boot: "boot"
        ) { SampleRun.time(100) }
        try await backend.synchronize()
        return try bytes(copy.appending("sample").appending("sample.pkl"))
    }

    @Test func `whatever part of what is new is there, every Python loads what was there before, and then all of it`()
        async throws
    {
        let store = try InteropStore()
        var files: [(FilePath, isAfter: Int)] = []
        var before: [UInt8]?
        for (step, filings) in Self.steps.enumerated() {
            _ = try await store.file(filings)
            let after = try bytes(pickle(store))
            let place = "\(store.directory)/stage-\(step)"
            files.append((try put(try await writtenWhole(store, "whole-\(step)"), FilePath("\(place).whole")), step))
            files.append((try put(after, FilePath("\(place).after")), step))
            if let before {
                let stop = before.count - 1
                #expect(before.last == UInt8(ascii: ".") && after[stop] == UInt8(ascii: "("))
                #expect(after.count > before.count && after[..<stop] == before[..<stop])
                for length in [before.count + 1, (before.count + after.count) / 2, after.count - 1, after.count] {
                    var stage = Array(after[..<length])
                    stage[stop] = UInt8(ascii: ".")
                    files.append((try put(stage, FilePath("\(place).\(length)")), step - 1))
                }
            }
            before = after
        }
        for python in try RealDaskperiment.pythons() {
            let loaded = try RealDaskperiment.loaded(files.map(\.0), by: python)
            try #require(loaded.count == files.count)
            for (text, file) in zip(loaded, files) {
                let first = try #require(files.firstIndex { $0.isAfter == file.isAfter })
                #expect(text == loaded[first], "\(file.0) in \(python)")
            }
            // Not all the same.
            #expect(Set(loaded.map { $0.bytes() }).count == Self.steps.count)
        }
    }

    @Test func `daskperiment reads a pickle that was gone on with, and adds its trial to it`() async throws {
        let store = try InteropStore()
        for filings in Self.steps { _ = try await store.file(filings) }
        #expect(try bytes(pickle(store)).contains(UInt8(ascii: "1")))
        #expect(try RealDaskperiment.addTrial(to: "sample", in: store.folder("sample")) == 6)
        let record = try RealDaskperiment.read("sample", in: store.folder("sample"))
        #expect(record["history"]?["rows"]?.object?.keys == ["1", "2", "3", "5", "6"])
        #expect(record["metrics"]?["loss"]?["1"]?["values"] == [5.0, 7.0, 6.0])
        #expect(record["metrics"]?["loss"]?["4"]?["values"] == [9.0, 8.0, 7.0])
        #expect(record["metrics"]?["acc"]?["3"]?["values"] == [0.25, 0.75, 1.0, 2.0, 3.0])
        #expect(record["step_hashes"]?["train-c0a8"] == "e5bf")
    }
}
