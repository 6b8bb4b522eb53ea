import Bytes
import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials

@testable import TrialAgent

@Suite struct WaitingPartsTests {
    let folder: TemporaryDirectory
    let waiting: WaitingParts

    init() throws {
        folder = try TemporaryDirectory()
        waiting = try WaitingParts(in: folder.path)
    }

    func part(_ text: String) -> ArtifactFindings.Part {
        let bytes = Array(text.utf8)
        return ArtifactFindings.Part(
            reference: PartReference(
                digest: SHA256.digest(of: bytes).hex, size: bytes.count, role: .log, name: text), bytes: bytes)
    }

    func run(_ parts: [ArtifactFindings.Part]) -> ClaimedRun {
        let filing = Filing(
            key: .test(1), experiment: MarkerStory.experiment, revision: Revision(1), facts: TrialFacts(),
            parts: parts.map(\.reference))
        return ClaimedRun(
            sequence: 1, place: MarkerPlace(project: "/p", path: "a.run"), backend: "here", filing: filing)
    }

    var files: Int { get throws { try FileSystem.entries(of: folder.path.appending("parts")).count } }

    @Test func `a part stays until the last run that needs it is spooled`() async throws {
        let runs = [run([part("a"), part("b")]), run([part("a")])]
        for parts in [[part("a"), part("b")], [part("a")]] { try await waiting.keep(parts) }
        #expect(try files == 2)
        await waiting.release(runs[0].filing.parts)
        #expect(try files == 1)
        #expect(await waiting.load(runs[1].filing).bytes == [Array("a".utf8)])
        await waiting.release(runs[1].filing.parts)
        #expect(try files == 0)
    }

    @Test func `a part that is about to be claimed stays, though another run that needed it is spooled`() async throws {
        try await waiting.keep([part("a")])
        try await waiting.keep([part("a")])
        await waiting.release([part("a").reference])
        #expect(try files == 1)
        await waiting.release([part("a").reference])
        #expect(try files == 0)
    }

    @Test func `what a crash left over is swept, and what is needed is not`() async throws {
        try await waiting.keep([part("a"), part("b")])
        let next = try WaitingParts(in: folder.path)
        await next.need([part("b").reference])
        await next.sweep()
        #expect(try files == 1)
    }

    @Test func `a part that is gone or damaged is told on the trial, which is filed without it`() async throws {
        try await waiting.keep([part("a"), part("b")])
        try DurableFile.write([1], to: folder.path.appending("parts").appending(part("a").reference.digest))
        let (filing, bytes) = await waiting.load(run([part("a"), part("b"), part("c")]).filing)
        #expect(bytes == [Array("b".utf8)])
        #expect(filing.parts.map(\.name) == ["b"])
        #expect(filing.facts.problems.count == 2)
    }
}
