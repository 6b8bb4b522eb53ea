import Bytes
import Logging
import Synchronization
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
        let spool = try Spool(in: folder.path)
        let handed = SpoolFiles.begun(in: folder.path).appending("pack-1")
        let packed = Array("a pack".utf8)
        try handed.overwrite(packed)
        let pack = PartReference(
            digest: SHA256.digest(of: packed).hex, size: packed.count, role: .pack, name: "snapshot.pack")
        let commits = PartReference(
            digest: SHA256.digest(of: [7]).hex, size: 1, role: .commits, name: "commits.bundle")
        let bundle = SpoolFiles.begun(in: folder.path).appending("pack-2")
        try bundle.overwrite([7])
        made.files = [.init(reference: pack, file: handed), .init(reference: commits, file: bundle)]
        let capture = made
        let ground = try CaptureGround()
        let subject = ground.subject()
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
            #expect(entries.first?.filing.parts == [reference, pack, commits])
            #expect(try entries.first?.files[.pack]?.content() == packed)
            #expect(try entries.first?.files[.commits]?.content() == [7])
            #expect(entries.dropFirst().allSatisfy { $0.parts.isEmpty && $0.filing.parts.isEmpty && $0.files.isEmpty })
            #expect(entries.allSatisfy { $0.filing.capture == capture.record })
        }
        #expect(try handed.removingLastComponent().names().isEmpty)
    }

    @Test func `a capture serves whoever's marker was read before it began, though claimed later, and nobody else`()
        async throws
    {
        let bytes = Array("abc".utf8)
        let reference = PartReference(
            digest: SHA256.digest(of: bytes).hex, size: 3, role: .lockfile, name: "uv.lock")
        let (captures, captured) = AsyncStream.makeStream(of: Int64.self)
        let count = Mutex(0)
        let ground = try CaptureGround()
        let subject = ground.subject()
        let spool = try Spool(in: folder.path)
        let stage = CaptureStage(
            capture: { _ in
                var made = MadeCapture(TrialCapture(began: .now, agent: "\(count.withLock { $0 += 1; return $0 })"))
                made.parts = [ArtifactFindings.Part(reference: reference, bytes: bytes)]
                captured.yield(Clock.monotonic)
                return made
            }, look: { _ in SourcesLook() }, subject: { _, _ in subject },
            writers: { $0.map { _ in InferredWriter() } }, receipt: { _ in nil },
            claims: try Claims(in: folder.path, on: BlockingExecutor("test")), spool: spool,
            parts: try WaitingParts(in: folder.path), clock: ContinuousClock(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, progress: CaptureProgress(),
            waits: DiskWaits())
        let (claimed, claim) = AsyncStream.makeStream(of: [ClaimedRun].self)
        func take(_ number: Int, seen: Int64, in backend: String = "here") throws {
            claim.yield([
                ClaimedRun(
                    sequence: number, place: MarkerPlace(project: "/p", path: FilePath("\(number).run")),
                    backend: backend, filing: try filing("run \(number)"), wish: CaptureWish(code: [], seen: seen))
            ])
        }
        func spooled(_ number: Int, in backend: String = "here") async throws -> SpoolEntry? {
            // What is spooled can be awaited by nothing but its being there.
            for _ in 0..<1000 {
                let entry = try await spool.everything(for: backend).first { $0.sequence == number }
                if let entry { return entry }
                try await Task.sleep(for: .milliseconds(5))
            }
            return nil
        }
        async let over: Void = stage.run(claimed)
        let before = Clock.monotonic
        try take(1, seen: before)
        let began = await captures.first { _ in true }
        #expect(try await spooled(1)?.parts == [bytes])
        // Read before the capture began: it has no need of another, nor of another copy of the file.
        try take(2, seen: before)
        let second = try await spooled(2)
        #expect(second?.filing.capture?.agent == "1")
        #expect(second?.parts == [])
        // Its store has none of the file.
        try take(3, seen: before, in: "there")
        let third = try await spooled(3, in: "there")
        #expect(third?.filing.capture?.agent == "2")
        #expect(third?.parts == [bytes])
        // Read after it began.
        try take(4, seen: Clock.monotonic)
        #expect(try await spooled(4)?.filing.capture?.agent == "3")
        // By the clock of a machine that was started anew since.
        try take(5, seen: .max)
        #expect(try await spooled(5)?.filing.capture?.agent == "4")
        claim.finish()
        await over
        #expect(count.withLock { $0 } == 4)
        #expect(began != nil)
    }

    @Test func `while a full disk keeps entries from being spooled, their snapshots stay young for gc`() async throws {
        let tree = String(repeating: "a", count: 40)
        let references = folder.path.appending("snapshots/p.git/refs/snapshots")
        try FileSystem.makeDirectories(references)
        let reference = references.appending(tree)
        try reference.overwrite(Array(tree.utf8))
        func modified() throws -> Int64 { try FileStatus(of: reference).modified }
        var aging = try ChildProcess(
            "/usr/bin/touch", arguments: ["touch", "-d", "2 days ago", reference.string], environment: [])
        try #require(try aging.end() == .exited(0))
        try #require(try Clock.now - modified() > 86_400_000_000_000)
        var made = MadeCapture(TrialCapture(began: .now, agent: "1"))
        made.record.snapshot = Snapshot(tree: tree, store: "p", host: "h", began: .now, files: 1, size: 1)
        let capture = made
        let ground = try CaptureGround()
        let subject = ground.subject()
        let isFull = Mutex(true)
        let spool = try Spool(in: folder.path) { (_: borrowing OwnedDescriptor) throws(SystemCallError) in
            if isFull.withLock({ $0 }) { throw SystemCallError(call: "fdatasync", subject: nil, errno: .noSpace) }
        }
        let clock = ManualClock()
        let stage = CaptureStage(
            capture: { _ in capture }, look: { _ in SourcesLook() }, subject: { _, _ in subject },
            writers: { $0.map { _ in InferredWriter() } }, receipt: { _ in nil },
            claims: try Claims(in: folder.path, on: BlockingExecutor("test")), spool: spool,
            parts: try WaitingParts(in: folder.path), clock: clock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, progress: CaptureProgress(),
            waits: DiskWaits())
        let (claimed, claim) = AsyncStream.makeStream(of: [ClaimedRun].self)
        claim.yield([
            ClaimedRun(
                sequence: 1, place: MarkerPlace(project: "/p", path: "1.run"), backend: "here",
                filing: try filing("run 1"), wish: CaptureWish(code: [], seen: 0))
        ])
        claim.finish()
        async let over: Void = stage.run(claimed)
        // It sleeps until the next try.
        for await _ in clock.sleeps { break }
        #expect(try Clock.now - modified() < 60_000_000_000)
        #expect(try await spool.everything().isEmpty)
        isFull.withLock { $0 = false }
        clock.advance(by: .seconds(1))
        await over
        #expect(try await spool.everything().count == 1)
    }
}
