import Bytes

/// The entries of a repository's index, read as bytes (gitformat-index(5), versions 2 to 4).
///
/// libgit2 would read it, too, but it waits on a FIFO and trusts lengths, and this is asked where markers are judged.
struct GitIndexFile {
    private let bytes: [UInt8]
    private let version: Int
    private let count: Int
    private let identifierSize: Int

    /// An index whose object ids have so many bytes; nil for anything else.
    init?(_ bytes: [UInt8], identifierSize: Int) {
        guard bytes.count >= 12, bytes.starts(with: "DIRC".utf8) else { return nil }
        self.bytes = bytes
        self.identifierSize = identifierSize
        version = Self.number(bytes, 4, 4)
        count = Self.number(bytes, 8, 4)
        guard (2...4).contains(version) else { return nil }
    }

    /// The object id of a path's entry; nil when it has none, or the file is damaged before it.
    func identifier(of path: [UInt8]) -> [UInt8]? {
        var place = 12
        var name: [UInt8] = []
        for _ in 0..<count {
            let start = place
            let identifier = start + 40
            let flags = identifier + identifierSize
            guard flags + 2 <= bytes.count else { return nil }
            let isExtended = version > 2 && bytes[flags] & 0x40 != 0
            place = flags + (isExtended ? 4 : 2)
            guard version < 4 || dropEnd(of: &name, &place), place <= bytes.count,
                let end = bytes[place...].firstIndex(of: 0)
            else { return nil }
            if version < 4 { name = Array(bytes[place..<end]) } else { name += bytes[place..<end] }
            // Stages 1 to 3 are the sides of a merge that is not resolved.
            if name == path, bytes[flags] & 0x30 == 0 { return Array(bytes[identifier..<flags]) }
            // Up to version 3 an entry is padded with one to eight zeros to a multiple of eight.
            place = version < 4 ? start + (end - start + 8) / 8 * 8 : end + 1
        }
        return nil
    }

    /// Version 4 tells how many bytes of the name before are to go, as a number of seven bits a byte.
    private func dropEnd(of name: inout [UInt8], _ place: inout Int) -> Bool {
        guard place < bytes.count else { return false }
        var byte = bytes[place]
        var dropped = Int(byte & 0x7F)
        place += 1
        while byte & 0x80 != 0 {
            guard place < bytes.count, dropped < 1 << 20 else { return false }
            byte = bytes[place]
            dropped = (dropped + 1) << 7 | Int(byte & 0x7F)
            place += 1
        }
        guard dropped <= name.count else { return false }
        name.removeLast(dropped)
        return true
    }

    /// The object id that git gives a file's content.
    static func identifier(ofBlob content: [UInt8], size: Int) -> [UInt8] {
        let blob = Array("blob \(content.count)\0".utf8) + content
        return size == SHA256.byteCount ? SHA256.digest(of: blob).bytes : SHA1.digest(of: blob).bytes
    }

    private static func number(_ bytes: [UInt8], _ place: Int, _ count: Int) -> Int {
        bytes[place..<place + count].reduce(0) { $0 << 8 | Int($1) }
    }
}
