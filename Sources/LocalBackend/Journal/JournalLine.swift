internal import Bytes
internal import JSON

/// One line of the journal: a JSON object whose last member, `sum`, is the beginning of the SHA-256 of all bytes of the
/// line before it.
enum JournalLine {
    private static let tail = Array(#","sum":""#.utf8)
    private static let digits = 16
    /// `,"sum":"0123456789abcdef"}` and the newline.
    private static let suffix = tail.count + digits + 3

    /// Closes the object that begins at `start`, which must have a member, and ends the line.
    static func seal(_ bytes: inout [UInt8], from start: Int) {
        if bytes.last == UInt8(ascii: "}") { bytes.removeLast() }
        let sum = checksum(bytes[start...])
        bytes.append(contentsOf: tail)
        bytes.append(contentsOf: sum)
        bytes.append(contentsOf: [UInt8(ascii: "\""), UInt8(ascii: "}"), UInt8(ascii: "\n")])
    }

    /// The line of an object.
    static func seal(_ object: JSON.Object, into bytes: inout [UInt8]) {
        let start = bytes.count
        JSON.object(object).write(to: &bytes)
        seal(&bytes, from: start)
    }

    /// Whether these bytes, newline included, are a line that was written whole.
    static func isWhole(_ line: ArraySlice<UInt8>) -> Bool {
        guard line.count > suffix, line.last == UInt8(ascii: "\n") else { return false }
        let content = line.dropLast(suffix)
        let rest = line[content.endIndex...]
        guard rest.starts(with: tail) else { return false }
        return rest.dropFirst(tail.count).prefix(digits).elementsEqual(checksum(content))
    }

    /// The object of a line; nil when it was not written whole.
    static func read(_ line: ArraySlice<UInt8>) -> JSON.Object? {
        guard isWhole(line), let json = try? JSON(parsing: line.dropLast()) else { return nil }
        return json.object
    }

    /// What a whole line speaks of, read from its first bytes: `{"event":"points",`.
    static func event(_ line: ArraySlice<UInt8>) -> Substring? {
        let head = Substring(decoding: line.prefix(32), as: UTF8.self)
        guard head.hasPrefix(#"{"event":""#) else { return nil }
        return head.dropFirst(10).prefix { $0 != "\"" }
    }

    private static func checksum(_ content: ArraySlice<UInt8>) -> [UInt8] {
        Array(SHA256.digest(of: content.span.bytes).hex.utf8.prefix(digits))
    }
}
