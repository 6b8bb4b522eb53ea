internal import Bytes
internal import SystemCalls

extension PackedObjects {
    /// Writes the pack's index in git's second format (gitformat-pack(5)), and gives how many bytes it has. There is no object any
    /// more then.
    mutating func writeIndex(
        of pack: Digest<SHA1>, to file: borrowing OwnedDescriptor
    ) throws(SystemCallError) -> Int {
        let sorted = takeSorted()
        var counts = [UInt32](repeating: 0, count: 256)
        for object in sorted { counts[object.id.firstByte] += 1 }
        var index = IndexPieces()
        index.append(UInt32(0xFF74_4F63))
        index.append(UInt32(2))
        var total: UInt32 = 0
        for count in counts {
            total += count
            index.append(total)
        }
        for object in sorted { try index.append(object.id, to: file) }
        for object in sorted { try index.append(object.checksum, to: file) }
        var large: [UInt64] = []
        for object in sorted {
            if let offset = UInt32(exactly: object.offset), offset < 1 << 31 {
                try index.append(offset, to: file)
            } else {
                try index.append(UInt32(large.count) | 1 << 31, to: file)
                large.append(object.offset)
            }
        }
        for offset in large { try index.append(offset, to: file) }
        return try index.finish(pack, to: file)
    }
}

/// An index in the making, of which only a piece is in memory.
private struct IndexPieces: ~Copyable {
    private var piece: [UInt8] = []
    private var written = 0
    private var digest = DigestContext<SHA1>()

    private static let pieceSize = 1 << 16

    init() { piece.reserveCapacity(Self.pieceSize + ObjectID.byteCount) }

    mutating func append(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.bigEndian) { piece.append(contentsOf: $0) }
    }

    mutating func append(
        _ number: some FixedWidthInteger, to file: borrowing OwnedDescriptor
    ) throws(SystemCallError) {
        append(number)
        if piece.count >= Self.pieceSize { try flush(to: file) }
    }

    mutating func append(_ id: ObjectID, to file: borrowing OwnedDescriptor) throws(SystemCallError) {
        id.append(to: &piece)
        if piece.count >= Self.pieceSize { try flush(to: file) }
    }

    private mutating func flush(to file: borrowing OwnedDescriptor) throws(SystemCallError) {
        digest.update(piece)
        try file.write(piece)
        written += piece.count
        piece.removeAll(keepingCapacity: true)
    }

    /// Ends it with the digest of the pack and its own, and gives how many bytes it has.
    consuming func finish(
        _ pack: Digest<SHA1>, to file: borrowing OwnedDescriptor
    ) throws(SystemCallError) -> Int {
        piece += pack.bytes
        try flush(to: file)
        let own: Digest<SHA1> = digest.finish()
        try file.write(own.bytes)
        return written + own.bytes.count
    }
}
