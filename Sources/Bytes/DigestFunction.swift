/// A cryptographic digest, by the name that libcrypto has for it.
public protocol DigestFunction: Sendable {
    /// libcrypto's name: `SHA256`.
    static var name: String { get }
    /// Bytes of a digest.
    static var byteCount: Int { get }
}

/// SHA-256 (FIPS 180-4): run keys, parts, version identities.
public enum SHA256: DigestFunction {
    /// libcrypto's name.
    public static let name = "SHA256"
    /// 256 bits.
    public static let byteCount = 32
}

/// SHA-1 (FIPS 180-4): git's object ids; not for anything that an attacker may choose.
public enum SHA1: DigestFunction {
    /// libcrypto's name.
    public static let name = "SHA1"
    /// 160 bits.
    public static let byteCount = 20
}

/// MD5 (RFC 1321): daskperiment's step hashes; not for anything that an attacker may choose.
public enum MD5: DigestFunction {
    /// libcrypto's name.
    public static let name = "MD5"
    /// 128 bits.
    public static let byteCount = 16
}

extension DigestFunction {
    /// The digest of bytes that are all at hand.
    public static func digest(of bytes: RawSpan) -> Digest<Self> {
        var context = DigestContext<Self>()
        context.update(bytes)
        return context.finish()
    }

    /// The digest of an array.
    public static func digest(of bytes: [UInt8]) -> Digest<Self> { digest(of: bytes.span.bytes) }

    /// The digest of a text's UTF-8.
    public static func digest(of text: String) -> Digest<Self> { digest(of: Array(text.utf8)) }
}
