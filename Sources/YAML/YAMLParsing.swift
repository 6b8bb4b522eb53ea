internal import JSON

extension YAMLNode {
    /// Reads the one document that a file holds; nothing, or nothing but comments, is null.
    ///
    /// YAML 1.2's core schema without aliases, anchors, tags and keys written twice. A document that is JSON is read by
    /// JSON's own grammar (surrogate pairs, tabs and long keys included), with `NaN` and `Infinity` as Python writes
    /// them. Throws the first problem, with its line and column: a limit, a byte that is not UTF-8, a NUL, a syntax error.
    public static func parse(
        _ bytes: [UInt8], file: String, limits: YAMLLimits = .standard
    ) throws(YAMLProblem) -> YAMLNode {
        guard bytes.count <= limits.bytes else {
            throw YAMLProblem(
                file: file, position: nil, message: "\(bytes.count) bytes, more than the \(limits.bytes) that are read")
        }
        let content = Array(bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...])
        if let offset = firstInvalidByte(in: content) {
            throw YAMLProblem(
                file: file, position: YAMLPosition(offset: offset, in: content),
                message: content[offset] == 0 ? "a NUL byte; expected text" : "not valid UTF-8; save the file as UTF-8")
        }
        if let node = try json(content, file: file, limits: limits) { return node }
        var composer = try YAMLComposer(content, file: file, limits: limits)
        return try composer.document()
    }

    /// The document read as JSON; nil when it is none, so that YAML's grammar gets its turn, and its words for an error.
    private static func json(
        _ content: [UInt8], file: String, limits: YAMLLimits
    ) throws(YAMLProblem) -> YAMLNode? {
        guard let first = content.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }),
            first == UInt8(ascii: "{") || first == UInt8(ascii: "[") || first == UInt8(ascii: "\"")
        else { return nil }
        var parser = JSONParser(content, maximumDepth: limits.depth, acceptsNonFinite: true, keepsOffsets: true)
        guard let json = try? parser.document() else { return nil }
        if parser.offsets.count > limits.nodes {
            throw YAMLProblem(
                file: file, position: YAMLPosition(offset: parser.offsets[limits.nodes], in: content),
                message: "more than \(limits.nodes) values")
        }
        var places = JSONPlaces(offsets: parser.offsets, bytes: content)
        return places.node(json)
    }
}

private func firstInvalidByte(in bytes: [UInt8]) -> Int? {
    let nul = bytes.firstIndex(of: 0)
    do throws(UTF8.ValidationError) {
        _ = try UTF8Span(validating: bytes.span)
        return nul
    } catch {
        return min(error.byteOffsets.lowerBound, nul ?? .max)
    }
}

extension YAMLPosition {
    init(offset: Int, in bytes: [UInt8]) {
        let position = JSON.Position(offset: offset, in: bytes)
        self.init(line: position.line, column: position.column)
    }
}

/// Gives each value of a JSON tree its place, by walking text and tree side by side.
private struct JSONPlaces {
    let offsets: [Int]
    let bytes: [UInt8]
    private var next = 0
    private var offset = 0
    private var line = 1
    private var column = 1

    init(offsets: [Int], bytes: [UInt8]) {
        self.offsets = offsets
        self.bytes = bytes
    }

    mutating func node(_ json: JSON) -> YAMLNode {
        let position = place()
        switch json {
        case .null: return YAMLNode(.null, at: position, source: "null")
        case .bool(let value): return YAMLNode(.bool(value), at: position, source: value ? "true" : "false")
        case .string(let text): return YAMLNode(.text(text), at: position, source: text)
        case .number(let number):
            let value = number.isInteger ? plainValue(number.text) : .float(number.double)
            return YAMLNode(value, at: position, source: number.text)
        case .array(let elements):
            return YAMLNode(.sequence(elements.map { node($0) }), at: position)
        case .object(let object):
            let entries = object.members.map { member in
                let keyPosition = place()
                return YAMLMapping.Entry(key: member.key, position: keyPosition, value: node(member.value))
            }
            return YAMLNode(.mapping(YAMLMapping(entries: entries)), at: position)
        }
    }

    private mutating func place() -> YAMLPosition {
        while offset < offsets[next] {
            let byte = bytes[offset]
            if byte == 0x0A {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
            offset += 1
        }
        next += 1
        return YAMLPosition(line: line, column: column)
    }
}
