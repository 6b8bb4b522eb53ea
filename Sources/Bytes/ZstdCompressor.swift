internal import CZstd

/// One zstd frame in the making, with a checksum at its end (RFC 8878).
public struct ZstdCompressor: ~Copyable {
    private let context: OpaquePointer
    private let place: ZstdPlace

    /// A frame at a level from 1 (fast) to 19 (small); 3 is zstd's own default.
    ///
    /// With `size`, of exactly so many bytes of content: for a few of them zstd then sets up a few kilobytes, not a megabyte.
    public init(level: Int = 3, size: Int? = nil) throws(BytesError) {
        guard let context = ZSTD_createCCtx() else {
            throw .failed(function: "ZSTD_createCCtx", message: "out of memory")
        }
        for (parameter, value) in [(ZSTD_c_compressionLevel, Int32(clamping: level)), (ZSTD_c_checksumFlag, 1)] {
            let code = ZSTD_CCtx_setParameter(context, parameter, value)
            guard ZSTD_isError(code) == 0 else {
                ZSTD_freeCCtx(context)
                throw Self.error("ZSTD_CCtx_setParameter", code)
            }
        }
        if let size {
            let code = ZSTD_CCtx_setPledgedSrcSize(context, UInt64(size))
            guard ZSTD_isError(code) == 0 else {
                ZSTD_freeCCtx(context)
                throw Self.error("ZSTD_CCtx_setPledgedSrcSize", code)
            }
        }
        place = ZstdPlace(size: min(ZSTD_CStreamOutSize(), size.map(ZSTD_compressBound) ?? .max))
        self.context = context
    }

    deinit { ZSTD_freeCCtx(context) }

    /// Compresses bytes, and appends to `output` what is ready so far.
    public mutating func compress(_ bytes: RawSpan, into output: inout [UInt8]) throws(BytesError) {
        try drive(bytes, ZSTD_e_continue, into: &output)
    }

    /// Ends the frame, and appends the rest of it to `output`.
    public consuming func finish(into output: inout [UInt8]) throws(BytesError) {
        let nothing: [UInt8] = []
        try drive(nothing.span.bytes, ZSTD_e_end, into: &output)
    }

    private func drive(
        _ bytes: RawSpan, _ directive: ZSTD_EndDirective, into output: inout [UInt8]
    ) throws(BytesError) {
        var taken = 0
        while true {
            let remaining = bytes.withUnsafeBytes { source in
                var input = ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: taken)
                defer { taken = input.pos }
                return place.fill(appendingTo: &output) { ZSTD_compressStream2(context, &$0, &input, directive) }
            }
            guard ZSTD_isError(remaining) == 0 else { throw Self.error("ZSTD_compressStream2", remaining) }
            if directive == ZSTD_e_end ? remaining == 0 : taken == bytes.byteCount { return }
        }
    }

    private static func error(_ function: String, _ code: Int) -> BytesError {
        .failed(function: function, message: String(cString: ZSTD_getErrorName(code)))
    }
}
