internal import CZstd

/// One zstd frame in the reading; never gives out more than its limit, whatever the frame claims or holds.
public struct ZstdDecompressor: ~Copyable {
    private let context: OpaquePointer
    private let place: ZstdPlace
    private let limit: Int
    private var produced = 0
    private var isComplete = false

    /// A frame of at most `limit` bytes of content.
    public init(limit: Int) throws(BytesError) {
        guard let context = ZSTD_createDCtx() else {
            throw .failed(function: "ZSTD_createDCtx", message: "out of memory")
        }
        self.context = context
        place = ZstdPlace(size: min(ZSTD_DStreamOutSize() - 1, max(0, limit)) + 1)
        self.limit = limit
    }

    deinit { ZSTD_freeDCtx(context) }

    /// Decompresses bytes of the frame, and appends the content that is ready to `output`.
    ///
    /// Throws `corrupt` for damaged data and for anything that follows the frame, `tooLarge` beyond the limit.
    public mutating func decompress(_ bytes: RawSpan, into output: inout [UInt8]) throws(BytesError) {
        var taken = 0
        while true {
            if isComplete {
                guard taken == bytes.byteCount else { throw .corrupt("bytes after the frame's end") }
                return
            }
            // One byte more than is allowed, so that a frame of exactly the limit is told from a longer one.
            let room = min(place.size - 1, limit - produced) + 1
            let before = output.count
            let hint = bytes.withUnsafeBytes { source in
                var input = ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: taken)
                defer { taken = input.pos }
                return place.fill(atMost: room, appendingTo: &output) {
                    ZSTD_decompressStream(context, &$0, &input)
                }
            }
            guard ZSTD_isError(hint) == 0 else { throw .corrupt(String(cString: ZSTD_getErrorName(hint))) }
            let appended = output.count - before
            produced += appended
            guard produced <= limit else { throw .tooLarge(limit: limit) }
            isComplete = hint == 0
            // A full place means that zstd may hold back more.
            if taken == bytes.byteCount, appended < room { return }
        }
    }

    /// Ends the reading; throws `truncated` when the frame has not ended.
    public consuming func finish() throws(BytesError) {
        guard isComplete else { throw .truncated }
    }
}
