import Glibc
import Logging
import SystemCalls
import SystemPackage
import Testing

@testable import TrialAgent

/// A project in a directory of its own, a watcher over it, and what the watcher has told.
final class WatchedSandbox: Sendable {
    let directory: FilePath
    let project: FilePath
    let thread: EventThread
    let watcher: Watcher
    let told = Told()

    /// Makes the project; `prepare` fills it before the watcher sees it.
    init(
        markers: MarkerPatterns = .standard, ignore: [String] = [], isThere: Bool = true,
        pollInterval: Duration = .seconds(5), clock: any _Concurrency.Clock<Duration> = .continuous,
        isOnNetwork: Bool = false,
        prepare: (FilePath) throws -> Void = { _ in }
    ) throws {
        // In memory, where there is such a place: tens of thousands of files are made and removed.
        let base: FilePath = FileSystem.isPermitted("/dev/shm", writing: true) ? "/dev/shm" : "/tmp"
        directory = base.appending("trialwatch-watching-\(UInt64.random(in: .min ... .max))")
        project = directory.appending("project")
        try FileSystem.makeDirectories(isThere ? project : directory)
        try prepare(project)
        thread = try EventThread()
        let rules = try ignore.compactMap { line throws in try IgnoreRules.Rule(line) }
        let folder = WatchedFolder(
            project: project, markers: markers, ignore: IgnoreRules(adding: rules), pollInterval: pollInterval)
        watcher = Watcher(
            [folder], on: thread, scanningEvery: .seconds(3600),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, clock: clock, jitter: { 0.5 },
            isOnNetwork: { _ in isOnNetwork },
            sink: { [told] in await told.take($0) })
    }

    deinit {
        try? FileSystem.removeTree(directory)
    }

    /// Runs the watcher while `body` does its work.
    func watching(startingThread: Bool = true, _ body: () async throws -> Void) async throws {
        if startingThread { try thread.start() }
        let watcher = watcher
        async let running: Void = watcher.run()
        defer { thread.stop() }
        if startingThread { await watcher.settled() }
        try await body()
        thread.stop()
        try await running
    }

    /// Everything that has happened so far has been told, and no scan is wanted.
    func settle() async { await watcher.settled() }

    func write(_ path: String, _ content: String = "") throws {
        let file = project.appending(path)
        try OwnedDescriptor(opening: file, .writeOnly, options: [.create, .truncate]).write(Array(content.utf8))
    }

    func make(_ path: String) throws { try FileSystem.makeDirectories(project.appending(path)) }

    /// Makes a folder below one that is there, as fast as a program in C would.
    func quicklyMake(_ path: String) throws {
        let made = mkdir("\(project.string)/\(path)", 0o700)
        try #require(made == 0)
    }

    /// Makes an empty file, as fast as a program in C would.
    func quicklyWrite(_ path: String) throws {
        let file = open("\(project.string)/\(path)", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        try #require(file >= 0)
        close(file)
    }

    func quicklyRemove(_ path: String) throws {
        let removed = unlink("\(project.string)/\(path)")
        try #require(removed == 0)
    }

    func rename(_ old: String, to new: String) throws {
        try FileSystem.rename(project.appending(old), to: project.appending(new))
    }
}

/// What a watcher has told.
actor Told {
    private(set) var sightings: [Sighting] = []
    private var waiting: [(kind: Sighting.Kind, path: String, told: AsyncStream<Void>.Continuation)] = []

    func take(_ batch: [Sighting]) {
        sightings += batch
        for (index, waiter) in waiting.enumerated().reversed()
        where batch.contains(where: { $0.kind == waiter.kind && $0.path.string == waiter.path }) {
            waiting.remove(at: index).told.finish()
        }
    }

    /// Waits until this was told, or the task is cancelled.
    func wait(for kind: Sighting.Kind, _ path: String) async {
        if sightings.contains(where: { $0.kind == kind && $0.path.string == path }) { return }
        let (moments, moment) = AsyncStream.makeStream(of: Void.self)
        waiting.append((kind, path, moment))
        for await _ in moments {}
    }

    func forget() { sightings = [] }

    /// The kinds that were told of a path, in order.
    func kinds(_ path: String) -> [Sighting.Kind] { sightings.filter { $0.path.string == path }.map(\.kind) }

    /// The paths of which anything was told.
    var paths: Set<String> { Set(sightings.map(\.path.string)) }

    /// The paths of which anything was told but that they are gone.
    var present: Set<String> { Set(sightings.lazy.filter { $0.kind != .deleted }.map(\.path.string)).subtracting([""]) }
}
