import BackendTesting
import Bytes
import Mongo
import MongoBackend
import ProgramTesting
import SystemPackage
import TestFiles
import Testing
import Trials

/// Large pieces in a MongoDB: none is lost that a trial has, and none stays that no trial has.
@Suite(.enabled(if: MongoServer.isWanted, Comment(rawValue: MongoServer.advice)))
struct MongoPartsTests {
    private static func part(_ size: Int, _ role: PartReference.Role = .artifact) -> (PartReference, [UInt8]) {
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 ^ ($0 >> 8)) }
        return (PartReference(digest: SHA256.digest(of: bytes).hex, size: size, role: role, name: "a"), bytes)
    }

    private static func count(_ collection: String, _ store: MongoStore) throws -> Int? {
        try store.run(["count": .string(collection)])["n"]?.int
    }

    /// The store by way of a proxy, whose requests can be held.
    private static func proxied(
        _ store: MongoStore, in folder: TemporaryDirectory, _ timeouts: MongoTimeouts = MongoTimeouts()
    ) throws -> (CuttingProxy, MongoBackend) {
        let socket = store.server.folder.appending("mongodb-\(store.server.port).sock")
        let proxy = try CuttingProxy(to: socket, at: folder.path.appending("proxy.sock"))
        let path = proxy.path.string.split(separator: "/").joined(separator: "%2F")
        let database = store.address.split(separator: "/").last ?? ""
        let address = try MongoAddress("mongodb://%2F\(path)/\(database)")
        let settings = MongoSettings(address: address, timeouts: timeouts)
        return (proxy, MongoBackend(settings) { SampleRun.time(100) })
    }

    @Test func `a large part goes to GridFS whole, and what interrupted uploads left is swept after a day`()
        async throws
    {
        let store = try MongoStore()
        let backend = try store.backend()
        let bytes = (0..<(3 << 20) + 7).map { UInt8(truncatingIfNeeded: $0 ^ ($0 >> 8)) }
        let part = PartReference(digest: SHA256.digest(of: bytes).hex, size: bytes.count, role: .artifact, name: "a")
        let old = ObjectID(seconds: 1000)
        _ = try store.run([
            "insert": "trialwatch.parts.uploads",
            "documents": [["_id": .objectID(old), "part": "x", "begun": .timestamp(1000, 1)]],
        ])
        _ = try store.run([
            "insert": "trialwatch.parts.chunks",
            "documents": [["files_id": .objectID(old), "n": 0, "data": .binary([1])]],
        ])
        try await backend.store(part, from: .bytes(bytes))
        let run = SampleRun(1)
        #expect(try await backend.file([run.filing(parts: [part])]).map(\.number) == [1])
        #expect(try await backend.part(part, of: run.reference(1)) == bytes)
        func count(_ collection: String) throws -> Int? { try Self.count(collection, store) }
        #expect(try count("trialwatch.parts.chunks") == 14)
        _ = try await backend.prepare()
        #expect(try count("trialwatch.parts.chunks") == 13)
        let wrong = PartReference(
            digest: String(part.digest.reversed()), size: bytes.count, role: .artifact, name: "b")
        await #expect(throws: StoreError.self) { try await backend.store(wrong, from: .bytes(bytes)) }
        #expect(try count("trialwatch.parts.chunks") == 13)
        try await backend.delete([run.reference(1)])
        #expect(try count("trialwatch.parts.chunks") == 0)
        #expect(try count("trialwatch.parts") == 0 && count("trialwatch.parts.files") == 0)
        #expect(try count("trialwatch.parts.uploads") == 0)
    }

    @Test func `an upload that was given up while it went on keeps nothing, and is made again`() async throws {
        let folder = try TemporaryDirectory()
        let store = try MongoStore()
        let (proxy, slow) = try Self.proxied(store, in: folder)
        let (part, bytes) = Self.part(2 << 20)
        // What describes the file, after all its bytes.
        proxy.hold("uploadDate")
        async let kept: Void = slow.store(part, from: .bytes(bytes))
        #expect(proxy.waitForHold() == .held)
        _ = try store.run([
            "update": "trialwatch.parts.uploads",
            "updates": [["q": [:], "u": ["$set": ["begun": .timestamp(1000, 1)]]]],
        ])
        _ = try await store.backend().prepare()
        #expect(try Self.count("trialwatch.parts.chunks", store) == 0)
        proxy.release()
        do {
            try await kept
            Issue.record("it was kept")
        } catch { #expect((error as? StoreError)?.isTransient == true) }
        #expect(try Self.count("trialwatch.parts", store) == 0)
        try await slow.store(part, from: .bytes(bytes))
        #expect(try await slow.file([SampleRun(1).filing(parts: [part])]).map(\.number) == [1])
        #expect(try await slow.part(part, of: SampleRun(1).reference(1)) == bytes)
    }

    @Test func `deleting that was killed after the tombstone is completed when it is done again`() async throws {
        let folder = try TemporaryDirectory()
        let store = try MongoStore()
        let backend = try store.backend()
        var run = SampleRun(1)
        run.capture = SampleRun.wholeCapture()
        run.capture?.environment[.requirements] = .text(String(repeating: "größe==1\n", count: 100))
        let parts = [Self.part(2 << 20), Self.part(3)]
        for (part, bytes) in parts { try await backend.store(part, from: .bytes(bytes)) }
        #expect(try await backend.file([run.filing(parts: parts.map(\.0))]).map(\.number) == [1])
        let quick = MongoTimeouts(connect: .seconds(5), command: .milliseconds(500))
        let (proxy, killed) = try Self.proxied(store, in: folder, quick)
        proxy.hold("trialwatch_points")
        await #expect(throws: StoreError.self) { try await killed.delete([run.reference(1)]) }
        #expect(try await backend.trial(run.reference(1)) == nil)
        #expect(try Self.count("trialwatch.parts", store) == 2)
        try await backend.delete([run.reference(1)])
        for collection in ["", ".chunks", ".files", ".uploads"] {
            #expect(try Self.count("trialwatch.parts" + collection, store) == 0, "\(collection)")
        }
        #expect(try store.run(["count": "sample", "query": ["category": "trialwatch_text"]])["n"] == 0)
        #expect(try await backend.file([run.filing(revision: 2)]) == [.deleted(run.reference(1))])
    }

    @Test func `a part that goes while a trial with it is filed is asked for again, and is there in the end`()
        async throws
    {
        let folder = try TemporaryDirectory()
        let store = try MongoStore()
        let backend = try store.backend()
        let (part, bytes) = Self.part(3)
        try await backend.store(part, from: .bytes(bytes))
        _ = try await backend.file([SampleRun(1).filing(parts: [part])])
        let (proxy, slow) = try Self.proxied(store, in: folder)
        // The parts have been looked up.
        proxy.hold("findAndModify")
        let filing = SampleRun(2).filing(parts: [part])
        async let answers = slow.file([filing])
        #expect(proxy.waitForHold() == .held)
        try await backend.delete([SampleRun(1).reference(1)])
        proxy.release()
        guard case .refused(let error)? = try await answers.first else {
            Issue.record("it was filed without its part")
            return
        }
        #expect(error.isTransient, "\(error)")
        // As an agent does it, which stores the parts each time.
        try await slow.store(part, from: .bytes(bytes))
        #expect(try await slow.file([filing]).map(\.number) == [2])
        #expect(try await slow.part(part, of: SampleRun(2).reference(2)) == bytes)
    }

    @Test func `a part that somebody was about to remove stays when a trial has it by then`() async throws {
        let folder = try TemporaryDirectory()
        let store = try MongoStore()
        let backend = try store.backend()
        let (part, bytes) = Self.part(2 << 20)
        try await backend.store(part, from: .bytes(bytes))
        _ = try await backend.file([SampleRun(1).filing(parts: [part])])
        let (proxy, slow) = try Self.proxied(store, in: folder)
        // It has found that no other trial has the part.
        proxy.hold("begun")
        async let deleted: Void = slow.delete([SampleRun(1).reference(1)])
        #expect(proxy.waitForHold() == .held)
        try await backend.store(part, from: .bytes(bytes))
        #expect(try await backend.file([SampleRun(2).filing(parts: [part])]).map(\.number) == [2])
        proxy.release()
        try await deleted
        #expect(try await backend.part(part, of: SampleRun(2).reference(2)) == bytes)
        #expect(try Self.count("trialwatch.parts.uploads", store) == 0)
    }
}
