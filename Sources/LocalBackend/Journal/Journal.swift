internal import SystemCalls
internal import SystemPackage
internal import Trials

/// A place in the journal.
struct Extent: Equatable {
    var offset: Int64
    var length: Int

    static let none = Extent(offset: 0, length: 0)
    var isNone: Bool { length == 0 }
    var end: Int64 { offset + Int64(length) }
}

/// The append-only file that is the truth about an experiment. Whoever writes to it holds the experiment's lock.
struct Journal: ~Copyable {
    let path: FilePath
    private let file: OwnedDescriptor
    let inode: UInt64
    private(set) var length: Int64

    /// Opens the journal; with `creating`, makes an empty one where there is none. Nil when there is none.
    init?(_ path: FilePath, creating: Bool) throws(StoreError) {
        // A store that this user may only read can be read all the same.
        let access: FileDescriptor.AccessMode =
            creating || FileSystem.isPermitted(path, writing: true) ? .readWrite : .readOnly
        if !creating {
            let status = try attempt("opening the journal", path) { () throws(SystemCallError) in
                try FileStatus.ifPresent(path)
            }
            if status == nil { return nil }
        }
        let file = try attempt("opening the journal", path) { () throws(SystemCallError) in
            try OwnedDescriptor(opening: path, access, options: creating ? [.create, .noFollow] : .noFollow)
        }
        let status: FileStatus
        do throws(SystemCallError) { status = try file.status() } catch {
            throw StoreError("opening the journal", path, error)
        }
        self.file = file
        inode = status.inode
        length = status.size
        self.path = path
    }

    /// Looks how long the file is now: another process may have appended.
    mutating func refresh() throws(StoreError) {
        do throws(SystemCallError) { length = try file.status().size } catch {
            throw StoreError("reading the journal", path, error)
        }
    }

    /// Appends whole lines and brings them to the device; after a failure the journal is as it was before.
    mutating func append(_ lines: [UInt8]) throws(StoreError) {
        do throws(SystemCallError) {
            try file.write(lines, at: length)
            try file.synchronizeContent()
        } catch {
            // After a failed fsync the kernel may have dropped the pages: cutting them off makes the next attempt write
            // them anew.
            try? file.truncate(to: length)
            throw StoreError("appending to the journal", path, error)
        }
        length += Int64(lines.count)
    }

    /// Cuts off what a crash left half written.
    mutating func cut(to end: Int64) throws(StoreError) {
        do throws(SystemCallError) {
            try file.truncate(to: end)
            try file.synchronizeContent()
        } catch {
            throw StoreError("cutting a torn end off the journal", path, error)
        }
        length = end
    }

    /// The bytes of a place.
    borrowing func read(_ extent: Extent) throws(StoreError) -> [UInt8] {
        do throws(SystemCallError) { return try file.read(extent.length, at: extent.offset) } catch {
            throw StoreError("reading the journal", path, error)
        }
    }

    /// The line that begins at `offset`, with its newline, or what there is of it.
    borrowing func line(at offset: Int64) throws(StoreError) -> [UInt8] {
        var bytes: [UInt8] = []
        var step = 16 * 1024
        while true {
            let piece = try read(Extent(offset: offset + Int64(bytes.count), length: step))
            if let end = piece.firstIndex(of: UInt8(ascii: "\n")) { return bytes + piece[...end] }
            bytes += piece
            if piece.count < step { return bytes }
            step = min(step * 4, 4 << 20)
        }
    }

    /// Calls `body` with each line from `offset` on, newline included, and where it is; the last may lack its newline.
    borrowing func forEachLine(
        from offset: Int64, _ body: (ArraySlice<UInt8>, Extent) throws(StoreError) -> Void
    ) throws(StoreError) {
        try readLines(from: offset) { (line, extent) throws(StoreError) in
            try body(line, extent)
            return true
        }
    }

    /// As ``forEachLine(from:_:)``, until `body` says no.
    borrowing func readLines(
        from offset: Int64, while body: (ArraySlice<UInt8>, Extent) throws(StoreError) -> Bool
    ) throws(StoreError) {
        var place = offset
        var rest: [UInt8] = []
        while place + Int64(rest.count) < length {
            let start = place + Int64(rest.count)
            let piece = try read(Extent(offset: start, length: Int(min(1 << 20, length - start))))
            if piece.isEmpty { break }
            rest += piece
            var from = rest.startIndex
            while let end = rest[from...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = rest[from...end]
                guard try body(line, Extent(offset: place, length: line.count)) else { return }
                place += Int64(line.count)
                from = end + 1
            }
            rest.removeFirst(from)
        }
        if !rest.isEmpty { _ = try body(rest[...], Extent(offset: place, length: rest.count)) }
    }
}
