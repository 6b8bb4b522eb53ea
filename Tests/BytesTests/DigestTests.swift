import Bytes
import Testing

@Suite struct DigestTests {
    // FIPS 180-4 and RFC 1321, their own examples.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func `SHA-256 is that of the standard`(text: String, expected: String) {
        #expect(SHA256.digest(of: text).hex == expected)
    }

    @Test(arguments: [
        ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"), ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
    ])
    func `SHA-1 is that of the standard`(text: String, expected: String) {
        #expect(SHA1.digest(of: text).hex == expected)
    }

    // The last line is daskperiment's hash of a step called with 1.
    @Test(arguments: [
        ("", "d41d8cd98f00b204e9800998ecf8427e"), ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
        ("(1,)", "c0a8a20f903a4915b94db8de3ea63195"),
    ])
    func `MD5 is that of the standard`(text: String, expected: String) {
        #expect(MD5.digest(of: text).hex == expected)
    }

    @Test func `a million letters in odd pieces have the digest of the whole`() {
        let piece = [UInt8](repeating: 0x61, count: 997)
        var context = DigestContext<SHA256>()
        var left = 1_000_000
        while left > 0 {
            let count = min(left, piece.count)
            context.update(piece.span.bytes.extracting(first: count))
            left -= count
        }
        #expect(context.finish().hex == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test func `a copy goes on apart from its original`() {
        var context = DigestContext<SHA256>()
        context.update(Array("ab".utf8))
        var copy = context.copy()
        copy.update(Array("x".utf8))
        context.update(Array("c".utf8))
        #expect(context.finish() == SHA256.digest(of: "abc"))
        #expect(copy.finish() == SHA256.digest(of: "abx"))
    }

    @Test func `hexadecimal digits are read back in either case`() throws {
        let digest = SHA256.digest(of: "abc")
        #expect(Digest<SHA256>(hex: digest.hex) == digest)
        #expect(Digest<SHA256>(hex: digest.hex.uppercased()) == digest)
        #expect(Digest<SHA256>(bytes: digest.bytes) == digest)
    }

    @Test(arguments: ["", "ba78", String(repeating: "g", count: 40), String(repeating: "é", count: 20)])
    func `text that is no digest is refused`(text: String) {
        #expect(Digest<SHA1>(hex: text) == nil)
    }
}
