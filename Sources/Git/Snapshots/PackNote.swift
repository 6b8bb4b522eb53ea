/// What was made of the last tree that a store was asked a pack of, as it is written down beside that pack: pure.
struct PackNote: Equatable {
    enum Outcome: Equatable {
        /// A file `<SHA-256>.pack`.
        case made(digest: String, size: Int)
        /// It would have more bytes than these.
        case larger(than: Int)
        /// Why nobody gets it, as the end of a sentence.
        case refused(String)
    }

    var tree: ObjectID
    /// The commit whose objects are left out; nil when nothing is.
    var base: ObjectID?
    var outcome: Outcome

    init(tree: ObjectID, base: ObjectID?, _ outcome: Outcome) {
        self.tree = tree
        self.base = base
        self.outcome = outcome
    }

    /// Reads what `text` writes; nil for anything else.
    init?(_ text: String) {
        let words = text.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        guard words.count == 4, let tree = ObjectID(hex: words[0]), words[3].hasSuffix("\n") else { return nil }
        let rest = String(words[3].dropLast())
        self.tree = tree
        if words[1] != Self.nothing {
            guard let base = ObjectID(hex: words[1]) else { return nil }
            self.base = base
        }
        switch words[2] {
        case "made":
            let numbers = rest.split(separator: " ")
            guard numbers.count == 2, let size = Int(numbers[1]), numbers[0].utf8.count == 64,
                numbers[0].utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
            else { return nil }
            outcome = .made(digest: String(numbers[0]), size: size)
        case "larger":
            guard let limit = Int(rest) else { return nil }
            outcome = .larger(than: limit)
        case "refused": outcome = .refused(rest)
        default: return nil
        }
    }

    /// One line: `<tree> <base> made <digest> <size>`.
    var text: String {
        let what =
            switch outcome {
            case .made(let digest, let size): "made \(digest) \(size)"
            case .larger(let limit): "larger \(limit)"
            case .refused(let reason): "refused \(reason)"
            }
        return "\(tree) \(base.map { "\($0)" } ?? Self.nothing) \(what)\n"
    }

    /// Whether it tells what a pack of this tree would come to that may have `limit` bytes.
    func answers(_ tree: ObjectID, besides base: ObjectID?, atMost limit: Int) -> Bool {
        guard self.tree == tree, self.base == base else { return false }
        return switch outcome {
        case .made, .refused: true
        case .larger(let than): limit <= than
        }
    }

    private static let nothing = "-"
}
