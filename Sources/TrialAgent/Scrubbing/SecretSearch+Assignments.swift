/// What is given to a name: `name = value`, `"name": "value"`, `NAME=value`.
extension SecretSearch {
    private static let betweenNameAndSeparator = ByteSet(" \"'`]\\?:\u{1B}")

    /// The secret behind a `=` or `:`.
    func assigned(at separator: Int) -> Found? {
        // The first of several has been asked.
        if separator > 0, bytes[separator] == 0x3D, bytes[separator - 1] == 0x3D { return nil }
        // No further back than any name is long: whatever stands there is looked at only so often.
        let before = bytes[max(0, separator - 8)..<separator]
        guard let last = before.lastIndex(where: { !Self.betweenNameAndSeparator.contains($0) }) else { return nil }
        let nameEnd = last + 1
        let near = bytes[max(0, nameEnd - SecretName.longest - 1)..<nameEnd]
        let nameStart = near.lastIndex { !$0.isWord && $0 != 0x2D }.map { $0 + 1 } ?? near.startIndex
        guard nameEnd - nameStart >= 3 else { return nil }
        let written = bytes[nameStart..<nameEnd]
        var start = separator + 1
        // `==`, `=>` and `:=` as well.
        while start < min(bytes.count, separator + 3), bytes[start] == 0x3D || bytes[start] == 0x3E { start += 1 }
        let isComparison = bytes[separator] == 0x3D && start > separator + 1
        if bytes[separator] == 0x3D, nameStart > 0, bytes[nameStart - 1] == 0x3F || bytes[nameStart - 1] == 0x26,
            let kind = SecretName.kind(inQuery: written)
        {
            let end = bytes[start...].firstIndex { !$0.isWord && !Self.query.contains($0) } ?? bytes.count
            return end > start ? (start..<end, kind) : nil
        }
        if let header = header(written, behind: start) { return header }
        let isTight = bytes[separator] == 0x3D && separator == nameEnd && byte(at: start) != 0x20
        start = afterBlanks(start)
        guard let name = SecretName(written) ?? named(written, at: nameStart) else {
            return key(written, at: nameStart, separator, start)
        }
        if bytes[separator] == 0x3A { start = behindType(start) ?? start }
        return secret(
            of: name, at: start,
            Setting(separator: separator, nameStart: nameStart, isTight: isTight, isComparison: isComparison))
    }

    private static let query = ByteSet("%-+/=.~")

    private struct Setting {
        let separator: Int
        let nameStart: Int
        /// `name=value`, with nothing between.
        let isTight: Bool
        let isComparison: Bool
    }

    private func secret(of name: SecretName, at start: Int, _ setting: Setting) -> Found? {
        let value = value(at: start)
        let content = bytes[value.range]
        switch value.form {
        case .quoted:
            // The end of the text that the name stands in.
            if isInText(setting.separator, bytes[value.range.lowerBound - 1]) { return nil }
            guard name.conceals(content), !setting.isComparison || name.kind != "token" || content.looksRandom else {
                return nil
            }
        case .bracketed:
            guard isConcealed(value.range, by: name, setting) else { return nil }
        case .bare:
            // A pinned package, or a condition.
            guard name.conceals(content), !setting.isComparison, !isPinned(content), !isExpression(value.range) else {
                return nil
            }
            switch kind {
            case .text: if !setting.isTight, !content.looksChosen { return nil }
            case .code:
                if !(setting.isTight && isCommand(before: setting.nameStart)) && !content.looksRandom { return nil }
            }
        }
        let whole = whole(value)
        return (whole, kind(of: whole, named: name.kind))
    }

    private func isConcealed(_ range: Range<Int>, by name: SecretName, _ setting: Setting) -> Bool {
        let content = bytes[range]
        let parts = content.split { $0 <= 0x20 || $0 == 0x2C || $0 == 0x22 || $0 == 0x27 }
        if kind == .code, !isLiteral(range) { return false }
        guard !content.starts(with: "«".utf8), parts.contains(where: { name.conceals($0) }) else { return false }
        // What is said in brackets of a password.
        return bytes[range.lowerBound - 1] != 0x28 || kind == .code || setting.isTight
            || content.looksChosen && parts.count == 1
    }

    /// Whether a quote of this kind is open on the line before a place. An apostrophe is a quote in source only.
    private func isInText(_ place: Int, _ quote: UInt8) -> Bool {
        guard quote == 0x22 || kind == .code else { return false }
        let near = bytes[max(0, place - 512)..<place]
        let line = near.lastIndex(of: 0x0A).map { near[($0 + 1)...] } ?? near
        return line.count { $0 == quote } % 2 == 1
    }

    /// Whether what stands before a name leaves it at the beginning of a shell's line.
    private func isCommand(before start: Int) -> Bool {
        guard start > 0, bytes[start - 1] != 0x0A else { return true }
        return bytes[..<start].suffix(7).elementsEqual("export ".utf8)
            || bytes[..<start].suffix(4).elementsEqual("env ".utf8)
    }

    /// `0.4.0=py_0`: a package's version and build, as conda writes them.
    private func isPinned(_ value: ArraySlice<UInt8>) -> Bool {
        let parts = value.split(separator: 0x3D, maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].first?.isDigit == true else { return false }
        return parts[0].allSatisfy { $0.isWord || $0 == 0x2E } && parts[0].contains(0x2E)
            && parts[1].allSatisfy(\.isWord)
    }

    private static let typed = ByteSet("[]|., ")

    /// Behind the `=` of `: str = "value"`; nil when there is no type, or no text behind it.
    private func behindType(_ start: Int) -> Int? {
        guard byte(at: start)?.isLetter == true else { return nil }
        let type = bytes[start...].prefix(64).prefix { $0.isWord || Self.typed.contains($0) }
        guard byte(at: type.endIndex) == 0x3D else { return nil }
        let value = afterBlanks(type.endIndex + 1)
        return byte(at: value).map { "\"'`".utf8.contains($0) } == true ? value : nil
    }

    // MARK: Names that stand elsewhere

    /// `"name": "DB_PASSWORD", "value": …`: the name that the value next to it has.
    private func named(_ written: ArraySlice<UInt8>, at start: Int) -> SecretName? {
        guard written.equals("value") else { return nil }
        let near = bytes[max(0, start - 160)..<start]
        guard let key = near.lastRange(of: Array("name".utf8)),
            !near[key.upperBound...].contains(where: { $0 == 0x7B || $0 == 0x7D })
        else { return nil }
        var rest = near[key.upperBound...].drop { $0 == 0x22 || $0 == 0x27 || $0.isBlank }
        guard rest.first == 0x3A || rest.first == 0x3D else { return nil }
        rest = rest.dropFirst().drop { $0 == 0x22 || $0 == 0x27 || $0.isBlank }
        return SecretName(rest.prefix { $0.isWord || $0 == 0x2D })
    }

    /// `wandb.login(key="…")`, and `{"username": …, "key": "…"}` as Kaggle has it: hexadecimal digits, which elsewhere are a
    /// digest's.
    private func key(_ written: ArraySlice<UInt8>, at start: Int, _ separator: Int, _ valueStart: Int) -> Found? {
        guard written.equals("key") else { return nil }
        let range = value(at: valueStart).range
        let content = bytes[range]
        guard content.count == 32 || content.count == 40, content.allSatisfy(\.isHexadecimal) else { return nil }
        let before = bytes[max(0, start - 128)..<start]
        let isKnown =
            content.count == 40
            ? bytes[separator] == 0x3D && valueStart < range.lowerBound
                || before.firstRange(of: Array("wandb".utf8)) != nil
            : before.firstRange(of: Array("username".utf8)) != nil
        return isKnown ? (range, "key") : nil
    }
}
