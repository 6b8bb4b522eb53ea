internal import Bytes
internal import SystemCalls

/// A ZIP archive of which single members are read (PKWARE's APPNOTE, without ZIP64): Python imports from such files, too.
///
/// Whatever it says of itself may be wrong; no size that it tells is taken before it is checked against a limit.
struct ZipArchive: ~Copyable {
    /// A file in it.
    struct Member: Equatable {
        let name: String
        fileprivate let method: Int
        fileprivate let compressed: Int
        fileprivate let size: Int
        fileprivate let offset: Int
    }

    /// What it holds, in its own order.
    let members: [Member]

    private let file: OpenedFile

    /// The list of members is at most so long, and so is what is read of a comment behind it.
    private static let largestDirectory = 16 << 20
    private static let largestEnd = 22 + 0xFFFF
    private static let stored = 0
    private static let deflated = 8

    /// Reads what it holds.
    init(_ file: consuming OpenedFile) throws(UnreadFile) {
        let size = Int(file.status.size)
        let tail = try Self.bytes(of: file, at: max(0, size - Self.largestEnd), count: min(size, Self.largestEnd))
        guard let end = (0...max(0, tail.count - 22)).last(where: { tail.hasSignature(0x0605_4B50, at: $0) }),
            tail.count >= 22, let length = tail.number(4, at: end + 12), let start = tail.number(4, at: end + 16),
            length <= Self.largestDirectory, start + length <= size
        else { throw .refused("it is no ZIP archive") }
        let directory = try Self.bytes(of: file, at: start, count: length)
        var members: [Member] = []
        var place = 0
        while directory.hasSignature(0x0201_4B50, at: place) {
            guard let method = directory.number(2, at: place + 10),
                let compressed = directory.number(4, at: place + 20),
                let size = directory.number(4, at: place + 24), let name = directory.number(2, at: place + 28),
                let extra = directory.number(2, at: place + 30), let comment = directory.number(2, at: place + 32),
                let offset = directory.number(4, at: place + 42), place + 46 + name <= directory.count
            else { throw .refused("its list of members is damaged") }
            let text = String(decoding: directory[place + 46..<place + 46 + name], as: UTF8.self)
            members.append(
                Member(name: text, method: method, compressed: compressed, size: size, offset: offset))
            place += 46 + name + extra + comment
        }
        self.members = members
        self.file = file
    }

    /// A member's bytes; one of more than `limit` is refused.
    borrowing func read(_ member: Member, limit: Int) throws(UnreadFile) -> [UInt8] {
        guard member.size <= limit, member.compressed <= limit else {
            throw .refused("\(member.name) in it has more than the \(limit) bytes that are read")
        }
        let header = try Self.bytes(of: file, at: member.offset, count: 30)
        guard header.hasSignature(0x0403_4B50, at: 0), let name = header.number(2, at: 26),
            let extra = header.number(2, at: 28)
        else { throw .refused("\(member.name) in it is damaged") }
        let bytes = try Self.bytes(of: file, at: member.offset + 30 + name + extra, count: member.compressed)
        switch member.method {
        case Self.stored: return bytes
        case Self.deflated:
            do throws(BytesError) { return try Deflate.decompress(bytes, limit: member.size) } catch {
                throw .refused("\(member.name) in it is damaged: \(error)")
            }
        default: throw .refused("\(member.name) in it is compressed in a way that is not known (\(member.method))")
        }
    }

    private static func bytes(of file: borrowing OpenedFile, at offset: Int, count: Int) throws(UnreadFile) -> [UInt8] {
        do throws(SystemCallError) {
            let bytes = try file.descriptor.read(count, at: Int64(offset))
            if bytes.count == count { return bytes }
        } catch {
            throw .refused("\(error)")
        }
        throw .refused("it is damaged: it ends too early")
    }
}

extension [UInt8] {
    /// A number of so many bytes, the lowest first.
    fileprivate func number(_ size: Int, at place: Int) -> Int? {
        guard place >= 0, place + size <= count else { return nil }
        return self[place..<place + size].reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    fileprivate func hasSignature(_ signature: Int, at place: Int) -> Bool { number(4, at: place) == signature }
}
