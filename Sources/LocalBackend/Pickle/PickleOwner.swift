internal import Bytes
internal import SystemCalls
internal import SystemPackage

/// Whose pickle is in a place.
enum PickleOwner {
    case nobody
    case ours(KnownPickle)
    case others

    private static let piece = 1 << 20

    /// Looks whose pickle is in a place. One that is `known` is not read.
    ///
    /// A pickle of ours may have bytes behind its STOP: what a crash left of an attempt to go on with it. It is ours all the
    /// same, because no Python process writes behind a STOP: it begins at the first byte, or renames.
    init(of path: FilePath, known: KnownPickle?) throws(SystemCallError) {
        guard let status = try FileStatus.ifPresent(path) else {
            self = .nobody
            return
        }
        let identity = KnownPickle.Identity(status)
        if let known, known.identity == identity {
            self = .ours(known)
            return
        }
        self = .others
        guard status.kind == .regular else { return }
        let file = try OwnedDescriptor(opening: path, .readOnly, options: [.noFollow, .nonBlocking])
        guard let found = try Self.read(file), found.identity == identity else { return }
        self = .ours(found)
    }

    /// Reads a pickle of ours; nil when it is none, or changes meanwhile.
    static func read(_ file: borrowing OwnedDescriptor) throws(SystemCallError) -> KnownPickle? {
        let identity = KnownPickle.Identity(try file.status())
        let head = try file.read(PickleProgram.beginning.count, at: 0)
        guard head == PickleProgram.beginning else { return nil }
        var found = try readWhole(file, identity)
        if found == nil { found = try readTorn(file, identity) }
        return KnownPickle.Identity(try file.status()) == identity ? found : nil
    }

    /// A pickle that ends where the file does.
    private static func readWhole(
        _ file: borrowing OwnedDescriptor, _ identity: KnownPickle.Identity
    ) throws(SystemCallError) -> KnownPickle? {
        let content = identity.size - Int64(PickleEnd.width)
        guard content > 0 else { return nil }
        let end = try file.read(PickleEnd.width, at: content)
        // A file without our mark need not be read.
        guard end.starts(with: PickleEnd.beginning) else { return nil }
        var digest = DigestContext<SHA256>()
        var place: Int64 = 0
        while place < content {
            let bytes = try file.read(Int(min(Int64(piece), content - place)), at: place)
            if bytes.isEmpty { return nil }
            digest.update(bytes)
            place += Int64(bytes.count)
        }
        guard let end = PickleEnd(end, closing: &digest), end.isLast else { return nil }
        return KnownPickle(identity, end: identity.size, end.coverage, digest: digest)
    }

    /// A pickle behind whose end there is more: of all ends, that which nothing follows.
    private static func readTorn(
        _ file: borrowing OwnedDescriptor, _ identity: KnownPickle.Identity
    ) throws(SystemCallError) -> KnownPickle? {
        var digest = DigestContext<SHA256>()
        var place: Int64 = 0
        while place < identity.size {
            // With enough behind it that an end which begins in the piece is there whole.
            let bytes = try file.read(piece + PickleEnd.width, at: place)
            let limit = min(piece, bytes.count)
            var taken = 0
            while let start = firstEnd(in: bytes, from: taken, to: limit) {
                digest.update(Array(bytes[taken..<start]))
                taken = start
                var closed = digest.copy()
                let width = min(PickleEnd.width, bytes.count - start)
                if let end = PickleEnd(Array(bytes[start..<(start + width)]), closing: &closed), end.isLast {
                    return KnownPickle(
                        identity, end: place + Int64(start + PickleEnd.width), end.coverage, digest: closed)
                }
                // No end, or one that was gone on behind.
                digest.update([bytes[start]])
                taken += 1
            }
            if bytes.isEmpty { return nil }
            if taken < limit { digest.update(Array(bytes[taken..<limit])) }
            place += Int64(limit)
        }
        return nil
    }

    private static func firstEnd(in bytes: [UInt8], from start: Int, to limit: Int) -> Int? {
        guard start < limit else { return nil }
        let beginning = PickleEnd.beginning
        return bytes.withUnsafeBufferPointer { bytes in
            (start..<limit).first { place in
                bytes[place] == beginning[0] && bytes[place...].starts(with: beginning)
            }
        }
    }
}
