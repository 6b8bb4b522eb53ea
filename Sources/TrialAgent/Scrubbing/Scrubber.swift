/// Replaces what looks like a secret in text that is kept, shown or sent: `«scrubbed:github»` stands in its place.
///
/// Tokens are known by their shape, other secrets by the name that they are given or by where they stand. Hex digests, UUIDs
/// and names of packages are none. What was scrubbed once stays as it is.
struct Scrubber: Sendable {
    /// What a text is.
    enum Kind: Sendable {
        /// Messages, command lines, settings: what stands behind `password=` is a value.
        case text
        /// Source: what stands behind `password=` is a secret only where it is a literal.
        case code
    }

    /// How many secrets of each kind were found.
    private(set) var counts: [String: Int]

    /// Goes on counting from what was found before.
    init(counts: [String: Int] = [:]) { self.counts = counts }

    /// How many were found in all.
    var total: Int { counts.values.reduce(0, +) }

    /// What was done, as a sentence for the user; nil when nothing was.
    var problem: String? {
        guard !counts.isEmpty else { return nil }
        let kinds = counts.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)" }.joined(separator: ", ")
        return total == 1
            ? "what looks like a secret was scrubbed (\(kinds))"
            : "\(total) values that look like secrets were scrubbed (\(kinds))"
    }

    /// The text without its secrets.
    mutating func scrub(_ text: String, as kind: Kind = .text) -> String {
        clean(Array(text.utf8), as: kind).map { String(decoding: $0, as: UTF8.self) } ?? text
    }

    /// The bytes of a text without its secrets; what is no UTF-8 in it stays.
    mutating func scrub(_ bytes: [UInt8], as kind: Kind = .text) -> [UInt8] { clean(bytes, as: kind) ?? bytes }

    /// A text without its secrets; nil when it has none.
    private mutating func clean(_ bytes: [UInt8], as kind: Kind) -> [UInt8]? {
        let text = UnescapedText(bytes)
        let search = SecretSearch(text.bytes, kind)
        var (copied, clean) = (0, [UInt8]())
        var place = 0
        while let found = search.next(from: place) {
            let range = text.written(found.range)
            clean += bytes[copied..<range.lowerBound]
            clean += replacement(found.kind)
            (place, copied) = (found.range.upperBound, range.upperBound)
        }
        return copied > 0 ? clean + bytes[copied...] : nil
    }

    /// What stands in the place of a secret, which is counted.
    mutating func replacement(_ kind: String) -> [UInt8] {
        counts[kind, default: 0] += 1
        return Array("«scrubbed:\(kind)»".utf8)
    }

    /// Whether the bytes of a text have a secret.
    static func finds(in bytes: [UInt8]) -> Bool {
        SecretSearch(UnescapedText(bytes).bytes, .text).next(from: 0) != nil
    }
}
