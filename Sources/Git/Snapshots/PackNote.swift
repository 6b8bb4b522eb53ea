/// What was made of the last tree that a store was asked a pack of, as it is written down beside that pack: pure.
struct PackNote: Equatable {
    enum Outcome: Equatable {
        /// A file `<SHA-256>.pack`.
        case made(digest: String, size: Int)
        case nothing(Refusal)
    }

    /// Why something goes to nobody.
    enum Refusal: Equatable {
        /// It would have more bytes than these.
        case larger(than: Int)
        /// As the end of a sentence.
        case reason(String)

        /// Whether another limit changes nothing about it.
        fileprivate func holds(atMost limit: Int) -> Bool {
            if case .larger(let than) = self { limit <= than } else { true }
        }
    }

    /// What a pack is of.
    struct Subject: Equatable {
        var tree: ObjectID
        /// The commit whose objects are left out; nil when nothing is.
        var base: ObjectID?
        /// The `mark` of the commits that go along; nil when none were asked for, or there are none.
        var commits: ObjectID?
    }

    let subject: Subject
    var outcome: Outcome
    /// Why the pack is without the commits; nil when it has them.
    var withheld: Refusal?

    init(_ subject: Subject, _ outcome: Outcome, withheld: Refusal? = nil) {
        self.subject = subject
        self.outcome = outcome
        self.withheld = withheld
    }

    /// Reads what `text` writes; nil for anything else.
    init?(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 4, lines[3].isEmpty else { return nil }
        let ids = lines[0].split(separator: " ", omittingEmptySubsequences: false)
        guard ids.count == 3, let tree = ObjectID(hex: ids[0]) else { return nil }
        let others = ids[1...].map { ObjectID(hex: $0) }
        guard zip(ids[1...], others).allSatisfy({ $0 == Self.nothing || $1 != nil }) else { return nil }
        let subject = Subject(tree: tree, base: others[0], commits: others[1])
        guard let outcome = Outcome(lines[1]) else { return nil }
        guard lines[2] != Self.nothing else {
            self.init(subject, outcome)
            return
        }
        guard let withheld = Refusal(lines[2]) else { return nil }
        self.init(subject, outcome, withheld: withheld)
    }

    /// Three lines: `<tree> <base> <commits>`, `made <digest> <size>` or why not, and why the commits are not in it.
    var text: String {
        let ids = [subject.tree, subject.base, subject.commits].map { $0.map { "\($0)" } ?? Self.nothing }
        let lines = [ids.joined(separator: " "), outcome.text, withheld?.text ?? Self.nothing]
        return lines.joined(separator: "\n") + "\n"
    }

    /// Whether it tells what a pack of this would come to that may have `limit` bytes.
    func answers(_ subject: Subject, atMost limit: Int) -> Bool {
        guard self.subject == subject, withheld?.holds(atMost: limit) ?? true else { return false }
        return switch outcome {
        case .nothing(let refusal): refusal.holds(atMost: limit)
        // Without its commits it may be small enough.
        case .made(_, let size): size <= limit || subject.commits == nil || withheld != nil
        }
    }

    private static let nothing = "-"
}

extension PackNote.Outcome {
    fileprivate init?(_ line: Substring) {
        let words = line.split(separator: " ")
        if words.count == 3, words[0] == "made", let size = Int(words[2]), words[1].utf8.count == 64,
            words[1].utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        {
            self = .made(digest: String(words[1]), size: size)
        } else if let refusal = PackNote.Refusal(line) {
            self = .nothing(refusal)
        } else {
            return nil
        }
    }

    fileprivate var text: String {
        switch self {
        case .made(let digest, let size): "made \(digest) \(size)"
        case .nothing(let refusal): refusal.text
        }
    }
}

extension PackNote.Refusal {
    fileprivate init?(_ line: Substring) {
        guard let space = line.firstIndex(of: " ") else { return nil }
        let rest = line[line.index(after: space)...]
        switch line[..<space] {
        case "larger":
            guard let limit = Int(rest) else { return nil }
            self = .larger(than: limit)
        case "refused": self = .reason(String(rest))
        default: return nil
        }
    }

    fileprivate var text: String {
        switch self {
        case .larger(let limit): "larger \(limit)"
        case .reason(let reason): "refused " + reason.split(whereSeparator: \.isNewline).joined(separator: " ")
        }
    }
}
