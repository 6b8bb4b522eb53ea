internal import Bytes
internal import SystemCalls
internal import SystemPackage

/// Writes objects into one pack, without deltas, as they come: no more than a piece of it is ever in memory.
///
/// Until `commit` there is only a temporary file, which git calls garbage and `SnapshotStore` removes.
struct PackWriter: ~Copyable {
    private let path: FilePath
    private let folder: OwnedDescriptor
    private let file: OwnedDescriptor
    private let name: FilePath
    private var compressor: ZlibCompressor
    private var objects = PackedObjects()
    private var buffer: [UInt8] = []
    private var flushed: UInt64 = 0
    private var checksum = CRC32()
    private var begun: UInt64 = 0
    /// Where the pack begins in its file.
    private let start: UInt64

    /// Higher levels save a twentieth and take a quarter more time.
    static let fastest: Int32 = 1
    private static let pieceSize = 1 << 18

    /// Begins a pack in a folder, such as `objects/pack`, with a level of zlib's; one that is to have an index has no header.
    init(in path: FilePath, level: Int32 = Self.fastest, behind header: [UInt8] = []) throws(SnapshotError) {
        let temporary = FilePath("tmp_pack_" + String(UInt64.random(in: .min ... .max), radix: 36))
        let compressor = try Self.trying { try ZlibCompressor(level: level) }
        let folder = try Self.trying { try OwnedDescriptor(directory: path) }
        let file = try Self.trying {
            try folder.open(
                temporary, .readWrite, options: [.create, .exclusiveCreate, .noFollow],
                permissions: [.ownerRead, .ownerWrite])
        }
        self.compressor = compressor
        self.path = path
        self.folder = folder
        self.file = file
        name = temporary
        // The number of objects is put in at the end.
        start = UInt64(header.count)
        buffer = header + Array("PACK".utf8) + [0, 0, 0, 2, 0, 0, 0, 0]
    }

    private static func trying<Made: ~Copyable>(_ body: () throws -> Made) throws(SnapshotError) -> Made {
        do { return try body() } catch {
            if let error = error as? SystemCallError { throw SnapshotError("beginning a pack", error) }
            throw SnapshotError("beginning a pack", "\(error)")
        }
    }

    /// Bytes written so far.
    var size: UInt64 { flushed + UInt64(buffer.count) }

    /// Whether no object was added.
    var isEmpty: Bool { objects.isEmpty }

    func contains(_ id: ObjectID) -> Bool { objects.contains(id) }

    /// Adds an object whose id is that of its bytes.
    mutating func add(_ kind: ObjectKind, _ bytes: [UInt8], as id: ObjectID) throws(SnapshotError) {
        guard begin(kind, size: bytes.count, id) else { return }
        try append(bytes.span.bytes, isLast: true)
        finish(id)
    }

    /// Begins an object that comes piece by piece; false when the pack has it.
    mutating func begin(_ kind: ObjectKind, size: Int, _ id: ObjectID) -> Bool {
        if contains(id) { return false }
        begun = self.size
        checksum = CRC32()
        var rest = size >> 4
        var header = [kind.rawValue << 4 | UInt8(size & 15) | (rest > 0 ? 0x80 : 0)]
        while rest > 0 {
            header.append(UInt8(rest & 0x7F) | (rest > 0x7F ? 0x80 : 0))
            rest >>= 7
        }
        checksum.update(header.span.bytes)
        buffer += header
        return true
    }

    /// Adds bytes to the object that was begun.
    mutating func append(_ bytes: RawSpan, isLast: Bool) throws(SnapshotError) {
        let start = buffer.count
        compressor.add(bytes, isLast: isLast, to: &buffer)
        var checksum = checksum
        checksum.update(buffer.span.extracting(start..<buffer.count).bytes)
        self.checksum = checksum
        if buffer.count >= Self.pieceSize { try flush() }
    }

    /// Ends the object that was begun.
    mutating func finish(_ id: ObjectID) {
        objects.append(PackedObjects.Object(id: id, checksum: checksum.value, offset: begun))
    }

    /// Takes back the object that was begun and cannot be ended.
    mutating func abandon() throws(SnapshotError) {
        compressor.reset()
        if begun >= flushed {
            buffer.removeLast(Int(size - begun))
        } else {
            buffer.removeAll(keepingCapacity: true)
            flushed = begun
            do throws(SystemCallError) {
                try file.truncate(to: Int64(begun))
            } catch {
                throw SnapshotError("writing a pack", error)
            }
        }
    }

    private mutating func flush() throws(SnapshotError) {
        do throws(SystemCallError) {
            try file.write(buffer, at: Int64(flushed))
        } catch {
            throw SnapshotError("writing a pack", error)
        }
        flushed += UInt64(buffer.count)
        buffer.removeAll(keepingCapacity: true)
        let volume: Volume
        do throws(SystemCallError) { volume = try file.volume() } catch { throw SnapshotError("writing a pack", error) }
        try SpareRoom.check(volume, path)
    }

    /// Ends the pack, and gives the digest that it ends with.
    private mutating func seal() throws(SystemCallError) -> Digest<SHA1> {
        try file.write(bigEndian(UInt32(objects.count)), at: Int64(start) + 8)
        let digest: Digest<SHA1> = try Self.digest(of: file, from: start, to: flushed)
        try file.write(digest.bytes, at: Int64(flushed))
        flushed += UInt64(digest.bytes.count)
        try file.synchronizeContent()
        return digest
    }

    /// Puts the pack in place without an index, named by its SHA-256 and the ending; when this returns it is there after a power
    /// failure, too.
    consuming func commit(withEnding ending: String) throws(SnapshotError) -> (digest: String, size: Int) {
        do throws(SnapshotError) { return try write(withEnding: ending) } catch {
            try? folder.remove(name)
            throw error
        }
    }

    private mutating func write(withEnding ending: String) throws(SnapshotError) -> (digest: String, size: Int) {
        try flush()
        do throws(SystemCallError) {
            _ = try seal()
            let digest: Digest<SHA256> = try Self.digest(of: file, from: 0, to: flushed)
            try folder.rename(name, to: FilePath(digest.hex + ending))
            try folder.synchronize()
            return (digest.hex, Int(flushed))
        } catch {
            throw SnapshotError("writing a pack", error)
        }
    }

    /// Puts the pack and its index in place, and gives how many bytes they have; when this returns they are there after a power
    /// failure, too.
    consuming func commit() throws(SnapshotError) -> Int {
        do throws(SnapshotError) { return try write() } catch {
            try? folder.remove(name)
            throw error
        }
    }

    private mutating func write() throws(SnapshotError) -> Int {
        try flush()
        do throws(SystemCallError) {
            let digest = try seal()
            let place = "pack-\(digest.hex)"
            let indexName = FilePath("tmp_idx_" + String(UInt64.random(in: .min ... .max), radix: 36))
            let written = try folder.open(
                indexName, .writeOnly, options: [.create, .exclusiveCreate, .noFollow],
                permissions: [.ownerRead, .ownerWrite])
            let indexSize = try objects.writeIndex(of: digest, to: written)
            try written.synchronizeContent()
            // Readers look for the index: the pack has to be there first.
            try folder.rename(name, to: FilePath(place + ".pack"))
            try folder.rename(indexName, to: FilePath(place + ".idx"))
            try folder.synchronize()
            return Int(flushed) + indexSize
        } catch {
            throw SnapshotError("writing a pack", error)
        }
    }

    /// Removes what was written.
    consuming func discard() { try? folder.remove(name) }

    private static func digest<Function>(
        of file: borrowing OwnedDescriptor, from start: UInt64, to end: UInt64
    ) throws(SystemCallError) -> Digest<Function> {
        var context = DigestContext<Function>()
        var offset = start
        while offset < end {
            let piece = try file.read(min(1 << 20, Int(end - offset)), at: Int64(offset))
            if piece.isEmpty { throw SystemCallError(call: "pread", subject: nil, errno: .ioError) }
            context.update(piece)
            offset += UInt64(piece.count)
        }
        return context.finish()
    }
}

private func bigEndian(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
}
