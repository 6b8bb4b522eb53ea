import Logging
import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials

@testable import TrialAgent

/// A desk over a project in a folder of its own; what it claims goes nowhere.
final class DeskGround: Sendable {
    private let folder: TemporaryDirectory
    private let project: WatchedProject
    let state: FilePath
    var root: FilePath { project.root }
    let claims: Claims
    let disk = FailingDisk()
    /// Fails when what was begun cannot be finished.
    let spool = FailingDisk()
    let waits = DiskWaits { Timestamp(nanoseconds: 5) }
    let desk: MarkerDesk

    /// With a poll interval the project's folders are told to have no watch; without `backfill` its first scan is not over.
    init(
        pollInterval: Duration? = nil, backfill: Bool = true, keeping rows: Int = ClaimIndex.rowsKept
    ) async throws {
        folder = try TemporaryDirectory()
        state = folder.path.appending("state")
        let root = folder.path.appending("project")
        for folder in [state, root] { try FileSystem.makeDirectories(folder) }
        project = WatchedProject(
            root: root, experiment: MarkerStory.experiment, backend: "here", owners: [User.currentIdentifier],
            backfill: backfill,
            folder: pollInterval.map { WatchedFolder(project: root, pollInterval: $0) })
        let executor = BlockingExecutor("test")
        claims = try Claims(in: state, on: executor, keeping: rows, synchronizeContent: disk.synchronize)
        desk = MarkerDesk(
            claims: claims, parts: try WaitingParts(in: state), on: executor, state: state, settle: .milliseconds(1),
            host: "box", decoder: MarkerDecoder { _ in 0 }, processes: ProcessSearch(boot: try Clock.bootIdentifier()),
            logger: .silent, waits: waits,
            room: { [spool] () async throws(AgentError) in
                if spool.isFailing { throw AgentError(.spooling, "spool", "no space left", isTransient: true) }
            }, outputs: MarkerDesk.Outputs(claimed: { _ in }, told: { _ in }))
        try await desk.watch(project)
    }

    /// Renames a version into its place, and lets the desk claim it.
    func version(_ text: String, at path: FilePath = "a.run") async throws {
        try DurableFile.write(Array(text.utf8), to: project.root.pushing(path))
        let place = MarkerPlace(project: project.root, path: path)
        let reading = try MarkerReader(owners: project.owners).read(place, askingForWriters: false)
        let sighting = Sighting(project: project.root, path: path, kind: .renamedIn)
        await desk.take([Sighted(sighting: sighting, reading: reading)], at: .now)
    }

    /// Lets the desk know once more of a marker, as it is now.
    func seen(_ path: FilePath, _ kind: Sighting.Kind) async throws {
        let place = MarkerPlace(project: project.root, path: path)
        let reading = try MarkerReader(owners: project.owners).read(place, askingForWriters: false)
        let sighting = Sighting(project: project.root, path: path, kind: kind)
        await desk.take([Sighted(sighting: sighting, reading: kind == .listed ? nil : reading)], at: .now)
    }

    /// Writes a marker in place, and lets the desk know that it was found in a folder of which no event tells.
    func found(
        _ text: String, at path: FilePath = "a.run", polled: PolledFolder.Reason, _ now: ContinuousClock.Instant
    ) async throws {
        try write(text, at: path)
        let sighting = Sighting(project: project.root, path: path, kind: .found, polled: polled)
        await desk.take([Sighted(sighting: sighting)], at: now)
    }

    /// Writes a marker in place.
    func write(_ text: String, at path: FilePath = "a.run") throws {
        try OwnedDescriptor(opening: project.root.pushing(path), .writeOnly, options: [.create, .truncate])
            .write(Array(text.utf8))
    }

    /// Opens a marker for writing.
    func open(_ path: FilePath = "a.run") throws -> OwnedDescriptor {
        try OwnedDescriptor(opening: project.root.pushing(path), .writeOnly)
    }

    /// The only run that is open.
    func run() async throws -> RunRecord {
        let open = await claims.open
        try #require(open.count == 1)
        return try #require(open.first)
    }
}

extension Logger {
    /// One that says nothing.
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}
