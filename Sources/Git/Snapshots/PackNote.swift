/// What was made of the last thing that a store was asked a pack of, as it is written down beside that pack: pure.
struct PackNote: Equatable {
    enum Outcome: Equatable {
        /// A file that is called by its SHA-256.
        case made(digest: String, size: Int)
        case nothing(Refusal)
    }

    /// Why there is no pack.
    enum Refusal: Equatable {
        /// It would have more bytes than these.
        case larger(than: Int)
        /// Why nobody gets it, as the end of a sentence.
        case reason(String)
    }

    /// What a pack is of.
    struct Subject: Equatable {
        /// The tree, or the commit.
        var object: ObjectID
        /// What else decides what is in it; nil for nothing.
        var besides: ObjectID?
    }

    let subject: Subject
    let outcome: Outcome

    init(_ subject: Subject, _ outcome: Outcome) {
        self.subject = subject
        self.outcome = outcome
    }

    /// Reads what `text` writes; nil for anything else.
    init?(_ text: String) {
        let words = text.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        guard words.count == 4, let object = ObjectID(hex: words[0]), words[3].hasSuffix("\n") else { return nil }
        var subject = Subject(object: object)
        if words[1] != Self.nothing {
            guard let besides = ObjectID(hex: words[1]) else { return nil }
            subject.besides = besides
        }
        guard let outcome = Outcome(words[2], String(words[3].dropLast())) else { return nil }
        self.init(subject, outcome)
    }

    /// One line: `<object> <besides> made <digest> <size>`.
    var text: String {
        "\(subject.object) \(subject.besides.map { "\($0)" } ?? Self.nothing) \(outcome.text)\n"
    }

    /// Whether it tells what a pack of this would come to that may have `limit` bytes.
    func answers(_ subject: Subject, atMost limit: Int) -> Bool {
        guard self.subject == subject else { return false }
        if case .nothing(.larger(let than)) = outcome { return limit <= than }
        return true
    }

    private static let nothing = "-"
}

extension PackNote.Outcome {
    fileprivate init?(_ word: String, _ rest: String) {
        switch word {
        case "made":
            let numbers = rest.split(separator: " ")
            guard numbers.count == 2, let size = Int(numbers[1]), numbers[0].utf8.count == 64,
                numbers[0].utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
            else { return nil }
            self = .made(digest: String(numbers[0]), size: size)
        case "larger":
            guard let limit = Int(rest) else { return nil }
            self = .nothing(.larger(than: limit))
        case "refused": self = .nothing(.reason(rest))
        default: return nil
        }
    }

    fileprivate var text: String {
        switch self {
        case .made(let digest, let size): "made \(digest) \(size)"
        case .nothing(.larger(let limit)): "larger \(limit)"
        case .nothing(.reason(let reason)): "refused \(reason)"
        }
    }
}
