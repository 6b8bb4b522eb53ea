/// What stands where a secret is to be put, or was taken out: `${PASSWORD}`, `<token>`, `****`.
enum Placeholder {
    /// The longest that is one.
    private static let longest = 128

    /// Whether a whole value is one: nothing, a word that stands for nothing, the name itself, or shapes side by side.
    static func isOne(_ value: ArraySlice<UInt8>, named name: ArraySlice<UInt8>) -> Bool {
        guard let first = value.first else { return true }
        guard value.count <= longest else { return false }
        if isMask(value) || isShapes(value) { return true }
        if value.elementsEqual(name, by: { $0.lowercased == $1.lowercased }) { return true }
        guard value.count <= 9, first.isLetter || "~-?.".utf8.contains(first) else { return false }
        return nothing.contains(String(decoding: value, as: UTF8.self).lowercased())
    }

    private static let nothing: Set<String> = [
        "none", "null", "nil", "~", "true", "false", "yes", "no", "undefined", "str", "string", "int", "bytes", "bool",
        "optional", "required", "redacted", "hidden", "masked", "...", "-", "?",
    ]

    /// `****`, `xxx`, `…`.
    private static func isMask(_ value: ArraySlice<UInt8>) -> Bool {
        guard let first = value.first, first == 0x2A || value.count >= 3, masks.contains(first) else { return false }
        return value.allSatisfy { $0 == first }
    }

    private static let masks = ByteSet("*xX.-_#?")

    private static func isShapes(_ value: ArraySlice<UInt8>) -> Bool {
        var rest = value
        while let end = end(in: rest) {
            if end == value.endIndex { return true }
            rest = value[end...]
            if rest.count > 1, joints.contains(value[end]) { rest = rest.dropFirst() }
        }
        return false
    }

    private static let joints = ByteSet("-_:./@")

    /// Where the one shape ends that begins a text; nil when none does.
    static func end(in text: ArraySlice<UInt8>) -> Int? {
        let text = text.prefix(longest)
        let rest = text.dropFirst()
        switch text.first {
        case 0x24: return end(ofVariable: rest)
        case 0x25:
            if rest.first == 0x28, let end = closed(rest, 0x28, 0x29, holding: { $0.isWord }), end < text.endIndex,
                text[end].isLetter
            {
                return end + 1
            }
            let name = rest.prefix { $0.isWord }
            if !name.isEmpty, name.endIndex < text.endIndex, text[name.endIndex] == 0x25 { return name.endIndex + 1 }
            return name.count == 1 && (name.first == 0x73 || name.first == 0x64) ? name.endIndex : nil
        case 0x3C: return closed(text, 0x3C, 0x3E)
        case 0x5B: return closed(text, 0x5B, 0x5D, holding: { $0.isCapital || $0 == 0x5F || $0 == 0x20 })
        case 0x7B:
            if rest.first == 0x7B { return twiceClosed(text) }
            guard rest.first.map({ $0.isLetter || $0 == 0x5F || $0 == 0x7D }) == true else { return nil }
            // With a colon or a comma it holds values of its own.
            return closed(text, 0x7B, 0x7D) { $0 != 0x3A && $0 != 0x2C }
        case 0xC2:
            guard text.starts(with: "«scrubbed:".utf8) else { return nil }
            return text.firstRange(of: Array("»".utf8))?.upperBound
        default: return nil
        }
    }

    /// `NAME`, `{NAME}`, `{{ name }}`, `(command)`, behind a `$`. A `$` may begin a password, too: a name has small letters or
    /// digits, not both.
    private static func end(ofVariable rest: ArraySlice<UInt8>) -> Int? {
        switch rest.first {
        case 0x7B:
            if rest.dropFirst().first == 0x7B { return twiceClosed(rest) }
            return closed(rest, 0x7B, 0x7D, holding: { $0.isWord || $0 == 0x2E || $0 == 0x3A })
        case 0x28: return closed(rest, 0x28, 0x29)
        default:
            let name = rest.prefix { $0.isWord }
            let isName = !name.contains(where: \.isDigit) || !name.contains { $0.isLetter && !$0.isCapital }
            return !name.isEmpty && isName ? name.endIndex : nil
        }
    }

    /// Where what is opened by the first byte is closed again, on the same line and with no other opened between.
    private static func closed(
        _ text: ArraySlice<UInt8>, _ opening: UInt8, _ closing: UInt8, holding isHeld: (UInt8) -> Bool = { _ in true }
    ) -> Int? {
        let inner = text.dropFirst()
        guard let end = inner.firstIndex(where: { $0 == closing || $0 == opening || $0 == 0x0A }), text[end] == closing,
            inner[..<end].allSatisfy(isHeld)
        else { return nil }
        return end + 1
    }

    private static func twiceClosed(_ text: ArraySlice<UInt8>) -> Int? {
        guard let end = text.firstIndex(where: { $0 == 0x7D || $0 == 0x0A }), text[end...].starts(with: "}}".utf8)
        else {
            return nil
        }
        return end + 2
    }
}
