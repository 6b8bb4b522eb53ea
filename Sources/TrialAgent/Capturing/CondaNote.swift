internal import JSON

/// What the note of an installed package (`conda-meta/*.json`) says of it at its outermost level.
///
/// conda indents its notes by two, micromamba by four, and the lists of files between the few texts that are wanted here may
/// have megabytes: they are passed over and no tree is made of them.
struct CondaNote {
    private var texts: [String: String] = [:]

    /// The package's address in its channel.
    var url: String? { texts["url"] }
    /// MD5 of its archive.
    var md5: String? { texts["md5"] }

    private static let wanted = ["url", "md5"]

    /// Reads a note; what is no JSON gives no texts.
    init(_ bytes: [UInt8]) {
        var place = 0
        var depth = 0
        var last: Range<Int>?
        var key: String?
        while place < bytes.count {
            switch bytes[place] {
            case UInt8(ascii: "\""):
                let text = Self.text(in: bytes, from: place)
                if depth == 1 {
                    if let name = key { texts[name] = Self.decoded(bytes[text]) }
                    last = text
                    key = nil
                }
                place = text.upperBound - 1
            case UInt8(ascii: ":") where depth == 1:
                key = last.flatMap { text in
                    Self.wanted.first { bytes[text].dropFirst().dropLast().elementsEqual($0.utf8) }
                }
            case UInt8(ascii: ",") where depth == 1:
                key = nil
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                key = nil
            default: break
            }
            place += 1
        }
    }

    /// The text that begins at a quotation mark, with its quotation marks.
    private static func text(in bytes: [UInt8], from start: Int) -> Range<Int> {
        var place = start + 1
        while place < bytes.count, bytes[place] != UInt8(ascii: "\"") {
            place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        return start..<min(place + 1, bytes.count)
    }

    private static func decoded(_ text: ArraySlice<UInt8>) -> String? { try? JSON(parsing: Array(text)).string }
}
