import Bytes
import SystemCalls
import SystemPackage

/// An append-only file of checksummed records, each with a head that stays and a body that can be wiped.
///
/// The file is allocated ahead, and zeros are written ahead of the records, so that bringing one to the device changes neither
/// the file's size nor its map of blocks: with a journal, each such change is a commit of that. A record that a
/// crash cut off at the end is overwritten by the next append, and `torn` tells how many bytes. One that was damaged before
/// others costs itself alone, and `damaged` tells how many bytes.
struct RecordLog: ~Copyable {
    /// One record as it was read.
    struct Record: Sendable {
        let offset: Int
        let head: [UInt8]
        /// Nil when it was wiped.
        let body: [UInt8]?
    }

    private static let magic: UInt32 = 0x3152_5754  // "TWR1"
    private static let headerSize = 32
    private static let allocationStep = 1 << 20
    private static let smallStep = 1 << 12
    private static let clearedStep = 1 << 18
    private static let largest = 64 << 20

    private(set) var path: FilePath
    private let file: OwnedDescriptor
    private var allocated: Int
    /// Up to where zeros were written ahead of the records.
    private var cleared: Int
    /// Where the next record goes.
    private(set) var end: Int
    /// Bytes of a record that a crash cut off, found when the log was opened.
    private(set) var torn: Int
    /// Bytes between whole records that are none, found when the log was opened.
    let damaged: Int

    /// Opens a log or makes an empty one, and hands out every record that it holds from a place on where one begins, in order.
    init(
        at path: FilePath, from start: Int = 0, _ body: (Record) throws(SystemCallError) -> Void
    ) throws(SystemCallError) {
        let file = try OwnedDescriptor(
            opening: path, .readWrite, options: [.create, .noFollow], permissions: [.ownerRead, .ownerWrite])
        let size = Int(try file.status().size)
        var (end, damaged, torn) = (start, 0, 0)
        while true {
            if let (record, next) = try Self.record(at: end, in: file, size: size) {
                try body(record)
                end = next
                continue
            }
            torn = try Self.used(file, from: end, size: size)
            guard torn > 0, let next = try Self.place(after: end, in: file, until: end + torn, size: size) else {
                break
            }
            damaged += next - end
            end = next
        }
        self.path = path
        self.file = file
        self.end = end
        self.torn = torn
        self.damaged = damaged
        allocated = size
        cleared = end
    }

    /// Writes records after the last one, and gives where each begins; they are durable after `synchronize`.
    ///
    /// After a failure nothing was appended.
    mutating func append(_ records: [(head: [UInt8], body: [UInt8])]) throws(SystemCallError) -> [Int] {
        var bytes: [UInt8] = []
        var offsets: [Int] = []
        for record in records {
            offsets.append(end + bytes.count)
            Self.write(record.head, record.body, to: &bytes)
        }
        // Zeros after the last record end the log, whatever a torn one left there.
        let needed = end + bytes.count + max(Self.headerSize, torn)
        if needed > allocated { try allocate(needed) }
        if torn > 0 {
            try file.write([UInt8](repeating: 0, count: torn), at: Int64(end))
            torn = 0
        }
        if end + bytes.count > cleared { clear(end + bytes.count) }
        do throws(SystemCallError) {
            try file.write(bytes, at: Int64(end))
        } catch {
            torn = bytes.count
            throw error
        }
        end += bytes.count
        return offsets
    }

    private mutating func allocate(_ needed: Int) throws(SystemCallError) {
        var size = (needed / Self.allocationStep + 1) * Self.allocationStep
        do throws(SystemCallError) {
            try file.allocate(Int64(size - allocated), at: Int64(allocated))
        } catch {
            // A disk that has no room for a large step may have some for what is needed now.
            guard error.isFullDisk else { throw error }
            size = (needed / Self.smallStep + 1) * Self.smallStep
            try file.allocate(Int64(size - allocated), at: Int64(allocated))
        }
        allocated = size
    }

    /// Writes zeros up to a place and some way on, as far as the file is allocated.
    private mutating func clear(_ needed: Int) {
        let place = min(allocated, needed + Self.clearedStep)
        // Where they cannot be written, a record takes longer, and what is wrong will hinder that, too.
        try? file.write([UInt8](repeating: 0, count: place - cleared), at: Int64(cleared))
        cleared = place
    }

    /// Brings what was appended to the device.
    func synchronize(
        _ synchronizeContent: SpoolFiles.Synchronize = { (file) throws(SystemCallError) in
            try file.synchronizeContent()
        }
    ) throws(SystemCallError) {
        try synchronizeContent(file)
    }

    /// Takes back the records from a place on, of which nobody knows whether they are durable: the next one is written there.
    mutating func forget(from offset: Int) {
        guard offset < end else { return }
        torn = end - offset
        end = offset
    }

    /// Overwrites the body of a record with zeros and gives its size; the head stays.
    func wipe(at offset: Int) throws(SystemCallError) -> Int {
        let header = try file.read(Self.headerSize, at: Int64(offset))
        guard let (head, body) = Self.lengths(header) else { return 0 }
        // The mark goes first: a body that is half zero must not be taken for one that was torn.
        try file.write([1], at: Int64(offset + 12))
        try file.write([UInt8](repeating: 0, count: body), at: Int64(offset + Self.headerSize + head))
        return body
    }

    /// Hands out every record once more, in order.
    func forEachRecord(_ body: (Record) throws(SystemCallError) -> Void) throws(SystemCallError) {
        var place = 0
        while place < end {
            if let (record, next) = try Self.record(at: place, in: file, size: end) {
                try body(record)
                place = next
            } else if let next = try Self.place(after: place, in: file, until: end, size: end) {
                place = next
            } else {
                return
            }
        }
    }

    /// The checksum of the head of the record at a place in a log, which stays when its body is wiped; nil when none is there.
    static func checksum(at offset: Int, in path: FilePath) throws(SystemCallError) -> [UInt8]? {
        let file = try OwnedDescriptor(opening: path, .readOnly, options: .noFollow)
        guard try record(at: offset, in: file, size: Int(try file.status().size)) != nil else { return nil }
        return Array(try file.read(headerSize, at: Int64(offset))[16..<24])
    }

    /// The inode of the file.
    func inode() throws(SystemCallError) -> UInt64 { try file.status().inode }

    /// Says that the file has another name now.
    mutating func wasRenamed(to path: FilePath) { self.path = path }

    /// Reads one record again.
    func record(at offset: Int) throws(SystemCallError) -> Record? {
        try Self.record(at: offset, in: file, size: allocated)?.record
    }

    private static func write(_ head: [UInt8], _ body: [UInt8], to bytes: inout [UInt8]) {
        append(magic, to: &bytes)
        append(UInt32(head.count), to: &bytes)
        append(UInt32(body.count), to: &bytes)
        append(UInt32(0), to: &bytes)
        bytes += checksum(head, UInt32(body.count))
        bytes += checksum(body, 0)
        bytes += head
        bytes += body
        bytes += [UInt8](repeating: 0, count: (8 - bytes.count % 8) % 8)
    }

    private static func append(_ number: UInt32, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
    }

    private static func checksum(_ content: [UInt8], _ extra: UInt32) -> [UInt8] {
        var content = content
        append(extra, to: &content)
        return Array(SHA256.digest(of: content).bytes.prefix(8))
    }

    private static func number(_ bytes: [UInt8], at offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << (8 * UInt32($1)) }
    }

    private static func lengths(_ header: [UInt8]) -> (head: Int, body: Int)? {
        guard header.count == headerSize, number(header, at: 0) == magic else { return nil }
        let (head, body) = (Int(number(header, at: 4)), Int(number(header, at: 8)))
        return head <= largest && body <= largest ? (head, body) : nil
    }

    /// Where the first whole record after a damaged one begins; nil when there is none.
    private static func place(
        after offset: Int, in file: borrowing OwnedDescriptor, until limit: Int, size: Int
    ) throws(SystemCallError) -> Int? {
        for piece in stride(from: offset + 8, to: limit, by: 1 << 20) {
            let bytes = try file.read(min(1 << 20, limit - piece), at: Int64(piece))
            for start in stride(from: 0, to: bytes.count - 3, by: 8) where number(bytes, at: start) == magic {
                if try record(at: piece + start, in: file, size: size) != nil { return piece + start }
            }
        }
        return nil
    }

    /// The record at a place and where the next begins; nil when no whole one is there.
    private static func record(
        at offset: Int, in file: borrowing OwnedDescriptor, size: Int
    ) throws(SystemCallError) -> (record: Record, next: Int)? {
        guard offset + headerSize <= size else { return nil }
        let header = try file.read(headerSize, at: Int64(offset))
        guard let (headLength, bodyLength) = lengths(header) else { return nil }
        let content = try file.read(headLength + bodyLength, at: Int64(offset + headerSize))
        guard content.count == headLength + bodyLength else { return nil }
        let head = Array(content.prefix(headLength))
        guard checksum(head, UInt32(bodyLength)) == Array(header[16..<24]) else { return nil }
        let isWiped = header[12] != 0
        let body = Array(content.dropFirst(headLength))
        guard isWiped || checksum(body, 0) == Array(header[24..<32]) else { return nil }
        let length = headerSize + headLength + bodyLength
        return (Record(offset: offset, head: head, body: isWiped ? nil : body), offset + (length + 7) / 8 * 8)
    }

    /// How many bytes from `offset` on are not the zeros of allocated space.
    private static func used(_ file: borrowing OwnedDescriptor, from offset: Int, size: Int) throws(SystemCallError)
        -> Int
    {
        var last = 0
        var position = offset
        while position < size {
            let bytes = try file.read(min(1 << 20, size - position), at: Int64(position))
            if bytes.isEmpty { break }
            if let index = bytes.lastIndex(where: { $0 != 0 }) { last = position + index + 1 - offset }
            position += bytes.count
        }
        return last
    }
}
