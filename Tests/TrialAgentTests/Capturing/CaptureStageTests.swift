import Bytes
import Logging
import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials

@testable import TrialAgent

@Suite struct CaptureStageTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    @Test func `the files of a capture go to each store once, with the first of the runs that share it`() async throws {
        let bytes = Array("abc".utf8)
        let reference = PartReference(
            digest: SHA256.digest(of: bytes).hex, size: 3, role: .lockfile, name: "uv.lock")
        var made = MadeCapture(TrialCapture(began: .now, agent: "1"))
        made.parts = [ArtifactFindings.Part(reference: reference, bytes: bytes)]
        let capture = made
        let ground = try CaptureGround()
        let subject = ground.subject()
        let spool = try Spool(in: folder.path)
        let stage = CaptureStage(
            capture: { _ in capture }, look: { _ in SourcesLook() }, subject: { _, _ in subject },
            writers: { $0.map { _ in InferredWriter() } },
            receipt: { _ in nil },
            claims: try Claims(in: folder.path, on: BlockingExecutor("test")), spool: spool,
            parts: try WaitingParts(in: folder.path), clock: ContinuousClock(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, progress: CaptureProgress(),
            waits: DiskWaits())
        // More than are spooled with one fsync, and some for another store.
        let runs = try (1...600).map { number in
            ClaimedRun(
                sequence: number, place: MarkerPlace(project: "/p", path: FilePath("\(number).run")),
                backend: number % 100 == 0 ? "there" : "here", filing: try filing("run \(number)"),
                wish: CaptureWish(code: [], seen: 0))
        }
        let (claimed, claim) = AsyncStream.makeStream(of: [ClaimedRun].self)
        claim.yield(runs)
        claim.finish()
        await stage.run(claimed)
        for (backend, count) in [("here", 594), ("there", 6)] {
            let entries = try await spool.everything(for: backend)
            #expect(entries.count == count)
            #expect(entries.first?.parts == [bytes])
            #expect(entries.first?.filing.parts == [reference])
            #expect(entries.dropFirst().allSatisfy { $0.parts.isEmpty && $0.filing.parts.isEmpty })
            #expect(entries.allSatisfy { $0.filing.capture == capture.record })
        }
    }
}
