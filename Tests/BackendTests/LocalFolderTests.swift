import BackendTesting
import LocalBackend
import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials

/// One experiment in a directory that may be called anything.
@Suite struct LocalFolderTests {
    private let temporary: TemporaryDirectory
    private let sample: Experiment.ID

    init() throws {
        temporary = try TemporaryDirectory()
        sample = try #require(Experiment.ID("sample"))
    }

    private func backend(at name: String, recordedAs recorded: FilePath? = nil) -> LocalBackend {
        LocalBackend(
            experiment: sample, at: temporary.path.appending(name), recordedDirectory: recorded, boot: "boot"
        ) { SampleRun.time(100) }
    }

    @Test func `an experiment is filed in a directory of any name, and read when that was moved`() async throws {
        let run = SampleRun(1)
        let backend = backend(at: "my cache.d")
        #expect(try await backend.experiments().isEmpty)
        _ = try await backend.prepare()
        let part = PartReference.sample
        try await backend.store(part, from: .bytes(Array("kept".utf8)))
        var filing = run.filing(metrics: [SampleRun.piece("loss", [0, 1])])
        filing.parts = [part]
        #expect(try await backend.file([filing]).map(\.number) == [1])
        try await backend.synchronize()
        let folder = temporary.path.appending("my cache.d")
        #expect(try FileStatus.ifPresent(folder.appending("sample.pkl")) != nil)
        #expect(try FileStatus.ifPresent(folder.appending("sample")) == nil)
        #expect(try FileSystem.entries(of: temporary.path).map(\.name.string) == ["my cache.d"])
        try FileSystem.rename(folder, to: temporary.path.appending("moved"))
        let moved = self.backend(at: "moved")
        #expect(try await moved.experiments().map(\.id) == [sample])
        #expect(try await moved.experiments().map(\.lastNumber) == [1])
        #expect(try await moved.values("loss", of: run.reference(1)) == [0, 1])
        #expect(try await moved.part(part, of: run.reference(1)) == Array("kept".utf8))
    }

    @Test func `it is the same experiment as in a store of many`() async throws {
        let run = SampleRun(1)
        let many = LocalBackend(directory: temporary.path, boot: "boot") { SampleRun.time(100) }
        _ = try await many.prepare()
        _ = try await many.file([run.filing()])
        let one = backend(at: "sample")
        #expect(try await one.trial(run.reference(1)) == many.trial(run.reference(1)))
        #expect(try await one.file([SampleRun(2).filing()]).map(\.number) == [2])
        #expect(try await many.experiments().map(\.lastNumber) == [2])
    }

    @Test func `another experiment has no place in it`() async throws {
        let backend = backend(at: "folder")
        _ = try await backend.prepare()
        var filing = SampleRun(1).filing()
        filing.experiment = try #require(Experiment.ID("other"))
        guard case .refused(let error)? = try await backend.file([filing]).first else {
            Issue.record("it was filed")
            return
        }
        #expect(error.reason.contains("directory of another experiment"))
        #expect(try await backend.trial(TrialReference(experiment: filing.experiment, number: 1)) == nil)
    }

    @Test(arguments: [nil, "elsewhere/cache"] as [FilePath?])
    func `its pickle says the directory itself, or what it is told to say`(recorded: FilePath?) async throws {
        let backend = backend(at: "folder", recordedAs: recorded)
        _ = try await backend.prepare()
        _ = try await backend.file([SampleRun(1).filing()])
        try await backend.synchronize()
        let pickle = temporary.path.appending("folder").appending("sample.pkl")
        let text = String(
            decoding: try OwnedDescriptor(opening: pickle, .readOnly).readToEnd(limit: 1 << 20), as: UTF8.self)
        #expect(text.contains("elsewhere") == (recorded != nil))
        // The last component is the directory's own, not the experiment's name below it.
        #expect(text.contains("PosixPath"))
        #expect(text.contains(recorded == nil ? "folder" : "cache"))
    }
}

extension PartReference {
    fileprivate static var sample: PartReference {
        PartReference(
            digest: "79f076abdd19a752db7267bfff2f9022161d120dea919fdaca2ffdfc24ca8c96", size: 4, role: .artifact,
            name: "model")
    }
}
