internal import CZstd

/// A place that zstd writes its output to, before it is appended to an array.
struct ZstdPlace: ~Copyable {
    private let buffer: UnsafeMutableRawBufferPointer

    init(size: Int) { buffer = .allocate(byteCount: size, alignment: 16) }

    deinit { buffer.deallocate() }

    var size: Int { buffer.count }

    /// Lends the place to one call of zstd, appends what it wrote, and returns what it answered.
    func fill(
        atMost count: Int = .max, appendingTo output: inout [UInt8], _ body: (inout ZSTD_outBuffer) -> Int
    ) -> Int {
        var destination = ZSTD_outBuffer(dst: buffer.baseAddress, size: min(count, size), pos: 0)
        let answer = body(&destination)
        output.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<destination.pos]))
        return answer
    }
}
