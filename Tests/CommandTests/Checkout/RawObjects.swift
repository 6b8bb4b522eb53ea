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
        for (id, object) in objects {
            let bytes =
                Array("\(object.kind == .tree ? "tree" : "blob") \(object.content.count)".utf8) + [0] + object.content
            let text = "\(id)"
            let path = folder.appending(String(text.prefix(2))).appending(String(text.dropFirst(2)))
            try FileSystem.makeDirectories(path.removingLastComponent())
            try OwnedDescriptor(opening: path, .writeOnly, options: [.create, .truncate]).write(Self.stored(bytes))
        }
    }

    /// zlib's form (RFC 1950) of bytes that are not compressed (RFC 1951, 3.2.4).
    private static func stored(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = [0x78, 0x01]
        var rest = bytes[...]
        repeat {
            let piece = rest.prefix(0xFFFF)
            rest = rest.dropFirst(piece.count)
            let count = UInt16(piece.count)
            result.append(rest.isEmpty ? 1 : 0)
            for number in [count, ~count] { result += [UInt8(number & 0xFF), UInt8(number >> 8)] }
            result += piece
        } while !rest.isEmpty
        var (a, b): (UInt32, UInt32) = (1, 0)
        for byte in bytes {
            a = (a + UInt32(byte)) % 65521
            b = (b + a) % 65521
        }
        for shift in [24, 16, 8, 0] { result.append(UInt8((b << 16 | a) >> UInt32(shift) & 0xFF)) }
        return result
    }
}
