/// BSON's own form (bsonspec.org): little-endian lengths before everything.
extension BSONDocument {
    /// The bytes of the document.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size)
        write(to: &bytes)
        return bytes
    }

    func write(to bytes: inout [UInt8]) {
        Self.write(to: &bytes) { bytes in
            for field in fields { field.value.write(as: field.name, to: &bytes) }
        }
    }

    fileprivate static func write(to bytes: inout [UInt8], _ body: (inout [UInt8]) -> Void) {
        let start = bytes.count
        bytes.append(littleEndian: UInt32(0))
        body(&bytes)
        bytes.append(0)
        bytes.set(littleEndian: UInt32(bytes.count - start), at: start)
    }

    /// The document of bytes; nil for what is none, and for one that nests deeper than MongoDB takes.
    public init?(_ bytes: [UInt8]) {
        var reader = BSONReader(bytes: bytes)
        guard let document = reader.document(depth: 0) else { return nil }
        self = document
    }
}

extension BSON {
    fileprivate func write(as name: String, to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(0)
        bytes.append(contentsOf: name.utf8)
        bytes.append(0)
        bytes[start] = writeContent(to: &bytes)
    }

    /// The names of an array's first elements.
    private static let names = (0..<1000).map { String($0) }

    /// Appends all but type and name; gives the type.
    private func writeContent(to bytes: inout [UInt8]) -> UInt8 {
        switch self {
        case .double(let number):
            bytes.append(littleEndian: number.bitPattern)
            return 1
        case .string(let text):
            bytes.append(littleEndian: UInt32(text.utf8.count + 1))
            bytes.append(contentsOf: text.utf8)
            bytes.append(0)
            return 2
        case .document(let document):
            document.write(to: &bytes)
            return 3
        case .array(let elements):
            BSONDocument.write(to: &bytes) { bytes in
                for (place, element) in elements.enumerated() {
                    let name = place < Self.names.count ? Self.names[place] : String(place)
                    element.write(as: name, to: &bytes)
                }
            }
            return 4
        case .binary(let content):
            bytes.append(littleEndian: UInt32(content.count))
            bytes.append(0)
            bytes.append(contentsOf: content)
            return 5
        case .objectID(let identifier):
            identifier.write(to: &bytes)
            return 7
        case .bool(let flag):
            bytes.append(flag ? 1 : 0)
            return 8
        case .date(let milliseconds):
            bytes.append(littleEndian: UInt64(bitPattern: milliseconds))
            return 9
        case .null: return 10
        case .int32(let number):
            bytes.append(littleEndian: UInt32(bitPattern: number))
            return 16
        case .timestamp(let seconds, let count):
            bytes.append(littleEndian: count)
            bytes.append(littleEndian: seconds)
            return 17
        case .int64(let number):
            bytes.append(littleEndian: UInt64(bitPattern: number))
            return 18
        case .other(let type, let content):
            bytes.append(contentsOf: content)
            return type
        }
    }
}

/// Reads documents; whatever is wrong with the bytes gives nil.
private struct BSONReader {
    let bytes: [UInt8]
    var place = 0

    /// MongoDB's own limit.
    private static let deepest = 200

    mutating func document(depth: Int) -> BSONDocument? {
        fields(depth: depth) { name, value, document in
            document.fields.append(BSONDocument.Field(name: name, value: value))
        }
    }

    private mutating func fields(
        depth: Int, _ body: (String, BSON, inout BSONDocument) -> Void
    ) -> BSONDocument? {
        let start = place
        guard depth < Self.deepest, let length: UInt32 = number(), length >= 5, start + Int(length) <= bytes.count
        else { return nil }
        let end = start + Int(length) - 1
        guard bytes[end] == 0 else { return nil }
        var document = BSONDocument()
        while place < end {
            guard let type = byte(), let name = name(), let value = value(type, depth) else { return nil }
            body(name, value, &document)
        }
        guard place == end else { return nil }
        place += 1
        return document
    }

    private mutating func value(_ type: UInt8, _ depth: Int) -> BSON? {
        switch type {
        case 1: number().map { .double(Double(bitPattern: $0)) }
        case 2: text().map { .string($0) }
        case 3: document(depth: depth + 1).map { .document($0) }
        case 4: document(depth: depth + 1).map { .array($0.fields.map(\.value)) }
        case 5: binary()
        case 7: take(12).flatMap { ObjectID($0) }.map { .objectID($0) }
        case 8: byte().map { .bool($0 != 0) }
        case 9: number().map { .date(Int64(bitPattern: $0)) }
        case 10: .null
        case 16: number().map { .int32(Int32(bitPattern: $0)) }
        case 17: timestamp()
        case 18: number().map { .int64(Int64(bitPattern: $0)) }
        default: other(type)
        }
    }

    private mutating func timestamp() -> BSON? {
        guard let count: UInt32 = number(), let seconds: UInt32 = number() else { return nil }
        return .timestamp(seconds, count)
    }

    private mutating func binary() -> BSON? {
        guard let length: UInt32 = number(), let subtype = byte(), let content = take(Int(length)) else { return nil }
        guard subtype == 0 else {
            var whole: [UInt8] = []
            whole.append(littleEndian: length)
            return .other(5, whole + [subtype] + content)
        }
        return .binary(Array(content))
    }

    /// Types that neither we nor daskperiment write.
    private mutating func other(_ type: UInt8) -> BSON? {
        let start = place
        let isWhole: Bool
        switch type {
        case 6, 0xFF, 0x7F: isWhole = true
        case 0x0B: isWhole = name() != nil && name() != nil
        case 0x0C: isWhole = text() != nil && take(12) != nil
        case 0x0D, 0x0E: isWhole = text() != nil
        case 0x0F:
            guard let length: UInt32 = number(), length >= 4 else { return nil }
            isWhole = take(Int(length) - 4) != nil
        case 0x13: isWhole = take(16) != nil
        default: isWhole = false
        }
        return isWhole ? .other(type, Array(bytes[start..<place])) : nil
    }

    private mutating func byte() -> UInt8? { take(1)?.first }

    private mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, count <= bytes.count - place else { return nil }
        defer { place += count }
        return bytes[place..<(place + count)]
    }

    private mutating func number<Number: FixedWidthInteger & UnsignedInteger>() -> Number? {
        take(Number.bitWidth / 8)?.reversed().reduce(0) { $0 << 8 | Number($1) }
    }

    private mutating func name() -> String? {
        guard let end = bytes[place...].firstIndex(of: 0) else { return nil }
        defer { place = end + 1 }
        return String(decoding: bytes[place..<end], as: UTF8.self)
    }

    private mutating func text() -> String? {
        guard let length: UInt32 = number(), length >= 1, let content = take(Int(length)) else { return nil }
        return String(decoding: content.dropLast(), as: UTF8.self)
    }
}

extension [UInt8] {
    fileprivate mutating func append(littleEndian number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }

    fileprivate mutating func set(littleEndian number: UInt32, at place: Int) {
        Swift.withUnsafeBytes(of: number.littleEndian) { replaceSubrange(place..<(place + 4), with: $0) }
    }
}

extension BSONDocument {
    /// How many bytes the document takes.
    public var size: Int { fields.reduce(5) { $0 + $1.name.utf8.count + 2 + $1.value.size } }
}

extension BSON {
    /// How many bytes the value takes, without type and name.
    fileprivate var size: Int {
        switch self {
        case .double, .date, .timestamp, .int64: 8
        case .string(let text): text.utf8.count + 5
        case .document(let document): document.size
        case .array(let elements):
            elements.indices.reduce(5) { $0 + Self.digits($1) + 2 + elements[$1].size }
        case .binary(let bytes): bytes.count + 5
        case .objectID: 12
        case .bool: 1
        case .null: 0
        case .int32: 4
        case .other(_, let bytes): bytes.count
        }
    }

    private static func digits(_ number: Int) -> Int {
        var (digits, rest) = (1, number / 10)
        while rest > 0 { (digits, rest) = (digits + 1, rest / 10) }
        return digits
    }
}
