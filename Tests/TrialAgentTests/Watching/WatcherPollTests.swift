import SystemCalls
import SystemPackage
import Testing

@testable import TrialAgent

/// Folders of which no event tells: here the file system is said to be on the network.
@Suite(.timeLimit(.minutes(1))) struct WatcherPollTests {
    private func networkSandbox(
        clock: any _Concurrency.Clock<Duration> = .continuous, prepare: (FilePath) throws -> Void = { _ in }
    ) throws -> WatchedSandbox {
        try WatchedSandbox(
            pollInterval: .milliseconds(50), clock: clock, isOnNetwork: true, prepare: prepare)
    }

    private func put(_ content: String = "", at path: FilePath) throws {
        try OwnedDescriptor(opening: path, .writeOnly, options: [.create, .truncate]).write(Array(content.utf8))
    }

    @Test func `what is made, written again and removed is told, each once`() async throws {
        let sandbox = try networkSandbox { project in
            try FileSystem.makeDirectories(project.appending("a/b"))
            for name in ["old.run", "a/b/deep.run", "a/left.run"] { try put(at: project.appending(name)) }
        }
        let told = sandbox.told
        try await sandbox.watching {
            let status = await sandbox.watcher.status[sandbox.project]
            #expect(status?.watched == 0)
            #expect(status?.reasons == [.network: 3])
            #expect(await told.sightings.last?.polled == .network)
            await told.forget()

            try sandbox.write("new.run")
            await told.wait(for: .found, "new.run")
            try sandbox.make("fresh/deeper")
            try sandbox.write("fresh/deeper/x.run")
            await told.wait(for: .found, "fresh/deeper/x.run")
            try sandbox.write("a/b/deep.run", "result: 1")
            await told.wait(for: .found, "a/b/deep.run")
            try FileSystem.remove(sandbox.project.appending("old.run"))
            await told.wait(for: .deleted, "old.run")
            try FileSystem.removeTree(sandbox.project.appending("a"))
            await told.wait(for: .folderGone, "a")
            try sandbox.write("last.run")
            await told.wait(for: .found, "last.run")

            let sightings = await told.sightings
            #expect(sightings.allSatisfy { $0.polled == .network })
            let gone = sightings.filter { $0.path.starts(with: "a") && $0.kind != .found }.map(\.kind)
            #expect(gone == [.folderGone], "what is below a folder that is gone goes with it")
            for path in ["new.run", "fresh/deeper/x.run", "a/b/deep.run", "last.run"] {
                #expect(await told.kinds(path) == [.found])
            }
            #expect(await sandbox.watcher.status[sandbox.project]?.polled == 3)
        }
    }

    @Test func `a file that took another's name is told, and so is one that has its size and time`() async throws {
        let sandbox = try networkSandbox { project in
            for name in ["renamed.run", "again.run"] { try put("result: 1", at: project.appending(name)) }
        }
        try await sandbox.watching {
            await sandbox.told.forget()
            try sandbox.write("new.tmp", "result: 2")
            try sandbox.rename("new.tmp", to: "renamed.run")
            await sandbox.told.wait(for: .found, "renamed.run")
            #expect(await sandbox.told.kinds("again.run").isEmpty)
        }
    }

    @Test func `a scan tells what was removed since the last look`() async throws {
        let clock = ManualClock()
        let sandbox = try networkSandbox(clock: clock) { project in
            try FileSystem.makeDirectories(project.appending("a"))
            for name in ["old.run", "a/b.run"] { try put(at: project.appending(name)) }
        }
        try await sandbox.watching {
            try FileSystem.remove(sandbox.project.appending("old.run"))
            try FileSystem.removeTree(sandbox.project.appending("a"))
            await sandbox.watcher.rescan()
            await sandbox.settle()
            #expect(await sandbox.told.kinds("old.run") == [.listed, .deleted])
            #expect(await sandbox.told.kinds("a") == [.folderGone])
        }
    }

    @Test func `looks follow one another at the interval, and none while the folders are held`() async throws {
        let clock = ManualClock()
        let sandbox = try networkSandbox(clock: clock)
        try await sandbox.watching {
            var sleeps = clock.sleeps.makeAsyncIterator()
            var begun: [Duration?] = [await sleeps.next(), await sleeps.next()]
            #expect(Set(begun) == [.seconds(3600), .milliseconds(50)])
            try sandbox.write("a.run")
            clock.advance(by: .milliseconds(49))
            await sandbox.settle()
            #expect(await sandbox.told.kinds("a.run").isEmpty)
            clock.advance(by: .milliseconds(1))
            await sandbox.told.wait(for: .found, "a.run")
            begun = [await sleeps.next()]

            await sandbox.watcher.hold()
            try sandbox.write("b.run")
            clock.advance(by: .seconds(1))
            begun = [await sleeps.next()]
            #expect(await sandbox.told.kinds("b.run").isEmpty)
            await sandbox.watcher.replace([
                WatchedFolder(project: sandbox.project, pollInterval: .milliseconds(50))
            ])
            clock.advance(by: .seconds(1))
            await sandbox.told.wait(for: .found, "b.run")
        }
    }

    @Test func `where every folder has a watch no timer runs but that of the scans`() async throws {
        let clock = ManualClock()
        let sandbox = try WatchedSandbox(pollInterval: .milliseconds(50), clock: clock) { project in
            try FileSystem.makeDirectories(project.appending("a/b"))
        }
        try await sandbox.watching {
            try sandbox.write("a/b/c.run")
            await sandbox.settle()
            #expect(clock.sleeping == [.seconds(3600)])
        }
    }

    @Test func `a root that goes away deletes nothing, and is polled again when it is back`() async throws {
        let sandbox = try networkSandbox { project in try put(at: project.appending("old.run")) }
        let away = sandbox.directory.appending("away")
        try await sandbox.watching {
            try FileSystem.rename(sandbox.project, to: away)
            while await sandbox.watcher.status[sandbox.project]?.missing == nil { await Task.yield() }
            #expect(await sandbox.told.kinds("old.run") == [.listed])
            try FileSystem.rename(away, to: sandbox.project)
            await sandbox.watcher.rescan()
            await sandbox.settle()
            try sandbox.write("new.run")
            await sandbox.told.wait(for: .found, "new.run")
            #expect(await !sandbox.told.sightings.contains { $0.kind == .deleted || $0.kind == .folderGone })
        }
    }
}
