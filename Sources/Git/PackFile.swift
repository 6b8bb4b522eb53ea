internal import SystemCalls
public import SystemPackage

/// A pack and its index, read as they lie on the disk (gitformat-pack(5)).
public struct PackFile: ~Copyable {
    /// An object in it.
    public struct Entry: Hashable, Sendable {
        /// Its name.
        public let object: ObjectID
        /// Where it begins.
        public let offset: Int
        /// Bytes of the pack that it takes.
        public let size: Int
    }

    /// What is in it, in the pack's order.
    public let entries: [Entry]
    /// Bytes of pack and index.
    public let size: Int
    private let pack: OwnedDescriptor

    private static let largestIndex = 4 << 30

    /// Opens the pack `name.pack` with `name.idx` of a folder of packs.
    ///
    /// Throws for an index of another version than 2, and when the two cannot be of one another.
    public init(_ name: String, in folder: FilePath) throws(GitError) {
        let file = try Self.open(folder.appending(name + ".pack"))
        let index = try Self.open(folder.appending(name + ".idx"))
        let bytes: [UInt8]
        let packSize: Int
        do throws(SystemCallError) {
            bytes = try index.readToEnd(limit: Self.largestIndex)
            packSize = Int(try file.status().size)
        } catch {
            throw GitError(function: "read", code: 0, message: "\(error)")
        }
        guard let found = Self.objects(in: bytes) else { throw Self.damaged(name) }
        let sorted = found.sorted { $0.offset < $1.offset }
        var entries: [Entry] = []
        entries.reserveCapacity(sorted.count)
        for (place, object) in sorted.enumerated() {
            // The last one ends where the pack's own SHA-1 begins.
            let end = place + 1 < sorted.count ? sorted[place + 1].offset : packSize - 20
            guard object.offset >= 12, end > object.offset, end <= packSize - 20 else { throw Self.damaged(name) }
            entries.append(Entry(object: object.id, offset: object.offset, size: end - object.offset))
        }
        self.init(entries: entries, size: packSize + bytes.count, pack: file)
    }

    /// Whether it has an object as its difference to another one, as packs have that were packed anew.
    public borrowing func hasDifferences() throws(GitError) -> Bool {
        // Those stand behind what they differ from.
        for entry in entries.reversed() {
            let bytes: [UInt8]
            do throws(SystemCallError) { bytes = try pack.read(1, at: Int64(entry.offset)) } catch {
                throw GitError(function: "pread", code: 0, message: "\(error)")
            }
            // The kinds 6 and 7.
            if let kind = bytes.first.map({ $0 >> 4 & 7 }), kind > 4 { return true }
        }
        return false
    }

    private init(entries: [Entry], size: Int, pack: consuming OwnedDescriptor) {
        self.entries = entries
        self.size = size
        self.pack = pack
    }

    private static func open(_ path: FilePath) throws(GitError) -> OwnedDescriptor {
        do throws(SystemCallError) {
            return try OwnedDescriptor(opening: path, .readOnly, options: .noFollow)
        } catch {
            throw GitError(function: "open", code: 0, message: "\(error)")
        }
    }

    /// Names and offsets of an index of version 2; nil when it is none.
    private static func objects(in index: [UInt8]) -> [(id: ObjectID, offset: Int)]? {
        index.withUnsafeBytes { bytes in
            func number(_ place: Int) -> Int {
                Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
            }
            guard bytes.count >= 1072, number(0) == 0xFF74_4F63, number(4) == 2 else { return nil }
            let count = number(8 + 255 * 4)
            let ids = 8 + 1024
            let offsets = ids + count * 24
            let large = offsets + count * 4
            guard bytes.count >= large + 40, let start = bytes.baseAddress else { return nil }
            var objects: [(id: ObjectID, offset: Int)] = []
            objects.reserveCapacity(count)
            for place in 0..<count {
                var offset = number(offsets + 4 * place)
                if offset & 0x8000_0000 != 0 {
                    let entry = large + 8 * (offset & 0x7FFF_FFFF)
                    guard entry + 8 <= bytes.count - 40 else { return nil }
                    offset = Int(Int64(bigEndian: bytes.loadUnaligned(fromByteOffset: entry, as: Int64.self)))
                }
                objects.append((ObjectID(start + ids + 20 * place), offset))
            }
            return objects
        }
    }

    private static func damaged(_ name: String) -> GitError {
        GitError(function: "open", code: 0, message: "\(name) and its index do not fit together")
    }
}
