import Synchronization
import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials

@testable import TrialAgent

/// What a server had acknowledged and lost is filed again.
@Suite struct `The filer of a store whose server may lose what it acknowledged` {
    let rig: FilerRig

    init() throws { rig = try FilerRig() }

    private var done: [String] {
        get throws {
            let folder = DoneEntries.folder(of: "here", in: rig.new.removingLastComponent().appending("done"))
            return try folder.names().sorted()
        }
    }

    @Test func `keeps what was acknowledged, and files again what another server lacks, under its number`()
        async throws
    {
        await rig.writer.becomes("first")
        try await rig.spool.append([
            entry(1, "a"), entry(2, "b", isOpen: true), entry(3, "c", isOpen: true), entry(4, "c", revision: 2),
        ])
        try await rig.run { filer in
            try await filer.flush(within: .seconds(60))
            #expect(try rig.new.names().isEmpty)
            #expect(try done.count == 4)
            let (b, c) = (try runKey("b"), try runKey("c"))
            await rig.writer.becomes("second", losing: [b: 1, c: 2])
            #expect(await rig.writer.held.count == 2)
            // The store says once that it is another one.
            let isTold = Mutex(false)
            await rig.writer.whenCalled { _ in
                isTold.withLock { told in
                    defer { told = true }
                    return told ? nil : .away
                }
            }
            try await rig.spool.append([entry(5, "b", revision: 2)])
            // Met by whichever of the two passes comes first.
            _ = await rig.hindrance(within: .seconds(60))
            try await filer.flush(within: .seconds(60))
        }
        #expect(await rig.writer.held[try runKey("b")]?.number == 2)
        #expect(await rig.writer.revisions(of: try runKey("b")) == [1, 2])
        #expect(await rig.writer.revisions(of: try runKey("c")) == [1, 2])
    }

    @Test func `asks after its own start what the store lacks`() async throws {
        await rig.writer.becomes("first")
        try await rig.spool.append([entry(1, "a"), entry(2, "b"), entry(3, "c")])
        try await rig.run { try await $0.flush(within: .seconds(60)) }
        let (a, b) = (try runKey("a"), try runKey("b"))
        await rig.writer.becomes("first", losing: [a: 1, b: 1])
        let again = try FilerRig(after: rig)
        try await again.run { try await $0.flush(within: .seconds(60)) }
        #expect(await rig.writer.held[a]?.number == 1)
        #expect(await rig.writer.held[b]?.number == 2)
        #expect(await rig.writer.calls.filter { $0 == "restore" }.count == 2)
        let notes = await again.notes()
        #expect(notes.contains { $0.contains("had lost 2 filings that it had acknowledged; they are filed again") })
    }

    @Test func `gives a trial another number, and says so, when its own is another's by now`() async throws {
        await rig.writer.becomes("first")
        try await rig.spool.append([entry(1, "a")])
        try await rig.run { filer in
            try await filer.flush(within: .seconds(60))
            await rig.writer.becomes("second", losing: [try runKey("a"): 1])
            _ = try await rig.writer.file([try filing("other")])
        }
        let again = try FilerRig(after: rig)
        try await again.run { try await $0.flush(within: .seconds(60)) }
        #expect(await rig.writer.held[try runKey("a")]?.number == 2)
        #expect(await again.notes().contains { $0.contains("its number is another's now") })
    }

    @Test func `keeps nothing for a store that loses nothing, and lets go of what is too old`() async throws {
        try await rig.spool.append([entry(1, "a")])
        try await rig.run { try await $0.flush(within: .seconds(60)) }
        #expect(try FileStatus.ifPresent(rig.new.removingLastComponent().appending("done/x")) == nil)
        let folder = try TemporaryDirectory()
        let packs = folder.path.appending("packs")
        var kept = try DoneEntries(of: "here", in: folder.path, packs: packs)
        for (number, time) in [(1, 0), (2, DoneEntries.longest), (3, DoneEntries.longest + 1)] {
            let file = try folder.file("\(number)", "bytes")
            try kept.take(entry(number, "run \(number)").name, number, from: file, at: time)
        }
        #expect(kept.entries.map(\.number) == [2, 3])
        #expect(try DoneEntries(of: "here", in: folder.path, packs: packs).entries.map(\.number).sorted() == [2, 3])
    }
}
