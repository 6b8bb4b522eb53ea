/// A text that may hold a password: whatever prints it shows it as the user wrote it, without its secrets.
public struct ConcealedText: Sendable, Hashable {
    /// The text with variables and credentials filled in; for the connection only.
    public let revealed: String
    /// The text as written, a password in it replaced by `***`.
    public let shown: String

    /// A text and its written form, which is concealed here.
    public init(revealed: String, written: String) {
        self.revealed = revealed
        shown = Self.withoutPassword(written)
    }

    /// Replaces what stands between `:` and the last `@` of a URI's authority (RFC 3986, 3.2).
    private static func withoutPassword(_ uri: String) -> String {
        guard let slashes = uri.firstRange(of: "://") else { return uri }
        let rest = uri[slashes.upperBound...]
        // A password with an unescaped slash is wrong, but it is a password all the same: look for the last @ anywhere.
        guard let at = rest.lastIndex(of: "@"), let colon = rest[..<at].firstIndex(of: ":") else { return uri }
        let secret = rest[rest.index(after: colon)..<at]
        if secret.hasPrefix("${credential:"), secret.hasSuffix("}"), !secret.dropFirst().contains("$") { return uri }
        return uri[...colon] + "***" + uri[at...]
    }
}

extension ConcealedText: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The text without its secrets.
    public var description: String { shown }

    /// The text without its secrets.
    public var debugDescription: String { shown }

    /// Only what may be shown, so that `dump` tells no more than `print`.
    public var customMirror: Mirror { Mirror(self, children: ["shown": shown]) }
}
