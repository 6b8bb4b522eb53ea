import Bytes
import SystemCalls

/// SHA-256 of files, made in the background and remembered for as long as a file is the same by all that stat tells.
///
/// A cancelled task's hash is given up within a mebibyte.
actor ContentHashes {
    private let executor = BlockingExecutor("trialwatch.hashes", isBackground: true)
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// The largest file: 1 TiB.
    static let largest: Int64 = 1 << 40
    /// Of a file of this size on, at least a hundredth has to be on the device: a file may claim any size.
    static let largestSparse: Int64 = 1 << 30
    /// How long a file has to have been at rest: a clock that ticks slowly may hide a change that comes soon after another.
    static let rest: Int64 = 2_000_000_000

    private let most: Int
    private let now: @Sendable () -> Int64
    private let onPiece: @Sendable (Int64) -> Void
    private var known: [Version: String] = [:]
    private var order: [Version] = []
    /// How many files were read for their hashes.
    private(set) var made = 0

    private struct Version: Hashable {
        let stamp: FileStamp
        let changed: Int64
    }

    /// Remembers so many; `onPiece` is told of each piece that was read, with the bytes so far.
    init(
        remembering most: Int = 10_000, now: @escaping @Sendable () -> Int64 = { Clock.now },
        onPiece: @escaping @Sendable (Int64) -> Void = { _ in }
    ) {
        self.most = most
        self.now = now
        self.onPiece = onPiece
    }

    /// The hash of a file, in hexadecimal digits; refused when the file changes meanwhile.
    func hash(of file: borrowing OpenedFile) throws(UnreadFile) -> String {
        let status = file.status
        guard status.size <= Self.largest else {
            throw .refused("it has \(status.size) bytes, more than the \(Self.largest) that are hashed")
        }
        guard status.size < Self.largestSparse || status.allocated >= status.size / 100 else {
            throw .refused("of its \(status.size) bytes only \(status.allocated) are on the device: it is not hashed")
        }
        do {
            let version = Version(stamp: try FileStamp(of: file.descriptor, status), changed: status.changed)
            if let hash = known[version] { return hash }
            let began = now()
            let hash = try read(file.descriptor, size: status.size)
            guard try file.descriptor.status().isSameContent(as: status) else {
                throw UnreadFile.refused("it changed while it was hashed")
            }
            if began - max(status.changed, status.modified) >= Self.rest { remember(hash, version) }
            return hash
        } catch let error as UnreadFile {
            throw error
        } catch let error as SystemCallError {
            throw SafeFolder.reason(error)
        } catch {
            throw .refused("\(error)")
        }
    }

    private func read(_ file: borrowing OwnedDescriptor, size: Int64) throws -> String {
        made += 1
        var digest = DigestContext<SHA256>()
        var offset: Int64 = 0
        while offset < size {
            if Task.isCancelled { throw UnreadFile.refused("the agent was told to stop before it was hashed") }
            let piece = try file.read(Int(min(1 << 20, size - offset)), at: offset)
            guard !piece.isEmpty else { throw UnreadFile.refused("it shrank while it was hashed") }
            digest.update(piece)
            offset += Int64(piece.count)
            onPiece(offset)
        }
        return digest.finish().hex
    }

    private func remember(_ hash: String, _ version: Version) {
        if known.updateValue(hash, forKey: version) == nil { order.append(version) }
        guard order.count > most else { return }
        // A tenth at once, so that forgetting is cheap; the oldest first.
        let forgotten = order.prefix(max(1, most / 10))
        for version in forgotten { known[version] = nil }
        order.removeFirst(forgotten.count)
    }
}

extension FileStatus {
    /// Whether nobody has written to the file since; its other metadata may have changed.
    fileprivate func isSameContent(as earlier: FileStatus) -> Bool {
        size == earlier.size && modified == earlier.modified && inode == earlier.inode && device == earlier.device
    }
}
