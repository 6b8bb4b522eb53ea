// Each of these answers nil after adding a problem that says what was expected.
extension YAMLItem {
    /// A text; numbers and truth values need quotes to be one.
    public func text() -> String? {
        if let text = node.text { return text }
        if let source = node.source, !source.isEmpty {
            refuse("expected a text, found \(node.kind); write \"\(abbreviated(source))\"")
        } else {
            refuse(expected: "a text")
        }
        return nil
    }

    /// A text, or any other scalar as it is written: `run: 20240101` names the run `20240101`.
    public func scalarText() -> String? {
        if let source = node.source, !node.isNull { return source }
        refuse(expected: "a text")
        return nil
    }

    /// `true` or `false`.
    public func bool() -> Bool? {
        if case .bool(let value) = node.value { return value }
        let meant = node.text.flatMap { ["yes": "true", "on": "true", "no": "false", "off": "false"][$0.lowercased()] }
        refuse("expected true or false, found \(node.kind)", suggestion: meant)
        return nil
    }

    /// A whole number within a range.
    public func int(in range: ClosedRange<Int> = Int.min...Int.max) -> Int? {
        if case .integer(let integer) = node.value, let value = integer.int, range.contains(value) { return value }
        refuse(expected: range == Int.min...Int.max ? "a whole number" : "a whole number \(words(range))")
        return nil
    }

    /// An integer or float.
    public func number() -> Double? {
        if let number = node.number { return number }
        refuse(expected: "a number")
        return nil
    }

    /// A length of time: `500ms`, `2s`, `5m`, `24h`, `1d`, `1h30m`, or `0`.
    public func duration(in range: ClosedRange<Duration> = .zero...maximumDuration) -> Duration? {
        guard let value = node.source.flatMap(YAML.duration) else {
            refuse(expected: "a duration such as 500ms, 2s, 5m, 24h or 1d")
            return nil
        }
        guard range.contains(value) else {
            refuse(expected: "a duration from \(durationText(range.lowerBound)) to \(durationText(range.upperBound))")
            return nil
        }
        return value
    }

    /// An amount of bytes: `10MB`, `20GB` (powers of 1000), `1MiB` (powers of 1024), or a plain number of bytes.
    public func byteCount() -> ByteCount? {
        if let count = node.source.flatMap(ByteCount.init(_:)) { return count }
        refuse(expected: "a size such as 10MB, 20GB or 512MiB")
        return nil
    }

    /// A share of a whole, `80%` or `0.8`, from 0 to 1.
    public func fraction() -> Double? {
        if let number = node.number, (0...1).contains(number) { return number }
        if let text = node.text, text.hasSuffix("%"), let percent = Double(text.dropLast()), (0...100).contains(percent)
        {
            return percent / 100
        }
        refuse(expected: "a share from 0% to 100%")
        return nil
    }

    /// One of an enumeration's raw values.
    public func choice<T: CaseIterable & RawRepresentable<String>>(_ type: T.Type = T.self) -> T? {
        if let source = node.source, let value = T(rawValue: source) { return value }
        let names = T.allCases.map(\.rawValue)
        refuse(
            "expected \(alternatives(names)), found \(node.kind)",
            suggestion: node.source.flatMap { nearestName(to: $0, among: names) })
        return nil
    }

    /// The elements of a list; nothing is an empty one.
    public func items() -> [YAMLItem]? {
        if node.isNull { return [] }
        guard let elements = node.sequence else {
            refuse(expected: "a list")
            return nil
        }
        return elements.enumerated().map { YAMLItem($1, keyPath: "\(keyPath)[\($0)]", findings: findings) }
    }

    /// The elements of a list, or a single value as a list of one.
    public func itemsOrOne() -> [YAMLItem]? {
        node.isNull || node.sequence != nil ? items() : [self]
    }

    /// A list of texts, or a single one. Elements that are none are complained about and left out.
    public func texts() -> [String]? {
        itemsOrOne()?.compactMap { $0.text() }
    }

    /// The keys of a mapping; nothing is an empty one.
    public func fields() -> YAMLFields? {
        if node.isNull { return YAMLFields(mapping: nil, of: self) }
        guard let mapping = node.mapping else {
            refuse(expected: "a mapping (key: value)")
            return nil
        }
        return YAMLFields(mapping: mapping, of: self)
    }
}

private func words(_ range: ClosedRange<Int>) -> String {
    if range.upperBound == .max { return "of at least \(range.lowerBound)" }
    if range.lowerBound == .min { return "of at most \(range.upperBound)" }
    return "from \(range.lowerBound) to \(range.upperBound)"
}

/// `a, b or c`.
func alternatives(_ names: [String]) -> String {
    guard let last = names.last, names.count > 1 else { return names.first ?? "nothing" }
    return names.dropLast().joined(separator: ", ") + " or " + last
}
