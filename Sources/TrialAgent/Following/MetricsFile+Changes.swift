import SystemCalls

/// Whether the file is still the one that was read.
extension MetricsFile {
    enum Change: Equatable {
        /// It is, or goes on from it.
        case none
        /// Nothing is in it any more: whoever writes it anew has just begun.
        case emptied
        /// It is not, and how that is known.
        case replaced(String)
    }

    /// Bytes at either end of what was read that are looked at again each time.
    private static let window = 1024
    private static let block = 1 << 20

    /// The file's name for the kernel: a file that takes its place has another.
    static func identity(of file: borrowing OwnedDescriptor, _ status: FileStatus) throws(SystemCallError) -> String {
        let stamp = try FileStamp(of: file, status)
        return stamp.volume + " " + stamp.file
    }

    /// Compares the file with what was read. One that was written anew or replaced, and begins with all of that, goes on
    /// from it.
    mutating func change(
        of file: borrowing OwnedDescriptor, _ status: FileStatus, isFinal: Bool
    ) throws(SystemCallError) -> Change {
        let identity = try Self.identity(of: file, status)
        defer { self.identity = identity }
        guard let known = self.identity, offset > 0 else { return .none }
        if status.size < offset {
            return status.size == 0 && !isFinal ? .emptied : .replaced("it became shorter")
        }
        if known != identity {
            return try isBeginning(of: file) ? .none : .replaced("another file took its place")
        }
        let first = try file.read(beginning.count, at: 0)
        let last = try file.read(ending.count, at: Int64(offset - ending.count))
        if ContentFingerprint(first[...]) != beginning { return .replaced("its beginning was written anew") }
        if ContentFingerprint(last[...]) != ending { return .replaced("it was written anew") }
        return .none
    }

    /// Remembers what was read.
    mutating func keep(_ bytes: ArraySlice<UInt8>, _ file: borrowing OwnedDescriptor) throws(SystemCallError) {
        guard !bytes.isEmpty else { return }
        beginning.take(bytes.prefix(Self.window - beginning.count))
        consumed.take(bytes)
        let count = min(offset, Self.window)
        if bytes.count >= count {
            ending = ContentFingerprint(bytes.suffix(count))
        } else {
            ending = ContentFingerprint(try file.read(count, at: Int64(offset - count))[...])
        }
    }

    /// Whether what lies between the ends of what was read is no longer the same.
    func isChangedWithin(_ file: borrowing OwnedDescriptor) throws(SystemCallError) -> Bool {
        offset > 2 * Self.window ? try !isBeginning(of: file) : false
    }

    /// Whether the file begins with all that was read.
    private func isBeginning(of file: borrowing OwnedDescriptor) throws(SystemCallError) -> Bool {
        var found = ContentFingerprint()
        while found.count < offset {
            let bytes = try file.read(min(Self.block, offset - found.count), at: Int64(found.count))
            if bytes.isEmpty { return false }
            found.take(bytes[...])
        }
        return found == consumed
    }

    /// Begins the file from its start: every series is replaced whole.
    mutating func beginAnew(_ reason: String, _ news: inout MetricsNews) {
        news.problems.append("\(reason); it was read anew from its start, and its series were replaced")
        for place in series.indices where series[place].count > 0 {
            news.cut(&series[place], place, to: 0)
            series[place].last = nil
        }
        header = nil
        isGivenUp = false
        consumed = ContentFingerprint()
        beginning = ContentFingerprint()
        ending = ContentFingerprint()
        lines = 0
        rows = 0
        lastEpoch = nil
        jumpedFrom = nil
        isJumpTold = true
        isSkipping = false
        isIrregular = false
    }
}
