internal import CZlib

/// Deflate without a wrapper (RFC 1951), as ZIP archives hold their members.
public enum Deflate {
    /// What the bytes stand for; throws `tooLarge` when that is more than `limit` bytes, before more than that is made.
    public static func decompress(_ bytes: [UInt8], limit: Int) throws(BytesError) -> [UInt8] {
        guard let length = UInt32(exactly: bytes.count), let room = UInt32(exactly: limit) else {
            throw .tooLarge(limit: limit)
        }
        var result = 0
        let output = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            result = bytes.withUnsafeBufferPointer {
                CZlib_inflate($0.baseAddress, length, buffer.baseAddress, room)
            }
            count = max(0, result)
        }
        switch Int32(clamping: result) {
        case 0...: return output
        case Z_BUF_ERROR: throw .tooLarge(limit: limit)
        case Z_MEM_ERROR: throw .failed(function: "inflateInit2", message: "out of memory")
        default: throw .corrupt("zlib's error \(result)")
        }
    }
}
