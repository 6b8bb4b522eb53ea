internal import CCrypto

/// A digest in the making, for bytes that come piece by piece.
public struct DigestContext<Function: DigestFunction>: ~Copyable {
    private let context: OpaquePointer

    /// A digest of no bytes yet.
    public init() {
        // "-fips": MD5 is no secret's guard here, and stays available where the system's policy asks for FIPS only.
        guard let context = EVP_MD_CTX_new(), let function = EVP_MD_fetch(nil, Function.name, "-fips") else {
            preconditionFailure("libcrypto has no memory, or no \(Function.name)")
        }
        defer { EVP_MD_free(function) }
        precondition(EVP_DigestInit_ex(context, function, nil) == 1, "libcrypto refuses \(Function.name)")
        self.context = context
    }

    private init(owning context: OpaquePointer) { self.context = context }

    deinit { EVP_MD_CTX_free(context) }

    /// A second digest of what was added so far; the two go on apart.
    public borrowing func copy() -> DigestContext {
        guard let second = EVP_MD_CTX_new(), EVP_MD_CTX_copy_ex(second, context) == 1 else {
            preconditionFailure("libcrypto has no memory")
        }
        return DigestContext(owning: second)
    }

    /// Adds bytes.
    public mutating func update(_ bytes: RawSpan) {
        bytes.withUnsafeBytes { buffer in
            // Fails only for a context that was finished, which `finish` being consuming rules out.
            precondition(EVP_DigestUpdate(context, buffer.baseAddress, buffer.count) == 1)
        }
    }

    /// Adds the bytes of an array.
    public mutating func update(_ bytes: [UInt8]) { update(bytes.span.bytes) }

    /// The digest of everything that was added.
    public consuming func finish() -> Digest<Function> {
        var bytes = [UInt8](repeating: 0, count: Function.byteCount)
        precondition(EVP_DigestFinal_ex(context, &bytes, nil) == 1)
        return Digest(computed: bytes)
    }
}
