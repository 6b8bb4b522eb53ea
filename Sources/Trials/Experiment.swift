/// A series of trials that answer one question.
public struct Experiment: Hashable, Sendable, Codable, Identifiable {
    /// The name of the experiment, which is also its address in every store.
    public let id: ID
    /// How many numbers have been given out, deleted trials and gaps included.
    public let lastNumber: Int
    /// When a trial of it was last filed; nil when the store does not know.
    public let lastFiled: Timestamp?

    /// An experiment as a store lists it.
    public init(id: ID, lastNumber: Int, lastFiled: Timestamp?) {
        self.id = id
        self.lastNumber = lastNumber
        self.lastFiled = lastFiled
    }

    /// A Python identifier of at most 120 bytes: daskperiment refuses any other id.
    public struct ID: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
        /// The longest id, in UTF-8 bytes: file names made of it stay under 255.
        public static let longest = 120

        /// The identifier as text.
        public let text: String

        /// Nil when `text` is not a Python identifier or is too long; `suggestion(for:)` then gives one that is.
        public init?(_ text: String) {
            guard Identifier.isValid(text), text.utf8.count <= Self.longest else { return nil }
            self.text = text
        }

        /// The nearest identifier to any text: `my-exp` gives `my_exp`, `1st` gives `_1st`.
        public static func suggestion(for text: String) -> ID {
            ID(unchecked: Identifier.nearest(to: text, longest: longest))
        }

        private init(unchecked text: String) { self.text = text }

        /// Refuses text that is no identifier.
        public init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            let text = try container.decode(String.self)
            guard let id = ID(text) else {
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "not a Python identifier: \(text)")
            }
            self = id
        }

        /// The identifier as one text.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            try container.encode(text)
        }

        /// The identifier itself.
        public var description: String { text }

        /// By code point, as Python sorts text.
        public static func < (left: ID, right: ID) -> Bool {
            left.text.unicodeScalars.lexicographicallyPrecedes(right.text.unicodeScalars)
        }
    }
}
