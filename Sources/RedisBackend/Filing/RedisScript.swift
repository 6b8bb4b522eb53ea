internal import Bytes

/// A script, and the digest by which the server knows it once it was loaded.
struct RedisScript: Sendable {
    let text: String
    let digest: String

    init(_ text: String) {
        self.text = text
        digest = SHA1.digest(of: text).hex
    }
}
