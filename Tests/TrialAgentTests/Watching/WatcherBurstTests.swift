import SystemCalls
import SystemPackage
import Testing

@testable import TrialAgent

@Suite(.timeLimit(.minutes(2)), .serialized) struct WatcherBurstTests {
    // Without the optimizer a path costs sixty times as much, and there is no time for 20,000 markers.
    #if DEBUG
        private static let folders = 150
    #else
        private static let folders = 4000
    #endif

    @Test func `of the markers in folders that are made at the same moment none is missed`() async throws {
        let sandbox = try WatchedSandbox()
        var expected: Set<String> = []
        try await sandbox.watching {
            for number in 0..<Self.folders {
                for folder in ["", "/a", "/a/b", "/a/b/c"] { try sandbox.quicklyMake("\(number)\(folder)") }
                for file in 0..<5 {
                    let path = "\(number)/a/b/c/\(file).run"
                    try sandbox.quicklyWrite(path)
                    expected.insert(path)
                }
            }
            await sandbox.settle()
            #expect(await sandbox.told.present == expected)
            #expect(await sandbox.watcher.status[sandbox.project]?.watched == Self.folders * 4 + 1)
        }
    }

    @Test func `what the kernel forgets when its queue runs over is found by a scan`() async throws {
        let sandbox = try WatchedSandbox { project in
            _ = try OwnedDescriptor(opening: project.appending("first.run"), .writeOnly, options: .create)
        }
        var expected: Set<String> = ["first.run"]
        // The thread does not read yet: the kernel's queue of 16,384 events runs over.
        try await sandbox.watching(startingThread: false) {
            await sandbox.told.wait(for: .listed, "first.run")
            for _ in 0..<6000 {
                try sandbox.quicklyWrite("filler")
                try sandbox.quicklyRemove("filler")
            }
            for number in 0..<300 {
                try sandbox.quicklyMake("\(number)")
                for file in 0..<5 {
                    let path = "\(number)/\(file).run"
                    try sandbox.quicklyWrite(path)
                    expected.insert(path)
                }
            }
            try sandbox.thread.start()
            await sandbox.settle()
            #expect(await sandbox.told.present == expected)
            #expect(await sandbox.told.sightings.last?.kind == .scanCompleted)
            await sandbox.told.forget()
            try sandbox.write("299/later.run")
            await sandbox.settle()
            #expect(await sandbox.told.kinds("299/later.run") == [.created, .closedAfterWrite])
        }
    }

    @Test func `what is made while the first scan goes on is told as new`() async throws {
        let sandbox = try WatchedSandbox { project in
            for number in 0..<500 { try FileSystem.makeDirectories(project.appending("\(number)/sub")) }
        }
        try await sandbox.watching(startingThread: false) {
            try sandbox.thread.start()
            var names: [String] = []
            for number in 0..<200 {
                let name = "made-\(number)"
                try sandbox.quicklyMake(name)
                try sandbox.quicklyWrite("\(name)/a.run")
                names.append("\(name)/a.run")
            }
            await sandbox.settle()
            let told = await sandbox.told.sightings
            let end = try #require(told.firstIndex { $0.kind == .scanCompleted })
            let listed = Set(told[..<end].filter { $0.kind == .listed }.map(\.path.string))
            let live = Set(told[..<end].filter { $0.kind != .listed }.map(\.path.string))
            // A folder may have been made before its parent was watched; but then nothing was ever told of it as new.
            for name in names where listed.contains(name) {
                #expect(live.contains(name) || !told.contains { $0.kind == .found && $0.path.string == name })
            }
            #expect(await sandbox.told.present.isSuperset(of: names))
        }
    }
}
