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
    let claims: Claims
    let disk = FailingDisk()
    /// Fails when what was begun cannot be finished.
    let spool = FailingDisk()
    let waits = DiskWaits { Timestamp(nanoseconds: 5) }
    let desk: MarkerDesk

    init() async throws {
        folder = try TemporaryDirectory()
        let (state, root) = (folder.path.appending("state"), folder.path.appending("project"))
        for folder in [state, root] { try FileSystem.makeDirectories(folder) }
        project = WatchedProject(
            root: root, experiment: MarkerStory.experiment, backend: "here", owners: [User.currentIdentifier],
            backfill: true)
        let executor = BlockingExecutor("test")
        claims = try Claims(in: state, on: executor, synchronizeContent: disk.synchronize)
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
