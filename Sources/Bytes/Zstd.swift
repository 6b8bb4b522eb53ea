/// zstd for bytes that are all at hand.
public enum Zstd {
    /// One frame with a checksum.
    public static func compress(_ bytes: [UInt8], level: Int = 3) throws(BytesError) -> [UInt8] {
        var output: [UInt8] = []
        var compressor = try ZstdCompressor(level: level, size: bytes.count)
        try compressor.compress(bytes.span.bytes, into: &output)
        try compressor.finish(into: &output)
        return output
    }

    /// The content of one frame; throws `tooLarge` when it is more than `limit` bytes, before more than that is made.
    public static func decompress(_ bytes: [UInt8], limit: Int) throws(BytesError) -> [UInt8] {
        var output: [UInt8] = []
        var decompressor = try ZstdDecompressor(limit: limit)
        try decompressor.decompress(bytes.span.bytes, into: &output)
        try decompressor.finish()
        return output
    }
}
