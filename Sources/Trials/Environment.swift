/// What a run stood on, one text a category: daskperiment's nine, and three of ours.
public enum EnvironmentCategory: String, Hashable, Sendable, Codable, CaseIterable {
    case platform
    case cpu
    case python
    case numpy
    case scipy
    case pandas
    case conda
    case git
    case requirements
    case hardware
    case process
    case r
}

/// The text of one category.
public enum EnvironmentText: Hashable, Sendable, Codable {
    /// Keys and values in the order in which daskperiment writes them.
    case document(Fields)
    /// Lines of text.
    case text(String)

    /// An object is a document, a string is text.
    public init(from decoder: any Decoder) throws {
        if let text = try? decoder.singleValueContainer().decode(String.self) {
            self = .text(text)
        } else {
            self = .document(try Fields(from: decoder))
        }
    }

    /// A document as an object, text as a string.
    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .document(let fields): try fields.encode(to: encoder)
        case .text(let text):
            var container = encoder.singleValueContainer()
            try container.encode(text)
        }
    }
}

/// The texts of all categories that were captured.
public struct Environment: Hashable, Sendable, Codable {
    private var texts: [EnvironmentCategory: EnvironmentText]

    /// No text yet.
    public init() { texts = [:] }

    /// The text of a category; nil when it was not captured.
    public subscript(category: EnvironmentCategory) -> EnvironmentText? {
        get { texts[category] }
        set { texts[category] = newValue }
    }

    /// The categories that have a text, in their fixed order.
    public var categories: [EnvironmentCategory] { EnvironmentCategory.allCases.filter { texts[$0] != nil } }

    /// Reads an object of texts; categories of a newer version are passed over.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        texts = [:]
        for category in EnvironmentCategory.allCases {
            texts[category] = try container.decodeIfPresent(EnvironmentText.self, forKey: Key(category))
        }
    }

    /// Writes an object of texts.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        for category in categories { try container.encodeIfPresent(texts[category], forKey: Key(category)) }
    }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(_ category: EnvironmentCategory) { stringValue = category.rawValue }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
