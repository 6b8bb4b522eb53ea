internal import SystemCalls
internal import SystemPackage

/// A pickle whose place another has taken.
///
/// A Python process that found it by its name before, and opened it only after, writes what it has to say into it. So it
/// keeps a name in our own part, and whoever looks after it holds a lock (flock(2)) on it: one that nobody looks after was
/// left by a process that ended.
final class ReplacedPickle {
    /// How long somebody may take from finding a file by its name to opening it.
    private static let longestOpening = Duration.seconds(10)

    /// What became of it.
    enum Fate: Equatable {
        /// It may still be written to.
        case open
        /// Nobody has written to it, or nothing, and nobody will.
        case nothing
        /// It was written to, and is closed.
        case written
    }

    let file: OwnedDescriptor
    private(set) var path: FilePath?
    private var identity: KnownPickle.Identity
    private var isWritten = false
    private let last = ContinuousClock.now + longestOpening

    /// Opens what is in a place, and is to be replaced as it is.
    init(opening path: FilePath, _ identity: KnownPickle.Identity) throws(SystemCallError) {
        self.identity = identity
        file = try OwnedDescriptor(opening: path, .readOnly, options: [.noFollow, .nonBlocking])
    }

    /// Gives it a second name. Where that cannot be it is read through its descriptor when need be.
    func name(_ path: FilePath, as second: FilePath) {
        do throws(SystemCallError) {
            guard try file.tryLock(.shared) else { return }
            try FileSystem.link(path, to: second)
            self.path = second
        } catch {}
    }

    /// One that was found under its second name, `isWritten` to or not; nil when somebody looks after it.
    init?(found path: FilePath) throws(SystemCallError) {
        file = try OwnedDescriptor(opening: path, .readOnly, options: [.noFollow, .nonBlocking])
        guard try file.tryLock(.exclusive) else { return nil }
        self.path = path
        let found = try PickleOwner.read(file)
        isWritten = found == nil
        identity = KnownPickle.Identity(try file.status())
    }

    /// Looks what became of it.
    func look() throws(SystemCallError) -> Fate {
        let status = try file.status()
        let isStill = KnownPickle.Identity(status) == identity
        identity = KnownPickle.Identity(status)
        isWritten = isWritten || !isStill
        switch try file.isOpenForWriting() {
        case true: return .open
        // Where the kernel cannot tell, one that has not changed since the last look is taken to be closed.
        case nil: if !isStill { return .open }
        case false: break
        }
        if isWritten { return status.size > 0 ? .written : .nothing }
        return ContinuousClock.now < last ? .open : .nothing
    }

    /// Its second name; when it has none, a copy of it gets that name.
    func named(_ second: FilePath) throws(SystemCallError) -> FilePath {
        if let path { return path }
        let copy = try DurableFile(at: second)
        var place: Int64 = 0
        while true {
            let piece = try file.read(1 << 20, at: place)
            if piece.isEmpty { break }
            try copy.write(piece)
            place += Int64(piece.count)
        }
        try copy.commit()
        path = second
        return second
    }

    func removeName() {
        if let path { try? FileSystem.remove(path) }
        path = nil
    }
}
