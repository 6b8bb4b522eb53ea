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

    /// By how a name ends, without dashes and underscores.
    private static let endings: [(ending: [UInt8], kind: String)] = [
        ("password", "password"), ("passwd", "password"), ("passphrase", "password"), ("secret", "secret"),
        ("apikey", "key"), ("accesskey", "key"), ("secretkey", "key"), ("privatekey", "key"), ("accountkey", "key"),
        ("encryptionkey", "key"), ("signingkey", "key"), ("masterkey", "key"), ("credential", "secret"),
        ("credentials", "secret"),
    ].map { (Array($0.0.utf8), $0.1) }

    /// What a token is of, when it is a secret.
    private static let tokens: [[UInt8]] = [
        "auth", "access", "api", "refresh", "bearer", "session", "oauth", "jwt", "csrf", "xsrf", "personal", "deploy",
        "registry", "vault", "hf", "hub", "huggingface", "github", "gh", "gitlab", "slack", "bot", "wandb", "neptune",
        "comet", "mlflow", "pypi", "npm", "aws", "azure", "gcp", "kaggle", "dagshub", "clearml", "secret", "private",
    ].map { Array($0.utf8) }

    /// The most bytes of a name.
    static let longest = 128

    /// What a name says; nil when it says nothing.
    init?(_ name: some Collection<UInt8>) {
        guard name.count <= Self.longest else { return nil }
        let letters = name.filter { $0.isLetter || $0.isDigit }.map { $0.isCapital ? $0 + 0x20 : $0 }
        if let known = Self.endings.first(where: { letters.ends(with: $0.ending) }) {
            self.init(kind: known.kind, certainty: .certain)
        } else if letters.ends(with: Array("token".utf8)) {
            let rest = letters.dropLast(5)
            // A token alone is mostly a word of a text.
            let isVariable = rest.isEmpty && name.allSatisfy { !$0.isLetter || $0.isCapital }
            let isCertain = isVariable || Self.tokens.contains { rest.ends(with: $0) }
            self.init(kind: "token", certainty: isCertain ? .certain : .likely)
        } else if letters == Array("pwd".utf8) || Self.isPart("pwd", of: name) || Self.isPart("pass", of: name) {
            self.init(kind: "password", certainty: .likely)
        } else {
            return nil
        }
    }

    /// What a parameter of an address is given, whatever that is; nil when its name says nothing.
    static func kind(inQuery name: some Collection<UInt8>) -> String? {
        let letters = name.filter(\.isLetter).map { $0.isCapital ? $0 + 0x20 : $0 }
        if letters == Array("sig".utf8) || letters.ends(with: Array("signature".utf8)) { return "signature" }
        return SecretName(name)?.kind
    }

    private init(kind: String, certainty: Certainty) {
        self.kind = kind
        self.certainty = certainty
    }

    /// `DB_PASS` and `db-pwd`, and not `bypass`.
    private static func isPart(_ part: String, of name: some Collection<UInt8>) -> Bool {
        let end = name.suffix(part.utf8.count + 1).map { $0.isCapital ? $0 + 0x20 : $0 }
        return end.dropFirst().elementsEqual(part.utf8) && (end.first == 0x5F || end.first == 0x2D)
    }

    /// Whether a whole value under this name is a secret: it was given as a value, by itself.
    func conceals(_ value: some Collection<UInt8>, named name: some Collection<UInt8>) -> Bool {
        if isPlaceholder(value, named: name) { return false }
        if kind == "token", value.allSatisfy(\.isDigit) { return false }
        return certainty == .certain || value.looksRandom
    }

    /// Nothing, a word that stands for nothing, or a place where the secret is to be taken from.
    private func isPlaceholder(_ value: some Collection<UInt8>, named name: some Collection<UInt8>) -> Bool {
        guard let first = value.first else { return true }
        guard value.prefix(65).count <= 64 else { return "$%{<[(*".utf8.contains(first) }
        if "$%{<[(*".utf8.contains(first) || value.starts(with: "«".utf8) { return true }
        let word = String(decoding: value, as: UTF8.self).lowercased()
        if Self.nothing.contains(word) { return true }
        return word == String(decoding: name, as: UTF8.self).lowercased()
    }

    private static let nothing: Set<String> = [
        "none", "null", "nil", "~", "true", "false", "yes", "no", "undefined", "str", "string", "int", "bytes", "bool",
        "optional", "required", "redacted", "hidden", "masked", "xxx", "...", "-", "?",
    ]
}

extension Collection<UInt8> {
    /// Long, letters and digits, and no sentence.
    var looksRandom: Bool {
        count >= 16 && contains(where: \.isDigit) && contains(where: \.isLetter)
            && allSatisfy { $0.isWord || "-+/=.~".utf8.contains($0) }
    }

    /// Of more than one kind: no word that a sentence has.
    var looksChosen: Bool {
        let isWord = dropFirst().allSatisfy { $0.isLetter && !$0.isCapital }
        return !isWord || contains(where: \.isDigit)
    }
}

extension [UInt8] {
    fileprivate func ends(with end: [UInt8]) -> Bool { count >= end.count && suffix(end.count).elementsEqual(end) }
}

extension ArraySlice<UInt8> {
    fileprivate func ends(with end: [UInt8]) -> Bool { count >= end.count && suffix(end.count).elementsEqual(end) }
}
