import Glibc
import SystemCalls
import SystemPackage
import TestFiles
import Testing

@testable import TrialAgent

@Suite struct RecordLogTests {
    let folder: TemporaryDirectory
    var path: FilePath { folder.path.appending("log") }

    init() throws { folder = try TemporaryDirectory() }

    func text(_ text: String) -> [UInt8] { Array(text.utf8) }

    func records() throws -> (heads: [String], bodies: [String?], torn: Int, damaged: Int) {
        var (heads, bodies): ([String], [String?]) = ([], [])
        let log = try RecordLog(at: path) { record in
            heads.append(String(decoding: record.head, as: UTF8.self))
            bodies.append(record.body.map { String(decoding: $0, as: UTF8.self) })
        }
        return (heads, bodies, log.torn, log.damaged)
    }

    func fill(_ count: Int) throws -> [Int] {
        var log = try RecordLog(at: path) { _ in }
        let offsets = try log.append((0..<count).map { (text("head \($0)"), text("body \($0)")) })
        try log.synchronize()
        return offsets
    }

    @Test func `what was appended is read again in order`() throws {
        _ = try fill(100)
        _ = try fill(3)
        let found = try records()
        #expect(found.heads.count == 103)
        #expect(found.heads[99] == "head 99")
        #expect(found.bodies[102] == "body 2")
        #expect(found.torn == 0)
    }

    @Test func `where the next records go is written before, so that they change bytes and nothing else`() throws {
        /// Where the first bytes are that were never written (lseek(2), `SEEK_HOLE`); where that is not known, the end.
        func written() throws -> Int {
            let number = open(path.string, O_RDONLY)
            defer { close(number) }
            return lseek(number, 0, 4)
        }
        var log = try RecordLog(at: path) { _ in }
        _ = try log.append([(text("head"), text("body"))])
        let before = try written()
        #expect(before >= 1 << 18)
        for _ in 0..<100 { _ = try log.append([(text("head"), [UInt8](repeating: 1, count: 2000))]) }
        #expect(try written() == before)
        for _ in 0..<1000 { _ = try log.append([(text("head"), [UInt8](repeating: 1, count: 2000))]) }
        #expect(try written() > log.end)
        let found = try records()
        #expect(found.heads.count == 1101 && found.torn == 0 && found.damaged == 0)
    }

    @Test func `a wiped body is gone from the file, and its head stays`() throws {
        let offsets = try fill(3)
        let log = try RecordLog(at: path) { _ in }
        #expect(try log.wipe(at: offsets[1]) == 6)
        #expect(try records().bodies == ["body 0", nil, "body 2"])
        let bytes = try OwnedDescriptor(opening: path, .readOnly).readToEnd(limit: 1 << 21)
        #expect(!bytes.contains(text("body 1")))
        #expect(bytes.contains(text("body 2")))
    }

    @Test(arguments: 1...63)
    func `a record cut off anywhere is dropped, and the next append takes its place`(cut: Int) throws {
        let offsets = try fill(2)
        do {
            let file = try OwnedDescriptor(opening: path, .readWrite)
            let length = 32 + 6 + 6
            let kept = min(cut, length - 1)
            try file.write([UInt8](repeating: 0, count: length + 4 - kept), at: Int64(offsets[1] + kept))
        }
        let found = try records()
        #expect(found.heads == ["head 0"])
        #expect((found.torn > 0) == true)
        _ = try fill(1)
        #expect(try records().heads == ["head 0", "head 0"])
        #expect(try records().torn == 0)
    }

    @Test(arguments: [0, 4, 8, 16, 24, 33, 40])
    func `a changed byte costs the record that it is in, and none behind it`(place: Int) throws {
        let offsets = try fill(3)
        let file = try OwnedDescriptor(opening: path, .readWrite)
        try file.write([0xA5], at: Int64(offsets[1] + place))
        let found = try records()
        #expect(found.heads == ["head 0", "head 2"])
        #expect(found.damaged == offsets[2] - offsets[1] && found.torn == 0)
        _ = try fill(1)
        #expect(try records().heads == ["head 0", "head 2", "head 0"])
        let log = try RecordLog(at: path) { _ in }
        var offsetsAgain: [Int] = []
        try log.forEachRecord { offsetsAgain.append($0.offset) }
        #expect(offsetsAgain == [offsets[0], offsets[2], offsets[2] + offsets[1]])
    }
}
