/// What makes filing idempotent: the SHA-256 that names a run, in every store and for every agent.
public struct RunKey: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    /// 64 lower-case hexadecimal digits.
    public let text: String

    /// Nil unless `text` is 64 lower-case hexadecimal digits.
    public init?(_ text: String) {
        guard text.utf8.count == 64,
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        self.text = text
    }

    /// The key that a SHA-256 gives; `digest` has its 32 bytes.
    public init(sha256 digest: [UInt8]) {
        precondition(digest.count == 32, "a SHA-256 has 32 bytes")
        text = digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    /// Refuses anything but 64 hexadecimal digits.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let key = RunKey(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a run key: \(text)")
        }
        self = key
    }

    /// The key as one text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    /// The key itself.
    public var description: String { text }

    /// By text.
    public static func < (left: RunKey, right: RunKey) -> Bool { left.text < right.text }
}

/// How far a run's story had been told when a filing was made: a lower revision never overwrites a higher one.
public struct Revision: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    /// 1 for a run's first filing, one more for each that follows.
    public let number: Int

    /// The revision of that number.
    public init(_ number: Int) { self.number = number }

    /// The revision after this one.
    public var next: Revision { Revision(number + 1) }

    /// The number alone.
    public init(from decoder: any Decoder) throws {
        number = try decoder.singleValueContainer().decode(Int.self)
    }

    /// The number alone.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(number)
    }

    /// The number alone.
    public var description: String { String(number) }

    /// Earlier in the story.
    public static func < (left: Revision, right: Revision) -> Bool { left.number < right.number }
}
