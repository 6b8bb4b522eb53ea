import Logging
import Synchronization
import SystemCalls
import SystemPackage
import TestFiles
import Testing

@testable import TrialAgent

@Suite struct WatchSetTests {
    private final class Volume: Sendable {
        let error = Mutex<Errno?>(nil)
    }

    @Test func `a folder that cannot be looked into for good asks for one scan, not for one each look`() throws {
        let directory = try TemporaryDirectory()
        let project = directory.path
        try FileSystem.makeDirectories(project.appending("a/b"))
        let volume = Volume()
        var watches = WatchSet(
            thread: try EventThread(), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            isOnNetwork: { (_) throws(SystemCallError) in
                if let errno = volume.error.withLock({ $0 }) {
                    throw SystemCallError(call: "fstatfs", subject: nil, errno: errno)
                }
                return true
            })
        watches.replace([WatchedFolder(project: project, markers: .standard, ignore: IgnoreRules(adding: []))])
        func scan() throws {
            let wanted = watches.nextWanted()
            let next = try #require(wanted)
            let begun = watches.beginScan(of: next)
            var scan = try #require(begun)
            while !scan.isOver { _ = watches.advance(&scan, by: 10) }
            watches.sweep(scan)
            watches.scanned = nil
        }
        func look() throws {
            let begun = watches.beginPoll(of: project)
            var look = try #require(begun)
            while !look.isOver { _ = watches.advance(&look, by: 10) }
        }
        try scan()
        try look()
        #expect(watches.wanted.isEmpty)

        for errno in [Errno.ioError, .resourceBusy] {
            volume.error.withLock { $0 = errno }
            watches.projects[project]?.isNetwork = [:]
            try look()
            #expect(watches.wanted == [project])
            try scan()
            for _ in 0..<3 { try look() }
            #expect(watches.wanted.isEmpty)
        }

        volume.error.withLock { $0 = nil }
        try look()
        #expect(watches.projects[project]?.unreadable == [:])
    }

    @Test func `of folders that are looked into those that do not answer are left out until they do`() throws {
        let directory = try TemporaryDirectory()
        let project = try FileSystem.resolve(directory.path)
        for name in ["a", "b", "c"] {
            try FileSystem.makeDirectories(project.appending(name))
            let file = project.appending(name).appending("x.run")
            _ = try OwnedDescriptor(opening: file, .writeOnly, options: [.create])
        }
        let server = Server(isUp: try EventDescriptor())
        let dead = try FileStatus(of: project.appending("b")).inode
        var watches = WatchSet(
            thread: try EventThread(), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            isOnNetwork: { (folder) throws(SystemCallError) in
                if try folder.status().inode == dead { _ = try server.isUp.descriptor.waitUntilReadable() }
                return true
            },
            answering: AnsweringFolders(
                patience: .milliseconds(50), mounts: { [project.appending("b")] }, ask: { _ in }))
        watches.replace([WatchedFolder(project: project, markers: .standard, ignore: IgnoreRules(adding: []))])
        func scan() throws -> (paths: Set<String>, isComplete: Bool) {
            let begun = watches.beginScan(of: project)
            var (scan, paths) = (try #require(begun), Set<String>())
            while !scan.isOver {
                paths.formUnion(watches.advance(&scan, by: 10).map(\.path.string))
                watches.projects[project]?.isNetwork = [:]
            }
            watches.sweep(scan)
            watches.scanned = nil
            return (paths, scan.isComplete)
        }
        for _ in 0..<2 {
            #expect(try scan() == (["a/x.run", "c/x.run"], false))
            #expect(watches.projects[project]?.unreadable.keys.map(\.string) == ["b"])
        }
        server.isUp.raise()
        let end = ContinuousClock.now + .seconds(20)
        while try !scan().isComplete, ContinuousClock.now < end {}
        #expect(try scan() == (["a/x.run", "b/x.run", "c/x.run"], true))
        #expect(watches.projects[project]?.unreadable == [:])
    }

    private final class Server: Sendable {
        let isUp: EventDescriptor

        init(isUp: consuming EventDescriptor) { self.isUp = isUp }
    }
}
