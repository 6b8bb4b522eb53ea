/// Cuts a metrics file into records: lines, of which a CSV file may have some whose quoted fields hold newlines
/// (RFC 4180).
struct MetricsRecords: Sendable {
    /// Where a record ends.
    enum End: Equatable {
        /// At the newline at this place.
        case at(Int)
        /// Not in the bytes that are there; whether a quote was opened and not closed.
        case open(inQuotes: Bool)
    }

    /// What separates fields, one of which may begin with a quote; empty where quotes mean nothing.
    let separators: [UInt8]

    /// Lines as they are.
    static let plain = MetricsRecords(separators: [])

    /// The end of the record that begins at `start`.
    func end(of bytes: [UInt8], from start: Int) -> End {
        bytes.withUnsafeBufferPointer { end(of: $0, from: start) }
    }

    private func end(of bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> End {
        var place = start
        var isFieldStart = !separators.isEmpty
        while place < bytes.count {
            let byte = bytes[place]
            if byte == .newline { return .at(place) }
            if isFieldStart, byte == .quote {
                guard let closed = Self.closingQuote(in: bytes, after: place) else { return .open(inQuotes: true) }
                place = closed
                isFieldStart = false
            } else if !separators.isEmpty {
                isFieldStart = separators.contains(byte)
            }
            place += 1
        }
        return .open(inQuotes: false)
    }

    /// The quote that ends a field; two in a row stand for one in it.
    private static func closingQuote(in bytes: UnsafeBufferPointer<UInt8>, after open: Int) -> Int? {
        var place = open + 1
        while place < bytes.count {
            if bytes[place] == .quote {
                guard place + 1 < bytes.count, bytes[place + 1] == .quote else { return place }
                place += 1
            }
            place += 1
        }
        return nil
    }

    /// The whole records that begin in some bytes, and where what is left begins.
    ///
    /// Of one that is longer than `limit`, and with `isEnd` of one that never ends, its first line is left out.
    func ranges(in bytes: [UInt8], limit: Int, isEnd: Bool) -> (ranges: [Range<Int>], rest: Int) {
        var ranges: [Range<Int>] = []
        var start = 0
        while start < bytes.count {
            switch end(of: bytes, from: start) {
            case .at(let end) where end - start <= limit:
                ranges.append(start..<end)
                start = end + 1
            case .open where bytes.count - start <= limit && !isEnd: return (ranges, start)
            case .at, .open:
                guard let newline = bytes[start...].firstIndex(of: .newline) else { return (ranges, start) }
                start = newline + 1
            }
        }
        return (ranges, start)
    }

    /// The fields of a CSV record, without quotes and without spaces around them.
    static func fields(of record: ArraySlice<UInt8>, separator: UInt8) -> [ArraySlice<UInt8>] {
        var fields: [ArraySlice<UInt8>] = []
        var start = record.startIndex
        while true {
            if start < record.endIndex, record[start] == .quote {
                let (field, end) = quoted(record, from: start, separator)
                fields.append(field)
                guard end < record.endIndex else { return fields }
                start = end + 1
            } else {
                let end = record[start...].firstIndex(of: separator) ?? record.endIndex
                fields.append(trimmed(record[start..<end]))
                guard end < record.endIndex else { return fields }
                start = end + 1
            }
        }
    }

    /// A field that begins with a quote, and where it ends.
    private static func quoted(
        _ record: ArraySlice<UInt8>, from start: Int, _ separator: UInt8
    ) -> (ArraySlice<UInt8>, Int) {
        var content: [UInt8] = []
        var isInQuotes = true
        var place = start + 1
        while place < record.endIndex {
            let byte = record[place]
            if isInQuotes, byte == .quote {
                if place + 1 < record.endIndex, record[place + 1] == .quote {
                    content.append(byte)
                    place += 1
                } else {
                    isInQuotes = false
                }
            } else if !isInQuotes, byte == separator {
                break
            } else {
                content.append(byte)
            }
            place += 1
        }
        return (trimmed(content[...]), place)
    }

    /// Without spaces, tabs and carriage returns at its ends.
    static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == .tab || byte == 0x0D }
        let rest = bytes.drop(while: isSpace)
        guard let last = rest.lastIndex(where: { !isSpace($0) }) else { return [] }
        return rest[...last]
    }
}

extension UInt8 {
    static let newline = UInt8(ascii: "\n")
    static let tab = UInt8(ascii: "\t")
    static let quote = UInt8(ascii: "\"")
    static let comma = UInt8(ascii: ",")
    static let semicolon = UInt8(ascii: ";")
}
