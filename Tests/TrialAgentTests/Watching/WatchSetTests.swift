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
}
