internal import Bytes
internal import CGit2

/// What git knows an object by: the SHA-1 of its kind, its size and its bytes.
public struct ObjectID: Hashable, Comparable, Sendable, CustomStringConvertible {
    // Twenty bytes, the first one highest, so that they compare as git sorts them.
    private let high: UInt64
    private let middle: UInt64
    private let low: UInt32

    /// Bytes of an id.
    public static let byteCount = 20

    /// The id that is all zeros, which no object has.
    static let none = ObjectID(high: 0, middle: 0, low: 0)

    private init(high: UInt64, middle: UInt64, low: UInt32) {
        self.high = high
        self.middle = middle
        self.low = low
    }

    /// Reads twenty bytes.
    init(_ bytes: UnsafeRawPointer) {
        high = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
        middle = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        low = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self))
    }

    init(_ digest: Digest<SHA1>) { self = digest.bytes.withUnsafeBytes { $0.baseAddress.map { Self($0) } ?? .none } }

    init(_ identifier: git_oid) { self = withUnsafeBytes(of: identifier) { $0.baseAddress.map { Self($0) } ?? .none } }

    /// Reads forty hexadecimal digits; nil for anything else.
    public init?(hex: some StringProtocol) {
        guard let digest = Digest<SHA1>(hex: hex) else { return nil }
        self.init(digest)
    }

    /// Twenty bytes.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return bytes
    }

    func append(to bytes: inout [UInt8]) {
        withUnsafeBytes(of: high.bigEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: middle.bigEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: low.bigEndian) { bytes.append(contentsOf: $0) }
    }

    var firstByte: Int { Int(high >> 56) }

    var raw: git_oid {
        var identifier = git_oid()
        withUnsafeMutableBytes(of: &identifier) { $0.copyBytes(from: bytes) }
        return identifier
    }

    /// Whether it sorts before another one.
    public static func < (one: ObjectID, other: ObjectID) -> Bool {
        (one.high, one.middle, one.low) < (other.high, other.middle, other.low)
    }

    /// Forty hexadecimal digits.
    public var description: String { Digest<SHA1>(bytes: bytes)?.hex ?? "" }
}

/// What an object is, with git's numbers for it.
enum ObjectKind: UInt8 {
    case commit = 1
    case tree = 2
    case blob = 3

    var name: String {
        switch self {
        case .commit: "commit"
        case .tree: "tree"
        case .blob: "blob"
        }
    }

    /// What git puts before the bytes when it makes their id.
    func header(size: Int) -> [UInt8] { Array("\(name) \(size)".utf8) + [0] }

    /// The id of an object with these bytes.
    func identifier(of bytes: [UInt8]) -> ObjectID {
        var context = DigestContext<SHA1>()
        context.update(header(size: bytes.count))
        context.update(bytes)
        return ObjectID(context.finish())
    }
}
