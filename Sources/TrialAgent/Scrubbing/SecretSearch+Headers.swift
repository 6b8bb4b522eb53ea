/// What a request is sent with: `Authorization`, `Cookie`.
extension SecretSearch {
    private static let longestLine = 2048

    private static let schemes: Set<String> = [
        "bearer", "basic", "token", "digest", "apikey", "negotiate", "ntlm", "bot", "key", "aws4-hmac-sha256", "jwt",
    ]

    /// Whether that is the name of a header that holds secrets.
    static func isHeader(_ name: ArraySlice<UInt8>) -> Bool {
        name.equals("cookie") || name.equals("set-cookie") || name.equals("authorization")
            || name.equals("proxy-authorization")
    }

    /// The secret of a header; nil when the name is none's.
    func header(_ name: ArraySlice<UInt8>, behind separator: Int) -> Found? {
        guard Self.isHeader(name) else { return nil }
        let isCookie = name.suffix(6).equals("cookie")
        let start = afterBlanks(separator)
        let value = value(at: start)
        // Of a header that stands by itself the rest of the line is its value.
        let isBare = value.form != .quoted
        if isBare, kind == .code { return nil }
        let range = isBare ? start..<endOfLine(from: start) : value.range
        return isCookie ? cookie(range) : authorization(range, isBare: isBare)
    }

    private func cookie(_ range: Range<Int>) -> Found? {
        guard let equal = bytes[range].prefix(128).firstIndex(of: 0x3D), equal > range.lowerBound,
            bytes[range.lowerBound..<equal].allSatisfy({ $0.isWord || $0 == 0x2D || $0 == 0x2E })
        else { return nil }
        return (range, "cookie")
    }

    private func authorization(_ range: Range<Int>, isBare: Bool) -> Found? {
        let words = bytes[range].prefix(Self.longestLine).split(maxSplits: 1) { $0 == 0x20 }
        guard let first = words.first, !first.starts(with: "«".utf8) else { return nil }
        let scheme = String(decoding: first, as: UTF8.self).lowercased()
        guard words.count == 2, Self.schemes.contains(scheme) else {
            let isChosen = words.count == 1 && !Self.schemes.contains(scheme) && first.looksChosen
            guard isChosen, !Placeholder.isOne(first, named: []) else { return nil }
            return (
                range.lowerBound..<first.endIndex, kind(of: range.lowerBound..<first.endIndex, named: "authorization")
            )
        }
        let content = words[1]
        guard !Placeholder.isOne(content, named: []), !isBare || content.looksChosen, !content.starts(with: "«".utf8)
        else {
            return nil
        }
        let end = range.upperBound
        return (content.startIndex..<end, kind(of: content.startIndex..<end, named: scheme))
    }

    /// Where a line, or the text that it stands in, ends.
    private func endOfLine(from start: Int) -> Int {
        let line = bytes[start...].prefix(Self.longestLine)
        return line.firstIndex { $0 < 0x20 && $0 != 0x09 || "\"'`".utf8.contains($0) } ?? line.endIndex
    }

    /// `Bearer …`, `Basic …` that stand in no header.
    func credentials(at place: Int) -> Found? {
        let rest = bytes[place...]
        let isBasic = rest.begins(with: "basic ")
        guard isBasic || rest.begins(with: "bearer ") else { return nil }
        let start = place + (isBasic ? 6 : 7)
        let value = bytes[start...].prefix { $0.isWord || Self.base64.contains($0) }
        guard value.count >= (isBasic ? 8 : 16), value.contains(where: { $0.isDigit || $0.isCapital || $0 == 0x3D })
        else {
            return nil
        }
        if isBasic {
            let before = String(decoding: bytes[..<place].suffix(24), as: UTF8.self).lowercased()
            guard before.contains("authorization") else { return nil }
        }
        return (start..<value.endIndex, isBasic ? "basic" : "bearer")
    }

    private static let base64 = ByteSet("-._~+/=")
}
