import JSON
import SystemCalls
import SystemPackage

/// Pickles that Python wrote, with what it says that they are.
enum Golden {
    /// A pickle of a record of the real daskperiment.
    struct Record: CustomStringConvertible {
        let name: String
        let pickle: [UInt8]
        let value: JSON

        var description: String { name }
    }

    /// One value as several versions of Python, numpy and pandas write it.
    struct Entry: CustomStringConvertible {
        let name: String
        let value: JSON
        let pickles: [(by: String, bytes: [UInt8])]

        var description: String { name }
    }

    static let records: [Record] = lines("daskperiment.jsonl").compactMap { line in
        guard let name = line["name"]?.string, let pickle = line["pickle"]?.string, let value = line["value"] else {
            return nil
        }
        return Record(name: name, pickle: decoded(pickle), value: value)
    }

    static let entries: [Entry] = lines("pythons.jsonl").compactMap { line in
        guard let name = line["name"]?.string, let value = line["value"], let pickles = line["pickles"]?.array else {
            return nil
        }
        return Entry(
            name: name, value: value,
            pickles: pickles.compactMap { pickle in
                guard let by = pickle["by"]?.string, let bytes = pickle["pickle"]?.string else { return nil }
                return (by, decoded(bytes))
            })
    }

    static func record(_ name: String) -> Record? { records.first { $0.name == name } }

    /// Every pickle there is.
    static let all: [[UInt8]] = records.map(\.pickle) + entries.flatMap { $0.pickles.map(\.bytes) }

    private static func lines(_ name: String) -> [JSON] {
        let path = FilePath(#filePath).removingLastComponent().appending("Golden").appending(name)
        do {
            let file = try OwnedDescriptor(opening: path, .readOnly)
            var text: [UInt8] = []
            while true {
                let piece = try file.read(1 << 20, at: Int64(text.count))
                if piece.isEmpty { break }
                text += piece
            }
            return try text.split(separator: UInt8(ascii: "\n")).map { try JSON(parsing: $0) }
        } catch {
            return []
        }
    }

    /// Base64.
    static func decoded(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var word: UInt32 = 0
        var bits = 0
        for character in text.utf8 {
            let digit: UInt8
            switch character {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit = character - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): digit = character - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = character - UInt8(ascii: "0") + 52
            case UInt8(ascii: "+"): digit = 62
            case UInt8(ascii: "/"): digit = 63
            default: continue
            }
            word = word << 6 | UInt32(digit)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: word >> UInt32(bits)))
            }
        }
        return bytes
    }
}

extension Collection<UInt8> {
    var hex: String {
        map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}

extension [UInt8] {
    /// The bytes of hexadecimal digits; spaces do not count.
    init(hex: String) {
        var digits = hex.utf8.filter { $0 != 0x20 }[...]
        self.init()
        while digits.count >= 2 {
            append(UInt8(String(decoding: digits.prefix(2), as: UTF8.self), radix: 16) ?? 0)
            digits = digits.dropFirst(2)
        }
    }
}
