import Bytes
import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials

@testable import TrialAgent

@Suite struct ClaimSegmentTests {
    let folder: TemporaryDirectory
    var log: FilePath { folder.path.appending("claims") }

    init() throws { folder = try TemporaryDirectory() }

    func writer(_ number: Int) throws -> ClaimSegmentWriter {
        try ClaimSegmentWriter(number, beside: log) { file throws(SystemCallError) in try file.synchronizeContent() }
    }

    func segment(_ number: Int, of tables: ClaimTables) throws -> ClaimSegment {
        var writer = try writer(number)
        for table in ClaimTable.allCases { try writer.append(tables.rows(of: table)[...], of: table) }
        return try writer.finish()
    }

    func names(_ numbers: some Sequence<Int>, at offset: Int = 0) -> ClaimTables {
        var tables = ClaimTables()
        for number in numbers { tables.closedByName[Fingerprint("\(number)")] = number + offset }
        return tables
    }

    func offset(_ row: [UInt8]?) -> Int? { row.map { Int($0.fixed(at: Fingerprint.size, as: Int64.self)) } }

    @Test(arguments: [0, 1, 2, 341, 342, 20_000])
    func `of any number of rows each is found, and no other`(_ count: Int) throws {
        let segment = try segment(1, of: names(0..<count))
        #expect(segment.count(of: .closedByName) == count)
        for number in 0..<count {
            #expect(offset(try segment.row(of: Fingerprint("\(number)"), in: .closedByName)) == number)
        }
        for number in count..<(count + 500) {
            #expect(try segment.row(of: Fingerprint("\(number)"), in: .closedByName) == nil)
        }
        #expect(try segment.row(of: Fingerprint("0"), in: .standing) == nil)
    }

    @Test func `rows are found wherever their fingerprints lie`() throws {
        var rows: [UInt8] = []
        // Nearly all in one corner, and the two outermost of all.
        let places: [UInt64] = [0] + (0..<5000).map { (1 << 63) + $0 } + [.max]
        for place in places {
            rows.append(fixed: place)
            rows.append(fixed: place)
        }
        var writer = try writer(1)
        try writer.append(rows[...], of: .stamps)
        let segment = try writer.finish()
        for place in places {
            var key: [UInt8] = []
            key.append(fixed: place)
            key.append(fixed: place)
            #expect(try segment.row(of: Fingerprint(in: key, at: 0), in: .stamps) == key)
            key[15] ^= 1
            #expect(try segment.row(of: Fingerprint(in: key, at: 0), in: .stamps) == nil)
        }
    }

    @Test(arguments: [1, 7, 1 << 20])
    func `two merge into one by any number of rows at a time; of equal fingerprints the newer row counts`(
        _ step: Int
    ) throws {
        let older = try segment(1, of: names(0..<2000))
        let newer = try segment(2, of: names(stride(from: 0, to: 4000, by: 3), at: 10_000))
        let merge = ClaimMerge(older, newer, into: try writer(3))
        var merged: ClaimSegment?
        var steps = 0
        while merged == nil {
            merged = try merge.step(step)
            steps += 1
        }
        #expect(step > 7 || steps > 2600 / step)
        let segment = try #require(merged)
        let expected = (0..<4000).filter { $0 < 2000 || $0 % 3 == 0 }
        #expect(segment.count(of: .closedByName) == expected.count)
        for number in expected {
            let found = offset(try segment.row(of: Fingerprint("\(number)"), in: .closedByName))
            #expect(found == (number % 3 == 0 ? number + 10_000 : number))
        }
        #expect(try ClaimSegment(checking: segment.description, at: ClaimSegment.path(3, beside: log)) != nil)
    }

    @Test func `what is let go of before its end leaves nothing`() throws {
        let segments = try [1, 2].map { try segment($0, of: names(0..<100)) }
        do {
            let merge = ClaimMerge(segments[0], segments[1], into: try writer(3))
            #expect(try merge.step(10) == nil)
            #expect(try ClaimSegment.numbers(beside: log).sorted() == [1, 2, 3])
        }
        #expect(try ClaimSegment.numbers(beside: log).sorted() == [1, 2])
    }

    @Test(arguments: ["a byte", "shorter", "longer", "other counts"])
    func `a file that is not as it was written is not opened`(_ fault: String) throws {
        var description = try segment(1, of: names(0..<300)).description
        let path = ClaimSegment.path(1, beside: log)
        let file = try OwnedDescriptor(opening: path, .readWrite)
        switch fault {
        case "a byte": try file.write([try file.read(1, at: 1000)[0] ^ 1], at: 1000)
        case "shorter": try file.truncate(to: Int64(description.length - 1))
        case "longer": try file.truncate(to: Int64(description.length + 1))
        default:
            description = ClaimSegment.Description(number: 1, counts: [1, 1, 0, -1, 300], digest: description.digest)
        }
        #expect(try ClaimSegment(checking: description, at: path) == nil)
    }

    @Test func `what was cut off while it is open cannot be looked up, and is not for that unknown`() throws {
        let segment = try segment(1, of: names(0..<300))
        try OwnedDescriptor(opening: ClaimSegment.path(1, beside: log), .readWrite).truncate(to: 100)
        #expect(throws: SystemCallError.self) { try segment.row(of: Fingerprint("1"), in: .closedByName) }
    }
}
