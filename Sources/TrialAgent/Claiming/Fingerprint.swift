import Bytes
import Glibc
import SystemPackage
import Trials

/// Half of a SHA-256: enough that no two of a billion versions are taken for one.
///
/// What it is of does not matter: those of many things lie evenly between the lowest and the highest.
struct Fingerprint: Hashable, Comparable, Sendable {
    let high: UInt64
    let low: UInt64

    /// Bytes of one in a file.
    static let size = 16

    init(_ text: String) { self.init(of: Array(text.utf8)) }

    private init(of content: [UInt8]) {
        let bytes = SHA256.digest(of: content).bytes
        high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// By the bytes of its names: two that are shown alike are two.
    init(_ place: MarkerPlace) {
        let names = [place.project, place.path].map { path in
            path.withPlatformString { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
        }
        self.init(of: names[0] + [0] + names[1])
    }

    init(_ stamp: FileStamp) { self.init(stamp.text) }

    init(_ key: RunKey) { self.init(key.text) }

    /// The one that was appended to bytes at a place.
    init(in bytes: [UInt8], at place: Int) {
        high = bytes.fixed(at: place)
        low = bytes.fixed(at: place + 8)
    }

    static func < (left: Fingerprint, right: Fingerprint) -> Bool {
        left.high < right.high || left.high == right.high && left.low < right.low
    }
}

extension [UInt8] {
    mutating func append(_ fingerprint: Fingerprint) {
        append(fixed: fingerprint.high)
        append(fixed: fingerprint.low)
    }

    /// The number that was appended at a place, all of which is there.
    func fixed<Number: FixedWidthInteger>(at place: Int, as type: Number.Type = Number.self) -> Number {
        Number(littleEndian: withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place, as: Number.self) })
    }
}
