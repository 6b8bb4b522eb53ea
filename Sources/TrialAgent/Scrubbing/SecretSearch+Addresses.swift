/// Who is named in an address.
extension SecretSearch {
    private static let longestAddress = 512

    private static let outside = ByteSet("\"'`<>|\\")
    private static let behindHost = ByteSet("/?#")

    /// `scheme://user:password@host`: user and password. The user alone is left where it is only a name, as in ssh's addresses.
    func userInformation(at colon: Int) -> Found? {
        guard bytes[colon...].starts(with: "://".utf8), colon > 0, bytes[colon - 1].isLetter || bytes[colon - 1].isDigit
        else { return nil }
        let start = colon + 3
        let address = bytes[start...].prefix(Self.longestAddress).prefix { $0 > 0x20 && !Self.outside.contains($0) }
        let authority = address.prefix { !Self.behindHost.contains($0) }
        guard let at = authority.lastIndex(of: 0x40) ?? at(in: address, behind: authority), at > start else {
            return nil
        }
        let user = bytes[start..<at]
        let isWeb =
            bytes[..<colon].suffix(4).elementsEqual("http".utf8)
            || bytes[..<colon].suffix(5).elementsEqual("https".utf8)
        guard !user.starts(with: "«".utf8) else { return nil }
        let parts = user.split(separator: 0x3A, maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 || isWeb, let secret = parts.last, !Placeholder.isOne(secret, named: []) else {
            return nil
        }
        return (start..<at, "url")
    }

    /// The `@` that ends a password which has a `/`, `?` or `#`: it has one when what would be a port is no number.
    private func at(in address: ArraySlice<UInt8>, behind authority: ArraySlice<UInt8>) -> Int? {
        guard let colon = authority.firstIndex(of: 0x3A) else { return nil }
        let port = authority[(colon + 1)...]
        guard !port.allSatisfy(\.isDigit) || port.isEmpty && colon == authority.startIndex else { return nil }
        // Of several addresses only the first.
        let end = address.firstRange(of: Array("://".utf8))?.lowerBound ?? address.endIndex
        return address[..<end].lastIndex(of: 0x40)
    }
}
