internal import CZlib

/// Compresses one stream of bytes after the other in zlib's format (RFC 1950), as git holds its objects.
public struct ZlibCompressor: ~Copyable {
    /// zlib keeps the address of its stream.
    private let stream: UnsafeMutablePointer<z_stream>

    /// Nothing compressed yet; `level` is 1, the fastest, to 9.
    public init(level: Int32) throws(BytesError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard CZlib_deflateInit(stream, level) == Z_OK else {
            stream.deallocate()
            throw .failed(function: "deflateInit", message: "out of memory")
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Adds bytes of the stream, and puts what comes of them behind `output`; after the last ones the next stream begins.
    public mutating func add(_ bytes: RawSpan, isLast: Bool, to output: inout [UInt8]) {
        bytes.withUnsafeBytes { input in
            var done = 0
            repeat {
                let piece = min(input.count - done, 1 << 20)
                stream.pointee.next_in = UnsafeMutablePointer(
                    mutating: input.baseAddress?.advanced(by: done).assumingMemoryBound(to: UInt8.self))
                stream.pointee.avail_in = UInt32(piece)
                done += piece
                run(isLast && done == input.count ? Z_FINISH : Z_NO_FLUSH, &output)
            } while done < input.count
        }
        if isLast { deflateReset(stream) }
    }

    /// Forgets the stream that was begun.
    public mutating func reset() { deflateReset(stream) }

    /// Runs until all input is taken and zlib has nothing more to say.
    private mutating func run(_ flush: Int32, _ output: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1 << 15) { room in
            repeat {
                stream.pointee.next_out = room.baseAddress
                stream.pointee.avail_out = UInt32(room.count)
                _ = deflate(stream, flush)
                output.append(contentsOf: room[..<(room.count - Int(stream.pointee.avail_out))])
            } while stream.pointee.avail_out == 0
        }
    }
}

/// The checksum of Ethernet, ZIP and git's pack indexes.
public struct CRC32: Hashable, Sendable {
    /// The checksum of what was added so far.
    public private(set) var value: UInt32 = 0

    /// Of no bytes.
    public init() {}

    /// Adds bytes.
    public mutating func update(_ bytes: RawSpan) {
        bytes.withUnsafeBytes { buffer in
            value = UInt32(
                crc32_z(UInt(value), buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), buffer.count))
        }
    }
}
