import Testing

@testable import Bytes

@Suite struct DeflateTests {
    /// What Python's `zlib.compressobj(wbits=-15)` makes of 300 times the letter a.
    private static let letters: [UInt8] = [0x4B, 0x4C, 0x1C, 0x05, 0xC4, 0x02, 0x00]

    @Test func `what was deflated comes back`() throws {
        #expect(try Deflate.decompress(Self.letters, limit: 300) == Array(repeating: UInt8(ascii: "a"), count: 300))
        #expect(try Deflate.decompress([0x03, 0x00], limit: 0) == [])
    }

    @Test func `more than is allowed is refused, and so is what is damaged or ends too early`() {
        #expect(throws: BytesError.tooLarge(limit: 299)) { try Deflate.decompress(Self.letters, limit: 299) }
        #expect(throws: BytesError.corrupt("zlib's error -3")) { try Deflate.decompress([0xFF, 0xFF], limit: 10) }
        #expect(throws: BytesError.self) { try Deflate.decompress(Array(Self.letters.dropLast(3)), limit: 300) }
        #expect(throws: BytesError.self) { try Deflate.decompress([], limit: 300) }
    }
}
