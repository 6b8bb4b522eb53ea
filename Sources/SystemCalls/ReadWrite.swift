internal import CLinux
internal import Glibc
internal import SystemPackage

extension OwnedDescriptor {
    /// Reads at most `count` bytes from where the descriptor stands; empty at the end of the file.
    public borrowing func read(atMost count: Int) throws(SystemCallError) -> [UInt8] {
        try filled(count, "read") { number, buffer, _ in Glibc.read(number, buffer.baseAddress, buffer.count) }
    }

    /// Reads `count` bytes from `offset` on; fewer only where the file ends. The descriptor's own place stays.
    public borrowing func read(_ count: Int, at offset: Int64) throws(SystemCallError) -> [UInt8] {
        var result: [UInt8] = []
        while result.count < count {
            let place = offset + Int64(result.count)
            let piece = try filled(count - result.count, "pread") { number, buffer, _ in
                pread(number, buffer.baseAddress, buffer.count, off_t(place))
            }
            if piece.isEmpty { break }
            if result.isEmpty { result = piece } else { result += piece }
        }
        return result
    }

    /// Reads from where the descriptor stands to the end of the file.
    ///
    /// A file that holds more than `limit` bytes is refused with `EFBIG`, after at most one byte more has been read.
    public borrowing func readToEnd(limit: Int) throws(SystemCallError) -> [UInt8] {
        var result: [UInt8] = []
        // The size is a hint only: /proc says 0, and a file may grow while it is read.
        var step = max(4096, min(Int(clamping: try status().size), limit) + 1)
        while true {
            let piece = try read(atMost: min(step, limit + 1 - result.count))
            if piece.isEmpty { return result }
            if result.isEmpty { result = piece } else { result += piece }
            if result.count > limit { throw SystemCallError(call: "read", subject: nil, errno: .fileTooLarge) }
            step = min(max(step, 4096) * 2, 1 << 20)
        }
    }

    /// Writes all bytes where the descriptor stands, or at the end when it was opened with `.append`.
    public borrowing func write(_ bytes: RawSpan) throws(SystemCallError) {
        try written(bytes, "write") { number, buffer, _ in Glibc.write(number, buffer.baseAddress, buffer.count) }
    }

    /// Writes all bytes where the descriptor stands, or at the end when it was opened with `.append`.
    public borrowing func write(_ bytes: [UInt8]) throws(SystemCallError) {
        try write(bytes.span.bytes)
    }

    /// Writes to a socket what it takes without waiting, and gives how many bytes that were (send(2)); `EAGAIN` when it takes
    /// none, `EPIPE` when the other side has closed.
    public borrowing func writeSome(_ bytes: RawSpan) throws(SystemCallError) -> Int {
        let number = number
        let flags = Int32(MSG_NOSIGNAL | MSG_DONTWAIT)
        return try bytes.withUnsafeBytes { (buffer) throws(SystemCallError) in
            try checked("send") { Glibc.send(number, buffer.baseAddress, buffer.count, flags) }
        }
    }

    /// The same for an array.
    public borrowing func writeSome(_ bytes: [UInt8]) throws(SystemCallError) -> Int {
        try writeSome(bytes.span.bytes)
    }

    /// Reads from a socket what is there, into the beginning of a buffer, and gives how many bytes that were (recv(2)); `EAGAIN`
    /// when nothing is there yet, 0 when the other side has closed.
    public borrowing func readSome(into buffer: inout [UInt8]) throws(SystemCallError) -> Int {
        let number = number
        let size = buffer.count
        return try checked("recv") { Glibc.recv(number, &buffer, size, Int32(MSG_DONTWAIT)) }
    }

    /// Writes all bytes from `offset` on. The descriptor's own place stays.
    public borrowing func write(_ bytes: RawSpan, at offset: Int64) throws(SystemCallError) {
        try written(bytes, "pwrite") { number, buffer, done in
            pwrite(number, buffer.baseAddress, buffer.count, off_t(offset + Int64(done)))
        }
    }

    /// Writes all bytes from `offset` on. The descriptor's own place stays.
    public borrowing func write(_ bytes: [UInt8], at offset: Int64) throws(SystemCallError) {
        try write(bytes.span.bytes, at: offset)
    }

    /// Cuts or grows the file to `size` bytes.
    public borrowing func truncate(to size: Int64) throws(SystemCallError) {
        let number = number
        try checked("ftruncate") { ftruncate(number, off_t(size)) }
    }

    /// Reserves space behind the file's end, so that writing there cannot fail for want of it (fallocate(2)); the size grows
    /// to cover it. Where the file system cannot, zeros are written.
    public borrowing func allocate(_ count: Int64, at offset: Int64 = 0) throws(SystemCallError) {
        let number = number
        do throws(SystemCallError) {
            try checked("fallocate") { fallocate(number, 0, off_t(offset), off_t(count)) }
        } catch {
            guard error.errno == .notSupported else { throw error }
            for place in stride(from: offset, to: offset + count, by: 1 << 16) {
                try write([UInt8](repeating: 0, count: Int(min(1 << 16, offset + count - place))), at: place)
            }
        }
    }

    /// Waits until content and metadata are on the device (fsync(2)).
    ///
    /// After a failure the kernel may have dropped the bytes: the file has to be written anew, not synchronized again.
    public borrowing func synchronize() throws(SystemCallError) {
        let number = number
        try checked("fsync") { fsync(number) }
    }

    /// Waits until the content, and what is needed to read it back, is on the device (fdatasync(2)).
    ///
    /// After a failure the kernel may have dropped the bytes: the file has to be written anew, not synchronized again.
    public borrowing func synchronizeContent() throws(SystemCallError) {
        let number = number
        try checked("fdatasync") { fdatasync(number) }
    }

    private borrowing func filled(
        _ count: Int, _ call: String, _ body: (Int32, UnsafeMutableRawBufferPointer, Int) -> Int
    ) throws(SystemCallError) -> [UInt8] {
        let number = number
        return try [UInt8](unsafeUninitializedCapacity: count) { (buffer, filled) throws(SystemCallError) in
            let raw = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: count)
            filled = try checked(call) { body(number, raw, 0) }
        }
    }

    private borrowing func written(
        _ bytes: RawSpan, _ call: String, _ body: (Int32, UnsafeRawBufferPointer, Int) -> Int
    ) throws(SystemCallError) {
        let number = number
        try bytes.withUnsafeBytes { (buffer) throws(SystemCallError) in
            var done = 0
            while done < buffer.count {
                let rest = UnsafeRawBufferPointer(rebasing: buffer[done...])
                let count = try checked(call) { body(number, rest, done) }
                // A write that takes nothing and reports nothing would loop for ever.
                if count == 0 { throw SystemCallError(call: call, subject: nil, errno: .ioError) }
                done += count
            }
        }
    }
}
