import Bytes
import SystemPackage
import Testing
import Trials

@testable import TrialAgent

@Suite struct `An entry's file` {
    @Test func `gives back what was written, parts included`() throws {
        var filing = try filing("a")
        let parts: [[UInt8]] = [Array("a patch".utf8), [], [0, 1, 2, 255]]
        filing.parts = parts.map { bytes in
            PartReference(digest: SHA256.digest(of: bytes).hex, size: bytes.count, role: .patch, name: "p")
        }
        let entry = SpoolEntry(sequence: 7, backend: "lab", filing: filing, parts: parts)
        let bytes = try EntryFile.bytes(of: entry)
        #expect(try EntryFile.entry(in: bytes, named: entry.name) == entry)
        #expect(try EntryFile.manifest(in: bytes, named: entry.name).backend == "lab")
        #expect(try EntryFile.bytes(of: entry) == bytes)
    }

    @Test(
        arguments: [nil, .null, .bool(false), .float(.nan), .float(-.infinity), .text(""), .list([.null])] as [Value?])
    func `gives back any result`(result: Value?) throws {
        var filing = try filing("a")
        filing.outcome = Outcome(state: .succeeded, result: result, finished: Timestamp(nanoseconds: 1))
        let entry = SpoolEntry(sequence: 7, backend: "lab", filing: filing, parts: [])
        #expect(try EntryFile.entry(in: try EntryFile.bytes(of: entry), named: entry.name) == entry)
    }

    @Test func `is refused when its parts are not those of the filing`() throws {
        let entry = SpoolEntry(sequence: 7, backend: "lab", filing: try filing("a"), parts: [[1]])
        #expect(throws: DamagedEntry.self) { try EntryFile.bytes(of: entry) }
    }

    @Test func `is damaged when any byte of it is another`() throws {
        let entry = try entry(1, "a")
        let bytes = try EntryFile.bytes(of: entry)
        for place in bytes.indices {
            var bad = bytes
            bad[place] ^= 0x10
            #expect(throws: DamagedEntry.self, "byte \(place)") { try EntryFile.entry(in: bad, named: entry.name) }
        }
    }

    @Test func `is damaged wherever it is cut off, and when something follows`() throws {
        let entry = try entry(1, "a")
        let bytes = try EntryFile.bytes(of: entry)
        for length in bytes.indices {
            #expect(throws: DamagedEntry.self, "\(length) bytes") {
                try EntryFile.entry(in: Array(bytes[..<length]), named: entry.name)
            }
        }
        #expect(throws: DamagedEntry.self) { try EntryFile.entry(in: bytes + [0], named: entry.name) }
    }

    @Test func `is damaged under the name of another entry`() throws {
        let bytes = try EntryFile.bytes(of: try entry(1, "a"))
        #expect(throws: DamagedEntry.self) { try EntryFile.entry(in: bytes, named: try entry(2, "a").name) }
    }
}

@Suite struct `An entry's name` {
    @Test func `tells its place in the order and is read back`() throws {
        let name = EntryName(sequence: 0x1F, key: try runKey("a"), revision: Revision(3))
        let run = try runKey("a").text.prefix(16)
        #expect(name.description == "000000000000001f-\(run)-3")
        #expect(EntryName(try #require(FilePath.Component(name.description))) == name)
    }

    @Test(arguments: [
        "x", "000000000000001f-0123456789abcdef", "000000000000001f-0123456789abcdef-03",
        "000000000000001F-0123456789abcdef-3", "1f-0123456789abcdef-3",
        "000000000000001f-0123456789abcdef-3.reason.txt",
        "+00000000000001f-0123456789abcdef-3",
    ])
    func `is not what merely looks like one`(text: String) throws {
        #expect(EntryName(try #require(FilePath.Component(text))) == nil)
    }

    @Test func `sorts by claim, then by revision as a number`() throws {
        let names = try [(2, 1), (1, 10), (1, 9)].map { (sequence, revision) in
            EntryName(sequence: sequence, key: try runKey("a"), revision: Revision(revision))
        }
        #expect(names.sorted() == [names[2], names[1], names[0]])
    }
}
