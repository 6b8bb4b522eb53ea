/// What names say of the values that they are given: `api_key`, `DB_PASSWORD`, `authToken`.
struct SecretName: Sendable {
    /// How sure it is that the value is a secret.
    enum Certainty: Sendable {
        /// Whatever it is given is one.
        case certain
        /// Machine learning has other things of that name: only what looks like a secret is one.
        case likely
    }

    /// What is written in the value's place: `password`, `token`, `secret`, `key`.
    let kind: String
    let certainty: Certainty
    /// As it was written.
    let written: ArraySlice<UInt8>

    /// By how a name ends, without dashes and underscores, in the singular.
    private static let endings: [(ending: [UInt8], kind: String)] = [
        ("password", "password"), ("passwd", "password"), ("passphrase", "password"), ("secret", "secret"),
        ("apikey", "key"), ("accesskey", "key"), ("secretkey", "key"), ("privatekey", "key"), ("accountkey", "key"),
        ("encryptionkey", "key"), ("signingkey", "key"), ("masterkey", "key"), ("subscriptionkey", "key"),
        ("credential", "secret"),
    ].map { (Array($0.0.utf8), $0.1) }

    /// What a token is of, when it is a secret.
    private static let tokens: [[UInt8]] = [
        "auth", "access", "api", "refresh", "bearer", "session", "oauth", "jwt", "csrf", "xsrf", "personal", "deploy",
        "registry", "vault", "hf", "hub", "huggingface", "github", "gh", "gitlab", "slack", "bot", "wandb", "neptune",
        "comet", "mlflow", "pypi", "npm", "aws", "azure", "gcp", "kaggle", "dagshub", "clearml", "secret", "private",
    ].map { Array($0.utf8) }

    /// Services whose key is called by their name alone: `OPENAI_KEY`.
    private static let services: [[UInt8]] = [
        "openai", "anthropic", "claude", "gemini", "cohere", "mistral", "groq", "deepseek", "openrouter", "perplexity",
        "together", "replicate", "huggingface", "hf", "wandb", "comet", "neptune", "kaggle", "clearml", "pinecone",
        "tavily", "serper", "azure", "aws", "gcp", "google", "stripe", "sendgrid", "mailgun", "twilio", "datadog",
        "sentry", "github", "gitlab", "slack", "rapidapi", "storage", "auth",
    ].map { Array($0.utf8) }

    /// What something is passed through, or passes: `low_pass`, `first_pass`.
    private static let passes: Set<String> = [
        "low", "high", "band", "all", "first", "second", "third", "last", "one", "two", "single", "multi", "each",
        "per",
        "n", "num", "no", "forward", "backward", "fwd", "bwd", "did", "test", "tests", "render", "by", "max", "min",
    ]

    /// The most bytes of a name.
    static let longest = 128

    /// The letters that names of secrets end with.
    private static let lasts = ByteSet("dDeElLnNsStTyY")

    /// What a name says; nil when it says nothing.
    init?(_ written: ArraySlice<UInt8>) {
        // `PASSWORD_2`.
        let name = written[
            ..<(written.lastIndex { !$0.isDigit && $0 != 0x5F && $0 != 0x2D }.map { $0 + 1 } ?? written.startIndex)]
        guard let last = name.last, Self.lasts.contains(last), name.count <= Self.longest, name.count >= 3 else {
            return nil
        }
        var letters = name.filter { $0.isLetter || $0.isDigit }.map(\.lowercased)
        let short = name.suffix(4)
        if let first = short.first, first == 0x5F || first == 0x2D, short.dropFirst().equals("pwd") {
            self.init("password", .certain, written)
            return
        }
        if name.suffix(5).dropFirst().equals("pass"), let joint = name.dropLast(4).last, joint == 0x5F || joint == 0x2D
        {
            let before = name.dropLast(5)
            let word = before.suffix(from: before.lastIndex { !$0.isLetter }.map { $0 + 1 } ?? before.startIndex)
            let isSecret = !Self.passes.contains(String(decoding: word, as: UTF8.self).lowercased())
            self.init("password", isSecret ? .certain : .likely, written)
            return
        }
        let isPlural = letters.last == 0x73 && letters.count > 4
        if isPlural { letters.removeLast() }
        if let known = Self.endings.first(where: { letters.ends(with: $0.ending) }) {
            self.init(known.kind, .certain, written)
        } else if letters.ends(with: "token") {
            let rest = letters.dropLast(5)
            // A token alone is mostly a word of a text.
            let isVariable = rest.isEmpty && !isPlural && name.allSatisfy { !$0.isLetter || $0.isCapital }
            let isCertain = isVariable || Self.tokens.contains { rest.ends(with: $0) }
            self.init("token", isCertain ? .certain : .likely, written)
        } else if letters.ends(with: "key"), letters.count > 3 {
            let rest = letters.dropLast(3)
            guard Self.services.contains(where: { rest.ends(with: $0) }) else { return nil }
            self.init("key", .certain, written)
        } else if letters.elementsEqual("pwd".utf8) {
            self.init("password", .likely, written)
        } else {
            return nil
        }
    }

    /// What a name says; nil when it says nothing.
    init?(_ name: String) { self.init(Array(name.utf8)[...]) }

    /// What a parameter of an address is given, whatever that is; nil when its name says nothing.
    static func kind(inQuery name: ArraySlice<UInt8>) -> String? {
        let letters = name.filter(\.isLetter).map(\.lowercased)
        if letters.elementsEqual("sig".utf8) || letters.ends(with: "signature") { return "signature" }
        return SecretName(name)?.kind
    }

    private init(_ kind: String, _ certainty: Certainty, _ written: ArraySlice<UInt8>) {
        self.kind = kind
        self.certainty = certainty
        self.written = written
    }

    /// Whether a whole value under this name is a secret: it was given as a value, by itself.
    func conceals(_ value: ArraySlice<UInt8>) -> Bool {
        if Placeholder.isOne(value, named: written) { return false }
        if kind == "token", value.allSatisfy(\.isDigit) { return false }
        // Where somebody is, and not what somebody knows.
        if written.suffix(3).equals("pwd"), let first = value.first, first == 0x2F || first == 0x7E { return false }
        return certainty == .certain || value.looksRandom
    }
}

extension ArraySlice<UInt8> {
    /// Long, letters and digits, and no sentence.
    var looksRandom: Bool {
        count >= 16 && contains(where: \.isDigit) && contains(where: \.isLetter)
            && allSatisfy { $0.isWord || randomBytes.contains($0) }
    }

    /// Of more than one kind: no word that a sentence has.
    var looksChosen: Bool {
        let isWord = dropFirst().allSatisfy { $0.isLetter && !$0.isCapital }
        return !isWord || contains(where: \.isDigit)
    }
}

private let randomBytes = ByteSet("-+/=.~")

extension BidirectionalCollection<UInt8> {
    fileprivate func ends(with end: some BidirectionalCollection<UInt8>) -> Bool {
        count >= end.count && suffix(end.count).elementsEqual(end)
    }

    fileprivate func ends(with end: StaticString) -> Bool {
        end.withUTF8Buffer { end in count >= end.count && suffix(end.count).elementsEqual(end) }
    }
}
