/// Keys as PEM writes them.
extension SecretSearch {
    private static let longestKey = 32 << 10
    private static let body = ByteSet("+/=\r\n\\\u{1B}")

    /// `-----BEGIN … PRIVATE KEY-----` up to its end, or to the end of what is there of it.
    func privateKey(at place: Int) -> Found? {
        guard let line = label("-----BEGIN ", at: place), let next = byte(at: line) else { return nil }
        // Else it is only spoken of.
        guard Self.body.contains(next), next != 0x2B, next != 0x2F, next != 0x3D else { return nil }
        let near = bytes[line...].prefix(Self.longestKey)
        // What has another key before its end is looked at from there.
        if let end = near.firstRange(of: Array("-----".utf8)), near[end.lowerBound...].starts(with: "-----END ".utf8),
            let last = near[(end.upperBound + 4)...].prefix(80).firstRange(of: Array("-----".utf8))
        {
            return (place..<last.upperBound, "private-key")
        }
        let body = near.prefix { $0.isWord || Self.body.contains($0) }
        return body.count > 16 ? (place..<body.endIndex, "private-key") : nil
    }

    /// What a text that begins inside of a key has of it: lines of base64, and `-----END … PRIVATE KEY-----`.
    func endOfPrivateKey(at place: Int, from first: Int) -> Found? {
        guard let end = label("-----END ", at: place) else { return nil }
        var start = place
        while start > max(first, place - Self.longestKey) {
            guard bytes[start - 1] == 0x0A || bytes[start - 1] == UnescapedText.mark else { break }
            var lineEnd = start - 1
            if lineEnd > first, bytes[lineEnd - 1] == 0x0D { lineEnd -= 1 }
            let line = bytes[first..<lineEnd].suffix(80)
            let content = line.suffix(
                from: line.lastIndex { !$0.isLetter && !$0.isDigit && !Self.base64.contains($0) }.map { $0 + 1 }
                    ?? line.startIndex)
            let isWhole = content.startIndex == first || bytes[content.startIndex - 1] <= 0x20
            // A short line is the last one, or what is left of the first.
            let isBase64 = content.contains { $0.isDigit || $0.isCapital || $0 == 0x3D }
            let isLong = content.count >= 60 || content.startIndex == first && isBase64
            let isLast = start == place && isBase64
            guard isWhole, !content.isEmpty, isLong || isLast else { break }
            start = content.startIndex
        }
        return start < place ? (start..<end, "private-key") : nil
    }

    private static let base64 = ByteSet("+/=")

    /// The end of `-----BEGIN RSA PRIVATE KEY-----`.
    private func label(_ beginning: String, at place: Int) -> Int? {
        let rest = bytes[place...].prefix(80)
        guard rest.starts(with: beginning.utf8),
            let end = rest.dropFirst(beginning.utf8.count).firstRange(of: Array("-----".utf8)),
            rest[..<end.lowerBound].firstRange(of: Array("PRIVATE KEY".utf8)) != nil
        else { return nil }
        return end.upperBound
    }
}
