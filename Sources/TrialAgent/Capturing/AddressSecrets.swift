/// Looks for addresses that only some may know: `https://user:password@host`, `https://host/file?token=…`.
enum AddressSecrets {
    /// The most bytes of an address that are looked at.
    private static let longest = 4096

    static func isIn(_ bytes: [UInt8]) -> Bool {
        let mark = Array("://".utf8)
        var rest = bytes[...]
        while let found = rest.firstRange(of: mark) {
            rest = rest[found.upperBound...]
            let address = rest.prefix(longest).prefix { $0 > 0x20 && !Self.ends.contains($0) }
            if isSecret(String(decoding: address, as: UTF8.self)) { return true }
        }
        return false
    }

    /// What cannot stand in an address in any of the languages that lockfiles are written in.
    private static let ends = Set("\"'<>`|\\^".utf8)

    private static func isSecret(_ address: String) -> Bool {
        let authority = address.prefix { !"/?#".contains($0) }
        // A user's name alone is none when it is that of all.
        if let at = authority.lastIndex(of: "@"), authority[..<at] != "git" {
            let words = authority[..<at].split(separator: ":")
            // `$TOKEN` and `${TOKEN}` only say where the secret is.
            if !words.allSatisfy({ $0.hasPrefix("$") }) { return true }
        }
        guard let question = address.firstIndex(of: "?") else { return false }
        let query = address[address.index(after: question)...].prefix { $0 != "#" }
        return query.split(separator: "&").contains { pair in
            let key = pair.prefix { $0 != "=" }.lowercased()
            let value = pair.drop { $0 != "=" }.dropFirst()
            return !value.isEmpty && !value.hasPrefix("$") && keys.contains { key.contains($0) }
        }
    }

    private static let keys = ["token", "sig", "password", "secret", "api_key", "apikey", "credential"]
}
