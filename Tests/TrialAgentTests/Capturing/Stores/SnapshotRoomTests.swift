import Logging
import Synchronization
import SystemCalls
import SystemPackage
import TestFiles
import Testing
import YAML

@testable import TrialAgent

@Suite struct SnapshotRoomTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func room(_ most: Int, warnAt share: Double = 0.8, _ lines: Lines) -> SnapshotRoom {
        var limits = StoreLimits()
        limits.maxSize = ByteCount(bytes: most)
        limits.warnAt = share
        let fixed = limits
        return SnapshotRoom(directory.path, limits: { fixed }, logger: lines.logger)
    }

    private func fill(_ name: String, _ bytes: Int) throws {
        let folder = directory.path.appending("p-1.git/objects/pack")
        try FileSystem.makeDirectories(folder)
        try OwnedDescriptor(
            opening: folder.appending(name), .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite
        ).write([UInt8](repeating: 7, count: bytes))
    }

    @Test func `what is there is counted, what is written is added, and the user is warned once`() throws {
        let lines = Lines()
        let room = room(1_000_000, lines)
        room.count()
        #expect(room.bytes == 0 && room.refusal == nil && room.notice == nil)
        try fill("pack-1.pack", 500_000)
        room.count()
        #expect((500_000..<520_000).contains(room.bytes))
        room.add(400_000)
        #expect(room.refusal == nil)
        #expect(room.notice?.hasPrefix("snapshots take 90") == true)
        room.add(1)
        #expect(lines.all.count == 1)
        room.add(200_000)
        #expect(room.refusal?.contains("trialwatch gc") == true)
        #expect(room.refusal?.contains("1.1 MB of the 1.0 MB") == true)
        // What was freed is room again, and the next time is another warning.
        try fill("pack-1.pack", 10)
        room.count()
        #expect(room.refusal == nil && room.notice == nil)
        room.add(900_000)
        #expect(lines.all.count == 2)
    }

    @Test func `no folder takes nothing, and a limit of nothing lets nothing in`() throws {
        let lines = Lines()
        try FileSystem.removeTree(directory.path)
        let room = room(0, lines)
        room.count()
        #expect(room.bytes == 0 && room.refusal != nil)
        #expect(lines.all.count == 1)
    }
}

/// What was logged.
final class Lines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    var logger: Logger { Logger(label: "test") { [self] _ in Handler(lines: self) } }

    private struct Handler: LogHandler {
        let lines: Lines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.notice

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { lines.lines.withLock { $0.append("\(event.message)") } }
    }
}
