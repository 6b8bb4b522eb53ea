import Bytes
import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials

@testable import TrialAgent

/// Packs lie beside their entries, and go where these go.
@Suite struct SpoolPackTests {
    private let ground: TemporaryDirectory
    private var state: FilePath { ground.path }
    private var packs: FilePath { state.appending("spool/packs") }

    init() throws { ground = try TemporaryDirectory() }

    /// An entry with a patch and a pack of these bytes, which was handed over in a file.
    private func entry(
        _ sequence: Int, _ run: String, pack text: String, role: PartReference.Role = .pack, revision: Int = 1
    ) throws -> SpoolEntry {
        let (patch, pack) = (Array("a patch".utf8), Array(text.utf8))
        let handed = SpoolFiles.begun(in: state).appending("pack-\(sequence)")
        try handed.overwrite(pack)
        var filing = try filing(run, revision: revision)
        // The pack comes first: who reads the others must not count it.
        filing.parts = [(pack, role), (patch, .patch)].map { bytes, role in
            PartReference(digest: SHA256.digest(of: bytes).hex, size: bytes.count, role: role, name: role.rawValue)
        }
        filing.capture = TrialCapture(began: Timestamp(nanoseconds: 1), agent: "1")
        filing.capture?.snapshot = Snapshot(
            tree: String(repeating: "a", count: 40), store: "p", host: "h", began: Timestamp(nanoseconds: 1), files: 1,
            size: 1)
        if role == .pack {
            filing.capture?.snapshot?.pack = .whole
            filing.capture?.snapshot?.shared = filing.parts.first
        } else {
            filing.capture?.snapshot?.commits = .init(count: 1, prerequisites: [], bundle: filing.parts.first)
        }
        return SpoolEntry(sequence: sequence, backend: "here", filing: filing, parts: [patch], files: [role: handed])
    }

    private func content(_ source: PartSource?) throws -> String? {
        switch source {
        case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
        case .file(let path): String(decoding: try #require(FilePath(pathBytes: path)).content(), as: UTF8.self)
        case nil: nil
        }
    }

    @Test func `an entry gives back its pack as a file of its own, until it is filed`() async throws {
        let spool = try Spool(in: state)
        let made = try entry(1, "a", pack: "objects")
        try await spool.append([made])
        await spool.removeBegun([try #require(made.files[.pack])])
        #expect(try SpoolFiles.begun(in: state).names().isEmpty)
        let found = try #require(try await spool.everything().first)
        #expect(found.filing == made.filing)
        #expect(try found.sources.map { try content($0.source) } == ["objects", "a patch"])
        #expect(found.sources.map(\.part) == made.filing.parts)
        // After a start, too.
        #expect(try await Spool(in: state).everything().first == found)
        try await spool.remove([made.name], of: "here")
        #expect(try packs.names().isEmpty)
    }

    @Test(arguments: ["rm -f", "truncate -s 3", "sed -i s/o/O/"])
    func `a pack that is not there as it was keeps no trial back, and is told`(damage: String) async throws {
        let spool = try Spool(in: state)
        let made = try entry(1, "a", pack: "objects")
        try await spool.append([made])
        var script = try Script("\(damage) \(packs.appending("\(made.name)"))", in: state)
        #expect(try script.end() == .exited(0))
        let found = try #require(try await spool.everything().first)
        #expect(found.files.isEmpty)
        #expect(found.filing.parts.map(\.role) == [.patch])
        #expect(try found.sources.map { try content($0.source) } == ["a patch"])
        #expect(found.filing.capture?.snapshot?.pack == nil && found.filing.capture?.snapshot?.shared == nil)
        #expect(
            found.filing.facts.problems == [
                "pack was lost on its way to the store: other hosts do not get the project's files"
            ])
    }

    @Test func `a bundle lies beside its entry as a pack does, whole or told to be lost, and goes with it`()
        async throws
    {
        let spool = try Spool(in: state)
        let made = try [(1, "a"), (2, "b"), (3, "c")].map {
            try entry($0, $1, pack: "commits of \($1)", role: .commits)
        }
        try await spool.append(made)
        try await spool.keep([(made[2].name, 7)], of: "here")
        try packs.appending("\(made[1].name).commits").overwrite(Array("other".utf8))
        for name in ["0000000000000009-0000000000000000-1.commits", "x.commits", "\(made[0].name).other"] {
            try packs.appending(name).overwrite([1])
        }
        let again = try Spool(in: state)
        #expect(try packs.names() == made.map { "\($0.name).commits" }.sorted())
        let found = try await again.everything()
        #expect(found.first?.filing == made[0].filing)
        #expect(try content(found.first?.sources.first?.source) == "commits of a")
        let lost = try #require(found.last?.filing)
        #expect(lost.parts.map(\.role) == [.patch] && lost.capture?.snapshot?.commits?.bundle == nil)
        #expect(
            lost.facts.problems == [
                "commits was lost on its way to the store: other hosts do not get the commits that no remote has"
            ])
        try await again.forget([runKey("c")])
        try await again.remove(made[..<2].map(\.name), of: "here")
        #expect(try packs.names().isEmpty)
    }

    @Test func `one that goes before its entry is written keeps no trial back either`() async throws {
        let spool = try Spool(in: state)
        let made = try entry(1, "a", pack: "objects")
        await spool.removeBegun([try #require(made.files[.pack])])
        try await spool.append([made])
        #expect(try await spool.everything().first?.filing.facts.problems.count == 1)
    }

    @Test func `a pack stays while its entry waits, is set aside or kept, and a start sweeps the others`() async throws
    {
        let spool = try Spool(in: state)
        let made = try [(1, "a"), (2, "b"), (3, "c")].map { try entry($0, $1, pack: "objects of \($1)") }
        try await spool.append(made)
        #expect(await spool.setAside(made[1].name, of: "here", reason: "no") == nil)
        try await spool.keep([(made[2].name, 7)], of: "here")
        for name in ["0000000000000009-0000000000000000-1", "x"] { try packs.appending(name).overwrite([1]) }
        let again = try Spool(in: state)
        #expect(try packs.names() == made.map { "\($0.name)" }.sorted())
        let done = try #require(try await again.done(of: "here").first)
        let kept = try #require(await again.doneEntry(done.entry, of: "here"))
        #expect(try content(kept.sources.first?.source) == "objects of c")
        // To another store, and with a crash in between written once more.
        #expect(try await again.move(from: "here", to: "there", onlyRefused: true) == 1)
        let moved = try #require(try await again.everything(for: "there").first)
        #expect(try content(moved.sources.first?.source) == "objects of b")
        #expect(try state.appending("spool/aside").names().isEmpty)
        try await again.forget([runKey("c")])
        #expect(try packs.names() == made[..<2].map { "\($0.name)" }.sorted())
    }

    @Test func `an entry that is spooled again after a crash has the newer capture's pack`() async throws {
        let spool = try Spool(in: state)
        try await spool.append([try entry(1, "a", pack: "objects")])
        try await spool.append([try entry(1, "a", pack: "other objects")])
        let found = try #require(try await spool.everything().first)
        #expect(try content(found.sources.first?.source) == "other objects")
        #expect(found.filing.facts.problems.isEmpty)
    }

    @Test func `what is kept for a store takes no more room than it may, packs among it, each counted once`() throws {
        let done = state.appending("done")
        for folder in [done, packs] { try FileSystem.makeDirectories(folder) }
        let size = DoneEntries.largest / 2 + 1
        func pack(_ number: Int, of name: FilePath) throws {
            let path = packs.appending("\(number)")
            if try FileStatus.ifPresent(path) == nil {
                let file = try OwnedDescriptor(opening: path, .writeOnly, options: .create)
                // It has holes, and takes no room.
                try file.truncate(to: size)
            }
            try FileSystem.link(path, to: packs.pushing(name))
        }
        var kept = try DoneEntries(of: "here", in: done, packs: packs)
        for (sequence, number) in [(1, 1), (2, 1), (3, 1), (4, 2)] {
            let name = try TrialAgentTests.entry(sequence, "run \(sequence)").name
            try pack(number, of: name.path)
            try kept.take(name, sequence, from: ground.file("\(sequence)", "bytes"), at: Int64(sequence))
            if sequence == 3 {
                #expect(kept.entries.map(\.number) == [1, 2, 3])
                kept = try DoneEntries(of: "here", in: done, packs: packs)
                #expect(kept.entries.count == 3)
            }
        }
        #expect(kept.entries.map(\.number) == [4])
        #expect(try packs.names().count == 3)
    }
}
