/// Replaces what looks like a secret in text that is kept, shown or sent: `«scrubbed:github»` stands in its place.
///
/// Tokens are known by their shape, other secrets by the name that they are given or by where they stand in an address. Hex
/// digests, UUIDs and names of packages are none. What was scrubbed once stays as it is.
struct Scrubber: Sendable {
    /// What a text is.
    enum Kind: Sendable {
        /// Messages, command lines, settings: what stands behind `password=` is a value.
        case text
        /// Source: what stands behind `password=` is a secret only where it is a literal.
        case code
    }

    /// How many secrets of each kind were found.
    private(set) var counts: [String: Int] = [:]

    /// What was done, as a sentence for the user; nil when nothing was.
    var problem: String? {
        guard !counts.isEmpty else { return nil }
        let total = counts.values.reduce(0, +)
        let kinds = counts.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)" }.joined(separator: ", ")
        return total == 1
            ? "what looks like a secret was scrubbed (\(kinds))"
            : "\(total) values that look like secrets were scrubbed (\(kinds))"
    }

    /// The text without its secrets.
    mutating func scrub(_ text: String, as kind: Kind = .text) -> String {
        let bytes = Array(text.utf8)
        let clean = scrub(bytes, as: kind)
        return clean.count == bytes.count && clean == bytes ? text : String(decoding: clean, as: UTF8.self)
    }

    /// The bytes of a text without its secrets; what is no UTF-8 in it stays.
    mutating func scrub(_ bytes: [UInt8], as kind: Kind = .text) -> [UInt8] {
        var (place, copied, clean) = (0, 0, [UInt8]())
        while place < bytes.count {
            guard let found = find(in: bytes, at: place, kind) else {
                place += 1
                continue
            }
            clean += bytes[copied..<found.range.lowerBound] + replacement(found.kind)
            (place, copied) = (found.range.upperBound, found.range.upperBound)
        }
        return copied > 0 ? clean + bytes[copied...] : bytes
    }

    /// What stands in the place of a secret, which is counted.
    mutating func replacement(_ kind: String) -> [UInt8] {
        counts[kind, default: 0] += 1
        return Array("«scrubbed:\(kind)»".utf8)
    }

    private typealias Found = (range: Range<Int>, kind: String)

    private func find(in bytes: [UInt8], at place: Int, _ kind: Kind) -> Found? {
        switch bytes[place] {
        case 0x3D: return assigned(bytes, at: place, kind)
        case 0x3A: return userInformation(bytes, at: place) ?? assigned(bytes, at: place, kind)
        case 0x2D: return privateKey(bytes, at: place) ?? option(bytes, at: place)
        case let byte where byte.isWord:
            guard place == 0 || !bytes[place - 1].isWord else { return nil }
            // Inside of what has been asked as a whole.
            if byte == 0x65, place > 0, bytes[place - 1] == 0x2D { return nil }
            if let token = TokenShape.match(bytes[place...]) { return (place..<token.end, token.kind) }
            return authorization(bytes, at: place)
        default: return nil
        }
    }

    /// `name = value`, `"name": "value"`, `NAME=value`.
    private func assigned(_ bytes: [UInt8], at separator: Int, _ kind: Kind) -> Found? {
        // The first of several has been asked.
        if separator > 0, bytes[separator] == 0x3D, bytes[separator - 1] == 0x3D { return nil }
        // No further back than any name is long: whatever stands there is looked at only so often.
        let before = bytes[max(0, separator - 6)..<separator]
        guard let last = before.lastIndex(where: { !" \"'`]\\?:".utf8.contains($0) }) else { return nil }
        let nameEnd = last + 1
        let near = bytes[max(0, nameEnd - SecretName.longest - 1)..<nameEnd]
        let nameStart = near.lastIndex { !$0.isWord && $0 != 0x2D }.map { $0 + 1 } ?? near.startIndex
        let written = bytes[nameStart..<nameEnd]
        var start = separator + 1
        // `==`, `=>` and `:=` as well.
        while start < min(bytes.count, separator + 3), bytes[start] == 0x3D || bytes[start] == 0x3E { start += 1 }
        let isComparison = bytes[separator] == 0x3D && start > separator + 1
        if bytes[separator] == 0x3D, nameStart > 0, bytes[nameStart - 1] == 0x3F || bytes[nameStart - 1] == 0x26,
            let kind = SecretName.kind(inQuery: written)
        {
            let end = bytes[start...].firstIndex { !$0.isWord && !"%-+/=.~".utf8.contains($0) } ?? bytes.count
            return end > start ? (start..<end, kind) : nil
        }
        guard let name = SecretName(written) else { return nil }
        let isTight = start < bytes.count && bytes[start] != 0x20 && separator == nameEnd
        while start < bytes.count, bytes[start] == 0x20 || bytes[start] == 0x09 { start += 1 }
        var (range, isQuoted) = value(in: bytes, from: start)
        // The end of the text that the name stands in.
        if isQuoted, isInText(bytes, separator, bytes[range.lowerBound - 1], kind) { return nil }
        let value = bytes[range]
        guard name.conceals(value, named: written) else { return nil }
        if !isQuoted {
            // A pinned package, or a condition.
            if isComparison || isExpression(bytes, range) { return nil }
            let isSetting = isTight && bytes[separator] == 0x3D
            switch kind {
            case .text where isSetting: break
            case .text: if !value.looksChosen { return nil }
            case .code: if !(isSetting && isCommand(bytes, before: nameStart)) && !value.looksRandom { return nil }
            }
        }
        if !isQuoted, range.count == Self.unquoted {
            range = start..<(bytes[start...].firstIndex(where: Self.endsValue) ?? bytes.count)
        }
        return (range, TokenShape.match(value).flatMap { $0.end == range.upperBound ? $0.kind : nil } ?? name.kind)
    }

    /// A value from its first byte on, without its quotes.
    private func value(in bytes: [UInt8], from start: Int) -> (range: Range<Int>, isQuoted: Bool) {
        var first = start
        // f"", b'' and the like; \" inside of another text.
        if first + 1 < bytes.count, "fbru\\".utf8.contains(bytes[first]), "\"'".utf8.contains(bytes[first + 1]) {
            first += 1
        }
        guard first < bytes.count, "\"'`".utf8.contains(bytes[first]) else {
            let near = bytes[start...].prefix(Self.unquoted)
            return (start..<(near.firstIndex(where: Self.endsValue) ?? near.endIndex), false)
        }
        let quote = bytes[first]
        let isEscaped = first > start && bytes[start] == 0x5C
        var end = first + 1
        while end < bytes.count, bytes[end] != quote, bytes[end] != 0x0A {
            end += bytes[end] == 0x5C && !isEscaped && end + 1 < bytes.count ? 2 : 1
        }
        end = min(end, bytes.count)
        if isEscaped, end > first + 1, bytes[end - 1] == 0x5C { end -= 1 }
        return (first + 1..<end, true)
    }

    /// An unquoted value is looked at so far before it is known to be a secret.
    private static let unquoted = 256

    private static func endsValue(_ byte: UInt8) -> Bool { byte <= 0x20 || ",;&)]}\"'`<|\\".utf8.contains(byte) }

    /// Whether a quote of this kind is open on the line before a place. An apostrophe is a quote in source only.
    private func isInText(_ bytes: [UInt8], _ place: Int, _ quote: UInt8, _ kind: Kind) -> Bool {
        guard quote == 0x22 || kind == .code else { return false }
        let near = bytes[max(0, place - 512)..<place]
        let line = near.lastIndex(of: 0x0A).map { near[($0 + 1)...] } ?? near
        return line.count { $0 == quote } % 2 == 1
    }

    /// A call, a member or a place in a list: what gives the secret, and not the secret.
    private func isExpression(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
        let value = bytes[range]
        if value.contains(where: { $0 == 0x28 || $0 == 0x5B }) { return true }
        let next = range.upperBound < bytes.count ? bytes[range.upperBound] : 0
        if next == 0x28 || next == 0x5B { return true }
        let parts = value.split(separator: 0x2E, omittingEmptySubsequences: false)
        return parts.count > 1
            && parts.allSatisfy { part in
                part.first.map { $0.isLetter || $0 == 0x5F } == true && part.allSatisfy(\.isWord)
            }
    }

    /// Whether what stands before a name leaves it at the beginning of a shell's line.
    private func isCommand(_ bytes: [UInt8], before start: Int) -> Bool {
        guard start > 0, bytes[start - 1] != 0x0A else { return true }
        return bytes[..<start].suffix(7).elementsEqual("export ".utf8)
            || bytes[..<start].suffix(4).elementsEqual("env ".utf8)
    }

    /// `--password value`.
    private func option(_ bytes: [UInt8], at place: Int) -> Found? {
        guard bytes[place...].starts(with: "--".utf8), place == 0 || bytes[place - 1] <= 0x20 else { return nil }
        let nameEnd = bytes[(place + 2)...].firstIndex { !$0.isWord && $0 != 0x2D } ?? bytes.count
        guard nameEnd < bytes.count, bytes[nameEnd] == 0x20, let name = SecretName(bytes[(place + 2)..<nameEnd]),
            name.certainty == .certain
        else { return nil }
        let (range, _) = value(in: bytes, from: nameEnd + 1)
        guard !range.isEmpty, bytes[range.lowerBound] != 0x2D, bytes[range].looksChosen,
            name.conceals(bytes[range], named: bytes[(place + 2)..<nameEnd])
        else { return nil }
        return (range, name.kind)
    }

    /// `scheme://user:password@host`: user and password. The user alone is left where it is only a name, as in ssh's addresses.
    private func userInformation(_ bytes: [UInt8], at colon: Int) -> Found? {
        guard bytes[colon...].starts(with: "://".utf8), colon > 0, bytes[colon - 1].isLetter || bytes[colon - 1].isDigit
        else { return nil }
        let start = colon + 3
        let end = bytes[start...].firstIndex { $0 <= 0x20 || "/?#\"'`<>|\\,;)".utf8.contains($0) } ?? bytes.count
        guard let at = bytes[start..<end].lastIndex(of: 0x40), at > start, !bytes[start..<at].starts(with: "«".utf8)
        else {
            return nil
        }
        let isWeb =
            bytes[..<colon].suffix(4).elementsEqual("http".utf8)
            || bytes[..<colon].suffix(5).elementsEqual("https".utf8)
        let isPlaceholder = "$<{".utf8.contains(bytes[start])
        guard !isPlaceholder, bytes[start..<at].contains(0x3A) || isWeb else { return nil }
        return (start..<at, "url")
    }

    /// `Authorization: Basic …`, `Bearer …`.
    private func authorization(_ bytes: [UInt8], at place: Int) -> Found? {
        for (scheme, shortest) in [("bearer ", 16), ("basic ", 8)] where begins(bytes, at: place, with: scheme) {
            let start = place + scheme.utf8.count
            let end = bytes[start...].firstIndex { !$0.isWord && !"-._~+/=".utf8.contains($0) } ?? bytes.count
            let value = bytes[start..<end]
            guard value.count >= shortest else { return nil }
            let isHeader = scheme != "basic " || isBehindAuthorization(bytes, place)
            return isHeader && value.contains(where: { $0.isDigit || $0.isCapital || $0 == 0x3D })
                ? (start..<end, scheme == "basic " ? "basic" : "bearer") : nil
        }
        return nil
    }

    private func isBehindAuthorization(_ bytes: [UInt8], _ place: Int) -> Bool {
        let before = String(decoding: bytes[..<place].suffix(24), as: UTF8.self).lowercased()
        return before.contains("authorization")
    }

    private func begins(_ bytes: [UInt8], at place: Int, with text: String) -> Bool {
        guard place + text.utf8.count <= bytes.count else { return false }
        return zip(bytes[place...], text.utf8).allSatisfy { ($0.isCapital ? $0 + 0x20 : $0) == $1 }
    }

    /// `-----BEGIN … PRIVATE KEY-----` up to its end, or to the end of what is there of it.
    private func privateKey(_ bytes: [UInt8], at place: Int) -> Found? {
        let rest = bytes[place...]
        guard rest.starts(with: "-----BEGIN ".utf8),
            let line = rest.dropFirst(5).firstRange(of: Array("-----".utf8)), line.lowerBound - place < 64,
            bytes[place..<line.lowerBound].firstRange(of: Array("PRIVATE KEY".utf8)) != nil
        else { return nil }
        // Else it is only spoken of.
        guard line.upperBound < bytes.count, "\r\n\\".utf8.contains(bytes[line.upperBound]) else { return nil }
        let near = bytes[line.upperBound...].prefix(32 << 10)
        if let end = near.firstRange(of: Array("-----END ".utf8)),
            let last = near[end.upperBound...].firstRange(of: Array("-----".utf8))
        {
            return (place..<last.upperBound, "private-key")
        }
        let body = near.prefix { $0.isWord || "+/=\r\n\\".utf8.contains($0) }
        return body.count > 16 ? (place..<body.endIndex, "private-key") : nil
    }
}

extension ArraySlice<UInt8> {
    fileprivate func firstRange(of text: [UInt8]) -> Range<Int>? {
        guard let first = text.first else { return nil }
        var start = startIndex
        while let place = self[start...].firstIndex(of: first) {
            if self[place...].starts(with: text) { return place..<(place + text.count) }
            start = place + 1
        }
        return nil
    }
}
