import BackendTesting
import LocalBackend
import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials

/// What another process writes into a pickle that has just been replaced.
@Suite(.enabled(if: FileSystem.isPermitted("/usr/bin/python3", executing: true), "no Python"))
struct ReplacedPickleTests {
    let store: LocalStore
    init() throws { store = try LocalStore() }

    /// A process that has found the pickle by its name, and opens it to write to it only when it is told to: `O_PATH` is
    /// as far as open(2) comes before it asks for leases.
    private func opener() throws -> Script {
        let program = """
            import os, sys
            found = os.open(sys.argv[1], os.O_PATH)
            print('found', flush=True)
            input()
            file = open('/proc/self/fd/%d' % found, 'wb')
            print('opened', flush=True)
            input()
            file.write(b'what Python says.')
            file.close()
            print('closed', flush=True)
            input()
            """
        let path = store.directory.appending("opener.py")
        try OwnedDescriptor(opening: path, .writeOnly, options: .create).write(Array(program.utf8))
        let script = try Script("exec /usr/bin/python3 '\(path)' '\(store.pickle)'")
        #expect(try script.line() == "found")
        return script
    }

    private func replaced() throws -> [FilePath] {
        let own = store.folder.appending("trialwatch")
        return try FileSystem.entries(of: own).filter { $0.name.string.hasPrefix("replaced-") }.map {
            own.appending($0.name)
        }
    }

    /// Files a success, then takes it back: that has the pickle written whole.
    private func replace(_ backend: LocalBackend) async throws {
        let run = SampleRun(1)
        _ = try await backend.file([
            run.filing(revision: 2, outcome: Outcome(state: .aborted, finished: SampleRun.time(90)))
        ])
        try await backend.synchronize()
    }

    private func begun() async throws -> LocalBackend {
        let backend = store.backend()
        _ = try await backend.prepare()
        _ = try await backend.file([SampleRun(1).filing(outcome: SampleRun.success())])
        try await backend.synchronize()
        return backend
    }

    private func opened(_ child: borrowing Script) throws {
        try child.goOn()
        #expect(try child.line() == "opened")
    }

    private func closed(_ child: borrowing Script) throws {
        try child.goOn()
        #expect(try child.line() == "closed")
    }

    @Test func `what a process writes that found the pickle before it was replaced is kept, and said`() async throws {
        let backend = try await begun()
        let child = try opener()
        let place = try FileStatus(of: store.pickle).inode
        try await replace(backend)
        let new = try store.bytes(store.pickle)
        #expect(try FileStatus(of: store.pickle).inode != place)
        try opened(child)
        // As long as it writes there is nothing to take over.
        #expect(try await backend.reconcile(SampleRun(1).experiment) == [])
        try closed(child)
        let path = try #require(try replaced().first)
        let notices = try await backend.reconcile(SampleRun(1).experiment)
        #expect(notices.contains { $0.text.contains(path.string) })
        #expect(try store.bytes(path) == Array("what Python says.".utf8))
        #expect(try store.bytes(store.pickle) == new)
    }

    @Test func `it is found by the next process, when the one that replaced the pickle was killed`() async throws {
        var child: Script
        do {
            let backend = try await begun()
            child = try opener()
            try await replace(backend)
            // While somebody looks after it, nobody else does.
            _ = try await store.backend().prepare()
            #expect(try replaced().count == 1)
        }
        try opened(child)
        try closed(child)
        let next = store.backend()
        _ = try await next.prepare()
        let path = try #require(try replaced().first)
        #expect(try await next.reconcile(SampleRun(1).experiment).contains { $0.text.contains(path.string) })
        _ = consume child
    }

    @Test func `a replaced pickle that nobody wrote to goes`() async throws {
        do { try await replace(try await begun()) }
        #expect(try replaced().count == 1)
        let next = store.backend()
        _ = try await next.prepare()
        // Its time is counted anew.
        #expect(try replaced().count == 1)
        do {
            let writer = try OwnedDescriptor(
                opening: try #require(try replaced().first), .writeOnly, options: .truncate)
            #expect(try await next.reconcile(SampleRun(1).experiment) == [])
            #expect(try replaced().count == 1)
            try writer.close()
        }
        // Opened, and nothing written.
        #expect(try await next.reconcile(SampleRun(1).experiment) == [])
        #expect(try replaced() == [])
    }

    @Test func `of a pickle with a deleted trial nothing stays but what another process writes`() async throws {
        let backend = try await begun()
        let child = try opener()
        try await backend.delete([SampleRun(1).reference(1)])
        #expect(try replaced() == [])
        try opened(child)
        try closed(child)
        let notices = try await backend.reconcile(SampleRun(1).experiment)
        let path = try #require(try replaced().first)
        #expect(notices.contains { $0.text.contains(path.string) })
        #expect(try store.bytes(path) == Array("what Python says.".utf8))
    }
}
