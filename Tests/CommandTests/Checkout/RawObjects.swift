import Bytes
import Git
import SystemCalls
import SystemPackage

@testable import Trialwatch

/// Trees and blobs made by hand, as no git would make them, in memory or as loose objects on the disk.
struct RawObjects: TreeListing.Source {
    private(set) var objects: [ObjectID: (kind: ObjectStore.Kind, content: [UInt8])] = [:]

    /// A blob with this content.
    mutating func blob(_ content: [UInt8]) -> ObjectID { add(.blob, "blob", content) }

    mutating func blob(_ text: String) -> ObjectID { blob(Array(text.utf8)) }

    /// A tree with exactly these entries, in this order.
    mutating func tree(_ entries: [(mode: UInt32, name: [UInt8], object: ObjectID)]) -> ObjectID {
        var content: [UInt8] = []
        for entry in entries {
            content += Array("\(String(entry.mode, radix: 8)) ".utf8) + entry.name + [0]
            content += Digest<SHA1>(hex: "\(entry.object)")?.bytes ?? []
        }
        return add(.tree, "tree", content)
    }

    mutating func tree(_ entries: (mode: UInt32, name: String, object: ObjectID)...) -> ObjectID {
        tree(entries.map { ($0.mode, Array($0.name.utf8), $0.object) })
    }

    /// A tree with any bytes, which may not be those of one.
    mutating func tree(bytes: [UInt8]) -> ObjectID { add(.tree, "tree", bytes) }

    /// Puts a tree where one with this id would be looked for, whatever its own is.
    mutating func pretend(_ id: ObjectID, isTree bytes: [UInt8]) { objects[id] = (.tree, bytes) }

    private mutating func add(_ kind: ObjectStore.Kind, _ name: String, _ content: [UInt8]) -> ObjectID {
        let bytes = Array("\(name) \(content.count)".utf8) + [0] + content
        guard let id = ObjectID(hex: SHA1.digest(of: bytes).hex) else { preconditionFailure("a SHA-1 has 20 bytes") }
        objects[id] = (kind, content)
        return id
    }

    func header(of id: ObjectID) throws(GitError) -> (kind: ObjectStore.Kind, size: Int)? {
        objects[id].map { ($0.kind, $0.content.count) }
    }

    func content(of id: ObjectID, atMost limit: Int) throws(GitError) -> [UInt8]? { objects[id]?.content }

    /// Writes all of them into a folder of objects, each alone in a file.
    func write(to folder: FilePath) throws {
        var compressor = try ZlibCompressor(level: 1)
        for (id, object) in objects {
            let bytes =
                Array("\(object.kind == .tree ? "tree" : "blob") \(object.content.count)".utf8) + [0] + object.content
            let text = "\(id)"
            let path = folder.appending(String(text.prefix(2))).appending(String(text.dropFirst(2)))
            try FileSystem.makeDirectories(path.removingLastComponent())
            var compressed: [UInt8] = []
            compressor.add(bytes.span.bytes, isLast: true, to: &compressed)
            try OwnedDescriptor(opening: path, .writeOnly, options: [.create, .truncate]).write(compressed)
        }
    }

    /// All of them as git's pack (gitformat-pack(5)).
    func pack() throws -> [UInt8] {
        var compressor = try ZlibCompressor(level: 1)
        var bytes = Array("PACK".utf8) + [0, 0, 0, 2] + Self.bigEndian(UInt32(objects.count))
        for (kind, content) in objects.values {
            // Four bits of the size beside the kind, then seven a byte.
            var (size, byte) = (content.count >> 4, UInt8(kind == .tree ? 2 : 3) << 4 | UInt8(content.count & 15))
            while size > 0 {
                bytes.append(byte | 0x80)
                (size, byte) = (size >> 7, UInt8(size & 0x7F))
            }
            bytes.append(byte)
            compressor.add(content.span.bytes, isLast: true, to: &bytes)
        }
        return bytes + SHA1.digest(of: bytes).bytes
    }

    private static func bigEndian(_ number: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(number >> UInt32($0) & 0xFF) }
    }
}
