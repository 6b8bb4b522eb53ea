import BackendTesting
import LocalBackend
import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials

/// The pickle of local files is gone on with in place.
@Suite struct PickleSpliceTests {
    let store: LocalStore
    init() throws { store = try LocalStore() }

    private func file(_ filings: [Filing], in backend: LocalBackend) async throws {
        _ = try await backend.file(filings)
        try await backend.synchronize()
    }

    private func filed(_ number: Int) -> Filing { SampleRun(number).filing(outcome: SampleRun.success()) }

    private func inode() throws -> UInt64 { try FileStatus(of: store.pickle).inode }

    private func put(_ bytes: [UInt8]) throws {
        try OwnedDescriptor(opening: store.pickle, .writeOnly, options: .truncate).write(bytes)
    }

    @Test func `what is new is written behind the pickle that is there`() async throws {
        let backend = store.backend()
        try await file([filed(1)], in: backend)
        for number in 2...9 {
            let (before, place) = (try store.bytes(store.pickle), try inode())
            try await file([filed(number)], in: number.isMultiple(of: 3) ? store.backend() : backend)
            let after = try store.bytes(store.pickle)
            #expect(try inode() == place)
            #expect(after[..<(before.count - 1)] == before[..<(before.count - 1)])
            #expect(after[before.count - 1] == UInt8(ascii: "(") && after.count < before.count + 1500)
        }
    }

    @Test func `a pickle with nothing new is not touched`() async throws {
        try await file([filed(1)], in: store.backend())
        let status = try FileStatus(of: store.pickle)
        try await store.backend().synchronize()
        _ = try await store.backend().prepare()
        #expect(try FileStatus(of: store.pickle) == status)
    }

    /// How much of what is new was written when the process was killed: bytes from its beginning, or from its end.
    @Test(arguments: [1, 200, -1, 0])
    func `what a kill left behind the end is ours, and is cut off when the pickle is gone on with`(_ cut: Int)
        async throws
    {
        let backend = store.backend()
        try await file([filed(1)], in: backend)
        let before = try store.bytes(store.pickle)
        try await file([filed(2)], in: backend)
        let after = try store.bytes(store.pickle)
        var stage = Array(after[..<(cut > 0 ? before.count + cut : after.count + cut)])
        stage[before.count - 1] = UInt8(ascii: ".")
        try put(stage)
        let next = store.backend()
        #expect(try await next.prepare().notices == [])
        let place = try inode()
        #expect(try await next.file([filed(3)]).map(\.number) == [3])
        try await next.synchronize()
        let mended = try store.bytes(store.pickle)
        #expect(try inode() == place)
        #expect(mended[..<(before.count - 1)] == before[..<(before.count - 1)])
        // Both trials are in it, and nothing of the torn attempt stays.
        #expect(mended.count > after.count && mended.count < after.count + 1000)
        #expect(mended[before.count - 1] == UInt8(ascii: "(") && mended[before.count] == UInt8(ascii: "1"))
    }

    @Test func `a pickle whose end somebody changed is not gone on with, but written anew`() async throws {
        let backend = store.backend()
        try await file([filed(1)], in: backend)
        try await file([filed(2)], in: backend)
        var bytes = try store.bytes(store.pickle)
        let end = bytes.count - 100
        bytes[end] ^= 1
        try put(bytes)
        let place = try inode()
        let next = store.backend()
        #expect(try await next.file([filed(3)]).map(\.number) == [3])
        try await next.synchronize()
        #expect(try inode() != place)
        #expect(try await next.experiments().map(\.lastNumber) == [3])
    }

    @Test func `a pickle that outgrew what it was when written whole is written whole`() async throws {
        let backend = store.backend()
        try await file([filed(1)], in: backend)
        let first = try inode()
        var replaced = 0
        var largest: Int64 = 0
        var number = 2
        while replaced < 2 {
            let (place, size) = (try inode(), try FileStatus(of: store.pickle).size)
            largest = max(largest, size)
            try await file((number..<(number + 500)).map(filed), in: backend)
            number += 500
            if try inode() != place { replaced += 1 }
            try #require(number < 20_000)
        }
        // At first it may grow by 1 MiB, then to twice its size.
        #expect(largest > 2 << 20 && first > 0)
    }

    @Test func `a pickle that somebody has open is left alone, said to lag, and gone on with afterwards`() async throws
    {
        let backend = store.backend()
        try await file([filed(1)], in: backend)
        #expect(await backend.pickleLag() == nil)
        let before = try store.bytes(store.pickle)
        let place = try inode()
        do {
            let writer = try OwnedDescriptor(opening: store.pickle, .readWrite)
            guard try OwnedDescriptor(opening: store.pickle, .readOnly).isOpenForWriting() != nil else { return }
            let error = await #expect(throws: StoreError.self) { try await file([filed(2)], in: backend) }
            #expect(error?.isTransient == true)
            #expect(await backend.pickleLag() != nil)
            // Not even after many attempts is a file replaced that somebody may be about to write to.
            for _ in 0..<8 { _ = try await store.backend().prepare() }
            #expect(try writer.status().size == before.count)
        }
        #expect(try store.bytes(store.pickle) == before)
        try await backend.synchronize()
        #expect(await backend.pickleLag() == nil)
        #expect(try inode() == place)
        #expect(try store.bytes(store.pickle).count > before.count)
    }

    @Test func `whoever keeps a pickle open to read it keeps nobody from what is new`() async throws {
        let backend = store.backend()
        try await file([filed(1)], in: backend)
        let before = try store.bytes(store.pickle)
        let place = try inode()
        let reader = try OwnedDescriptor(opening: store.pickle, .readOnly)
        let keeping = Task { await backend.keepCurrent(within: .milliseconds(1)) }
        _ = try await backend.file([filed(2)])
        while try inode() == place { await Task.yield() }
        // He has what he opened, and others see all.
        #expect(try reader.readToEnd(limit: 1 << 20) == before)
        while await backend.pickleLag() != nil { await Task.yield() }
        keeping.cancel()
        await keeping.value
        #expect(try store.bytes(store.pickle).count > before.count)
    }

    @Test func `a long running series costs its new points only, and beyond the longest it waits`() async throws {
        let backend = store.backend()
        let run = SampleRun(1)
        func grow(_ revision: Int, _ first: Int, _ count: Int) async throws -> Int64 {
            let size = try FileStatus.ifPresent(store.pickle)?.size ?? 0
            let values = (first..<(first + count)).map { Double($0) }
            try await file(
                [run.filing(revision: revision, metrics: [SampleRun.piece("loss", at: first, values)])], in: backend)
            return try FileStatus(of: store.pickle).size - size
        }
        let first = try await grow(1, 0, 9000)
        let place = try inode()
        #expect(try await grow(2, 9000, 10) < 2500)
        #expect(try await grow(3, 9010, 990) < first / 8)
        // All 10,000 that a pickle has of one series are there.
        for revision in 4...8 { #expect(try await grow(revision, 10_000 + (revision - 4) * 10, 10) < 500) }
        // Twice as many are shown thinned.
        #expect(try await grow(9, 10_050, 9_950) > first / 2 || inode() != place)
        #expect(try await grow(10, 20_000, 10) < 500)
    }
}
