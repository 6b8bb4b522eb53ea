import Bytes
import Testing

@Suite struct ZstdTests {
    static let contents: [[UInt8]] = [
        [], [0], Array("trial ".utf8), (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) },
        [UInt8](repeating: 7, count: 1_000_000),
    ]

    @Test(arguments: contents.indices)
    func `what was compressed comes back`(index: Int) throws {
        let content = Self.contents[index]
        let frame = try Zstd.compress(content)
        #expect(try Zstd.decompress(frame, limit: content.count) == content)
    }

    @Test(arguments: [1, 13, 4096])
    func `a frame may come and go in pieces`(size: Int) throws {
        let content = Self.contents[3]
        var frame: [UInt8] = []
        var compressor = try ZstdCompressor(level: 1)
        for start in stride(from: 0, to: content.count, by: size * 100) {
            let piece = content.span.bytes.extracting(start..<min(start + size * 100, content.count))
            try compressor.compress(piece, into: &frame)
        }
        try compressor.finish(into: &frame)
        var read: [UInt8] = []
        var decompressor = try ZstdDecompressor(limit: content.count)
        for start in stride(from: 0, to: frame.count, by: size) {
            try decompressor.decompress(
                frame.span.bytes.extracting(start..<min(start + size, frame.count)), into: &read)
        }
        try decompressor.finish()
        #expect(read == content)
    }

    @Test(arguments: [0, 1, 999_999])
    func `a frame never gives out more than its limit`(limit: Int) throws {
        let bomb = try Zstd.compress([UInt8](repeating: 0, count: 1_000_000))
        #expect(throws: BytesError.tooLarge(limit: limit)) { try Zstd.decompress(bomb, limit: limit) }
        var given: [UInt8] = []
        var decompressor = try ZstdDecompressor(limit: limit)
        _ = try? decompressor.decompress(bomb.span.bytes, into: &given)
        #expect(given.count <= limit + 1)
    }

    @Test func `the largest number is a limit as good as any`() throws {
        let content: [UInt8] = [1, 2, 3]
        #expect(try Zstd.decompress(Zstd.compress(content), limit: .max) == content)
    }

    @Test func `every cut of a frame is told from the whole`() throws {
        let frame = try Zstd.compress(Array("the same words, the same words, the same words".utf8))
        for length in 0..<frame.count {
            #expect(throws: BytesError.truncated, "cut after \(length)") {
                try Zstd.decompress(Array(frame.prefix(length)), limit: 1000)
            }
        }
    }

    @Test func `no flipped byte yields content that differs in silence`() throws {
        let content = Self.contents[3]
        let frame = try Zstd.compress(content)
        for index in stride(from: 0, to: frame.count, by: max(1, frame.count / 200)) {
            var damaged = frame
            damaged[index] ^= 0x55
            let read = try? Zstd.decompress(damaged, limit: content.count)
            #expect(read == nil || read == content, "byte \(index)")
        }
    }

    @Test func `bytes after the frame are refused`() throws {
        let frame = try Zstd.compress([1, 2, 3]) + [0]
        #expect(throws: BytesError.self) { try Zstd.decompress(frame, limit: 10) }
    }
}
