/// A value as it is written behind its name.
struct SecretValue {
    enum Form {
        /// Between quotes, this one last.
        case quoted
        /// In brackets, or in a block of lines: values themselves.
        case bracketed
        case bare
    }

    /// Without its quotes or brackets.
    var range: Range<Int>
    let form: Form
}

extension SecretSearch {
    /// A bare value is looked at so far before it is known to be a secret, and so are brackets and quotes of three.
    private static let near = 256
    private static let far = 1024

    private static let quotes = ByteSet("\"'`")
    private static let prefixes = ByteSet("fFbBrRuU\\")

    /// The value whose first byte, or its quote, is at a place.
    func value(at start: Int) -> SecretValue {
        var first = start
        // f"", rb'' and the like; \" inside of another text.
        while first < min(start + 2, bytes.count), Self.prefixes.contains(bytes[first]) { first += 1 }
        guard first < bytes.count, Self.quotes.contains(bytes[first]) else {
            if let inner = bracketed(at: start) ?? block(at: start) {
                return SecretValue(range: inner, form: .bracketed)
            }
            return SecretValue(range: start..<endOfBare(from: start, limit: Self.near), form: .bare)
        }
        let quote = bytes[first]
        if bytes[first...].prefix(3).elementsEqual([quote, quote, quote]) {
            let inner = bytes[(first + 3)...].prefix(Self.far)
            let end = inner.firstRange(of: [quote, quote, quote])?.lowerBound ?? inner.endIndex
            return SecretValue(range: first + 3..<end, form: .quoted)
        }
        let isEscaped = first > start && bytes[first - 1] == 0x5C
        var end = first + 1
        while end < bytes.count, bytes[end] != quote, bytes[end] != 0x0A {
            end += bytes[end] == 0x5C && !isEscaped && end + 1 < bytes.count ? 2 : 1
        }
        end = min(end, bytes.count)
        if isEscaped, end > first + 1, bytes[end - 1] == 0x5C { end -= 1 }
        return SecretValue(range: first + 1..<end, form: .quoted)
    }

    /// The whole of a bare value that is a secret.
    func whole(_ value: SecretValue) -> Range<Int> {
        guard value.form == .bare, value.range.count >= Self.near else { return value.range }
        return value.range.lowerBound..<endOfBare(from: value.range.lowerBound, limit: bytes.count)
    }

    // MARK: Bare

    private static let suspects = ByteSet("\"'`,;&|)]}<\\")

    /// Where a value without quotes ends: at a blank, and at what separates fields where a field, or nothing, follows.
    private func endOfBare(from start: Int, limit: Int) -> Int {
        if let end = Placeholder.end(in: bytes[start...]), isEnd(at: end, from: start) { return end }
        let stop = min(bytes.count, start + limit)
        var place = start
        while place < stop {
            let byte = bytes[place]
            if byte <= 0x20 || byte == 0x7F || Self.suspects.contains(byte) && isEnd(at: place, from: start) { break }
            place += 1
        }
        return place
    }

    private func isEnd(at place: Int, from start: Int) -> Bool {
        guard place < bytes.count else { return true }
        let next = byte(at: place + 1) ?? 0
        switch bytes[place] {
        case 0...0x20, 0x22, 0x60: return true
        case 0x27: return !next.isWord || place == start || kind == .code
        case 0x2C, 0x3B, 0x26, 0x7C: return kind == .code && bytes[place] == 0x2C || endsField(at: place)
        case 0x29, 0x5D, 0x7D: return !next.isWord && !isBalanced(start...place)
        // A tag.
        case 0x3C: return next == 0x2F || next.isLetter && bytes[place...].prefix(16).contains(0x3E)
        case 0x5C: return place + 1 >= bytes.count || "\"'xu\\".utf8.contains(next)
        default: return false
        }
    }

    private static let joined = ByteSet("-.[]\"'")
    private static let closings = ByteSet("\"'`)]},;&|")

    /// Whether what separates fields is followed by the next one's name, or by nothing.
    private func endsField(at place: Int) -> Bool {
        guard let next = byte(at: place + 1), next > 0x20, !Self.closings.contains(next) else { return true }
        let name = bytes[(place + 1)...].prefix(64).prefix { $0.isWord || Self.joined.contains($0) }
        guard let after = byte(at: name.endIndex) else { return false }
        return !name.isEmpty && (after == 0x3D || after == 0x3A)
    }

    /// Whether a closing bracket at the range's end was opened within it.
    private func isBalanced(_ range: ClosedRange<Int>) -> Bool {
        let closing = bytes[range.upperBound]
        let opening = closing == 0x29 ? 0x28 : closing - 2
        var depth = 0
        for byte in bytes[range] {
            if byte == opening { depth += 1 } else if byte == closing { depth -= 1 }
        }
        return depth >= 0
    }

    // MARK: Brackets

    /// What is between a bracket and the one that closes it, when nothing is glued to that.
    private func bracketed(at start: Int) -> Range<Int>? {
        guard let opening = byte(at: start), opening == 0x5B || opening == 0x7B || opening == 0x28 else { return nil }
        if let end = Placeholder.end(in: bytes[start...]), isEnd(at: end, from: start) { return nil }
        let closing = opening == 0x28 ? 0x29 : opening + 2
        var (depth, quote) = (0, UInt8(0))
        for place in start..<min(bytes.count, start + Self.far) {
            let byte = bytes[place]
            if quote != 0 {
                if byte == quote { quote = 0 }
            } else if byte == 0x22 || byte == 0x27 {
                quote = byte
            } else if byte == opening {
                depth += 1
            } else if byte == closing {
                depth -= 1
                if depth == 0 { return self.byte(at: place + 1)?.isWord == true ? nil : start + 1..<place }
            }
        }
        return nil
    }

    /// What YAML has below `|` or `>`: the lines that begin with blanks.
    private func block(at start: Int) -> Range<Int>? {
        guard kind == .text, bytes.count > start, bytes[start] == 0x7C || bytes[start] == 0x3E else { return nil }
        let near = bytes[(start + 1)...].prefix(Self.far)
        guard let line = near.firstIndex(of: 0x0A),
            near[..<line].allSatisfy({ $0.isDigit || $0 == 0x2D || $0 == 0x2B || $0.isBlank || $0 == 0x0D })
        else { return nil }
        var end = line
        while end < near.endIndex, bytes[end] == 0x0A, byte(at: end + 1).map({ $0.isBlank || $0 == 0x0A }) == true {
            end = near[(end + 1)...].firstIndex(of: 0x0A) ?? near.endIndex
        }
        let content = near[line..<end]
        guard let first = content.firstIndex(where: { $0 > 0x20 }), let last = content.lastIndex(where: { $0 > 0x20 })
        else {
            return nil
        }
        return first..<(last + 1)
    }

    /// Whether what is in brackets is made of literals, as source has them, and not of what gives values.
    func isLiteral(_ range: Range<Int>) -> Bool {
        var (place, hasText) = (range.lowerBound, false)
        while place < range.upperBound {
            let byte = bytes[place]
            if byte == 0x22 || byte == 0x27 {
                guard let end = bytes[(place + 1)..<range.upperBound].firstIndex(of: byte) else { return false }
                hasText = hasText || end > place + 1
                place = end
            } else if byte > 0x20, !byte.isDigit, byte != 0x2C, byte != 0x3A {
                return false
            }
            place += 1
        }
        return hasText
    }

    // MARK: Expressions

    /// What gives a secret, and is none: a call, a member or a place in a list.
    func isExpression(_ range: Range<Int>) -> Bool {
        let value = bytes[range]
        let parts = value.prefix { $0.isWord || $0 == 0x2E }.split(separator: 0x2E, omittingEmptySubsequences: false)
        let isMember = parts.allSatisfy { part in part.first.map { $0.isLetter || $0 == 0x5F } == true }
        let rest = value.dropFirst(parts.map(\.count).reduce(parts.count - 1, +))
        switch kind {
        case .code:
            let next = byte(at: range.upperBound) ?? 0
            if value.contains(where: { $0 == 0x28 || $0 == 0x5B }) || next == 0x28 || next == 0x5B { return true }
            return isMember && parts.count > 1 && rest.isEmpty
        case .text:
            // In a message only what is plainly source: `args.password`, `getpass()`, `os.environ[`.
            guard isMember, let first = parts.first else { return false }
            if rest.isEmpty { return parts.count > 1 && Self.holders.contains(String(decoding: first, as: UTF8.self)) }
            if rest.elementsEqual("()".utf8) || rest.elementsEqual("(".utf8) || rest.elementsEqual("[".utf8) {
                return true
            }
            return parts.count > 1 && "([".utf8.contains(rest[rest.startIndex]) && ")]".utf8.contains(value.last ?? 0)
        }
    }

    private static let holders: Set<String> = [
        "self", "args", "cfg", "config", "conf", "os", "settings", "opt", "opts", "options", "params", "hparams",
        "flags",
        "FLAGS", "env", "request", "credentials", "creds", "user", "cls", "secrets",
    ]
}
