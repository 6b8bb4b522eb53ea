extension JSON {
    /// How a document is laid out.
    public enum Style: Sendable {
        /// Nothing that is not needed: one line, UTF-8.
        case compact
        /// One line, UTF-8, a space after each comma and colon: what a person reads easily and every YAML parser, too.
        case spaced
        /// For a person: two spaces a level, one member a line, UTF-8.
        case pretty
        /// Byte for byte what Python's `json.dumps(value)` writes: `", "` and `": "`, ASCII only with surrogate pairs,
        /// floats by `repr`.
        case python
    }

    /// The document's bytes, without a newline at the end.
    public func bytes(_ style: Style = .compact) -> [UInt8] {
        var bytes: [UInt8] = []
        write(to: &bytes, style)
        return bytes
    }

    /// The document's text, without a newline at the end.
    public func text(_ style: Style = .compact) -> String {
        String(decoding: bytes(style), as: UTF8.self)
    }

    /// Appends the document, without a newline at the end.
    public func write(to bytes: inout [UInt8], _ style: Style = .compact) {
        var writer = JSONWriter(bytes: bytes, style: style)
        bytes = []
        writer.write(self, level: 0)
        bytes = writer.bytes
    }
}

extension JSON: CustomStringConvertible {
    /// The compact text.
    public var description: String { text() }
}

private struct JSONWriter {
    var bytes: [UInt8]
    let style: JSON.Style

    mutating func write(_ value: JSON, level: Int) {
        switch value {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .number(let number): write(number)
        case .string(let text): write(text)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (place, element) in elements.enumerated() {
                separate(isFirst: place == 0, level: level + 1)
                write(element, level: level + 1)
            }
            close(UInt8(ascii: "]"), isEmpty: elements.isEmpty, level: level)
        case .object(let object):
            bytes.append(UInt8(ascii: "{"))
            for (place, member) in object.members.enumerated() {
                separate(isFirst: place == 0, level: level + 1)
                write(member.key)
                bytes.append(UInt8(ascii: ":"))
                if style != .compact { bytes.append(UInt8(ascii: " ")) }
                write(member.value, level: level + 1)
            }
            close(UInt8(ascii: "}"), isEmpty: object.isEmpty, level: level)
        }
    }

    private mutating func separate(isFirst: Bool, level: Int) {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        switch style {
        case .compact: break
        case .python, .spaced: if !isFirst { bytes.append(UInt8(ascii: " ")) }
        case .pretty: breakLine(level)
        }
    }

    private mutating func close(_ bracket: UInt8, isEmpty: Bool, level: Int) {
        if style == .pretty, !isEmpty { breakLine(level) }
        bytes.append(bracket)
    }

    private mutating func breakLine(_ level: Int) {
        bytes.append(0x0A)
        bytes.append(contentsOf: repeatElement(0x20, count: 2 * level))
    }

    private mutating func write(_ number: JSON.Number) {
        guard style == .python else { return bytes.append(contentsOf: number.text.utf8) }
        if number.isInteger {
            bytes.append(contentsOf: (number.text == "-0" ? "0" : number.text).utf8)
        } else {
            let value = number.double
            let text = JSON.Number(value)?.text ?? (value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
            bytes.append(contentsOf: text.utf8)
        }
    }

    private mutating func write(_ text: String) {
        var text = text
        bytes.append(UInt8(ascii: "\""))
        text.withUTF8 { content in
            // Stretches that need no escape are copied at once.
            var start = 0
            for place in content.indices {
                let byte = content[place]
                let isPlain = byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
                if isPlain, byte < 0x7F || style != .python { continue }
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: content[start..<place]))
                start = place + 1
                if byte < 0x80 {
                    escape(byte)
                } else if byte & 0xC0 != 0x80 {
                    escape(scalarAt: place, of: content)
                }
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: content[start...]))
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): bytes.append(contentsOf: "\\\"".utf8)
        case UInt8(ascii: "\\"): bytes.append(contentsOf: "\\\\".utf8)
        case 0x08: bytes.append(contentsOf: "\\b".utf8)
        case 0x09: bytes.append(contentsOf: "\\t".utf8)
        case 0x0A: bytes.append(contentsOf: "\\n".utf8)
        case 0x0C: bytes.append(contentsOf: "\\f".utf8)
        case 0x0D: bytes.append(contentsOf: "\\r".utf8)
        default: escape(unit: UInt16(byte))
        }
    }

    /// Writes the scalar whose UTF-8 begins here as one or two `\u` escapes.
    private mutating func escape(scalarAt place: Int, of content: UnsafeBufferPointer<UInt8>) {
        let length = content[place] >= 0xF0 ? 4 : content[place] >= 0xE0 ? 3 : 2
        let scalar = UnsafeBufferPointer(rebasing: content[place..<(place + length)])
        for unit in String(decoding: scalar, as: UTF8.self).utf16 { escape(unit: unit) }
    }

    private mutating func escape(unit: UInt16) {
        bytes.append(contentsOf: "\\u".utf8)
        for shift in [12, 8, 4, 0] as [UInt16] {
            let digit = UInt8((unit >> shift) & 0xF)
            bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}
