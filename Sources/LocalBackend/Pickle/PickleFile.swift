internal import Bytes
internal import Pickle
internal import SystemCalls
internal import SystemPackage

/// A pickle of ours on the disk in the writing, with the digest of all its bytes.
struct PickleFile: ~Copyable {
    /// Written whole, to be renamed, or gone on with.
    private enum Way {
        case anew
        case behind(stop: Int64)
    }

    let file: OwnedDescriptor
    private let way: Way
    private var digest: DigestContext<SHA256>
    /// Where the next byte belongs.
    private var place: Int64
    private var buffer: [UInt8] = []
    /// Until when the file may be changed.
    private let deadline: ContinuousClock.Instant?

    /// Begins a pickle in a file that is to be renamed when it is whole.
    init(writing temporary: FilePath) throws(SystemCallError) {
        file = try OwnedDescriptor(opening: temporary, .readWrite, options: [.create, .truncate, .noFollow])
        way = .anew
        digest = DigestContext()
        place = 0
        deadline = nil
    }

    /// Goes on with a pickle, in a file on which there is a lease that lasts until `deadline` for sure: after that nothing
    /// of the file is touched. Until ``finish(_:)`` nobody who reads it sees anything of what is written, and until then it
    /// can be taken back by ``takeBack(_:)``.
    init(
        continuing file: consuming OwnedDescriptor, _ pickle: KnownPickle, until deadline: ContinuousClock.Instant
    ) throws(SystemCallError) {
        self.file = file
        way = .behind(stop: pickle.end - 1)
        digest = pickle.digestSoFar()
        place = pickle.end
        self.deadline = deadline
        if pickle.identity.size > pickle.end { try self.file.truncate(to: pickle.end) }
        var writer = PickleWriter.fragment()
        writer.goOn()
        try write(writer.bytes)
    }

    /// Writes further bytes.
    mutating func write(_ bytes: [UInt8]) throws(SystemCallError) {
        buffer += bytes
        if buffer.count >= 1 << 18 { try flush() }
    }

    private mutating func flush() throws(SystemCallError) {
        digest.update(buffer)
        try put(buffer)
        buffer.removeAll(keepingCapacity: true)
    }

    private mutating func put(_ bytes: [UInt8]) throws(SystemCallError) {
        try expectLease()
        try file.write(bytes, at: place)
        place += Int64(bytes.count)
    }

    private func expectLease() throws(SystemCallError) {
        guard let deadline, ContinuousClock.now >= deadline else { return }
        throw SystemCallError(call: "fcntl(F_SETLEASE)", subject: nil, errno: .timedOut)
    }

    /// Writes the end and brings the file to the device; says what the pickle is then known by.
    ///
    /// A pickle that is gone on with becomes the longer one by one byte, written when all else is on the device.
    mutating func finish(_ coverage: PickleCoverage) throws(SystemCallError) -> KnownPickle {
        try flush()
        var coverage = coverage
        if case .anew = way { coverage.base = place + Int64(PickleEnd.width) }
        let end = PickleEnd(coverage, closing: &digest)
        try put(end.bytes)
        switch way {
        case .anew: try file.synchronize()
        case .behind(let stop):
            try file.synchronizeContent()
            try expectLease()
            try file.write([PickleWriter.continuation], at: stop)
            try file.synchronizeContent()
        }
        return KnownPickle(
            KnownPickle.Identity(try file.status()), end: place, coverage, digest: digest.copy())
    }

    /// Takes back what was written behind a pickle that was to be gone on with; not what ``finish(_:)`` has finished.
    func takeBack(_ pickle: KnownPickle) throws(SystemCallError) {
        try expectLease()
        let stop = try file.read(1, at: pickle.end - 1)
        // The one byte may have been written before something failed.
        guard stop != [PickleWriter.continuation] else { return }
        try file.truncate(to: pickle.end)
    }
}
