/// What a service's tokens look like: a beginning that nothing else has, and what follows it.
struct TokenShape: Sendable {
    /// Which bytes the rest is made of.
    enum Alphabet: Sendable {
        case hexadecimal, base32, capitals, letters, word, dashed, dotted, path

        func holds(_ byte: UInt8) -> Bool {
            switch self {
            case .hexadecimal: byte.isDigit || (0x61...0x66).contains(byte)
            case .base32: byte.isCapital || (0x32...0x37).contains(byte)
            case .capitals: byte.isDigit || byte.isCapital
            case .letters: byte.isDigit || byte.isLetter
            case .word: byte.isWord
            case .dashed: byte.isWord || byte == 0x2D
            case .dotted: byte.isWord || byte == 0x2D || byte == 0x2E
            case .path: byte.isWord || byte == 0x2F || byte == 0x2D || byte == 0x3A
            }
        }
    }

    /// Whose token it is, as it is named in its place.
    let kind: String
    private let beginning: [UInt8]
    private let alphabet: Alphabet
    private let lengths: ClosedRange<Int>

    private init(_ kind: String, _ beginning: String, _ alphabet: Alphabet, _ lengths: ClosedRange<Int>) {
        self.kind = kind
        self.beginning = Array(beginning.utf8)
        self.alphabet = alphabet
        self.lengths = lengths
    }

    private init(_ kind: String, _ beginning: String, _ alphabet: Alphabet, _ length: Int) {
        self.init(kind, beginning, alphabet, length...length)
    }

    private static let longest = 1 << 20
    /// Within so many bytes a token has a digit or a capital.
    private static let telling = 256

    /// From what the services publish of their tokens, and scan others' repositories for.
    private static let all: [TokenShape] =
        ["AKIA", "ASIA", "ABIA", "ACCA"].map { TokenShape("aws", $0, .base32, 16) }
        + ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"].map { TokenShape("github", $0, .letters, 36...255) }
        + [
            "glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glsoat-", "glagent-", "glimt-", "glffct-",
        ].map { TokenShape("gitlab", $0, .dotted, 20...longest) }
        + ["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxe-", "xoxe.xoxp-", "xoxe.xoxb-", "xapp-"].map {
            TokenShape("slack", $0, .dashed, 10...longest)
        }
        + ["sk_live_", "sk_test_", "rk_live_", "rk_test_"].map { TokenShape("stripe", $0, .letters, 16...longest) }
        + ["sk-proj-", "sk-svcacct-", "sk-admin-", "sk-None-", "sk-service-"].map {
            TokenShape("openai", $0, .dashed, 20...longest)
        }
        + ["https://", ""].flatMap { scheme in
            [
                ("slack", "hooks.slack.com/services/"), ("slack", "hooks.slack.com/workflows/"),
                ("slack", "hooks.slack.com/triggers/"), ("discord", "discord.com/api/webhooks/"),
                ("discord", "discordapp.com/api/webhooks/"), ("telegram", "api.telegram.org/bot"),
            ].map { TokenShape($0.0, scheme + $0.1, .path, 8...longest) }
        }
        + [
            TokenShape("github", "github_pat_", .word, 60...255),
            TokenShape("huggingface", "hf_", .letters, 30...longest),
            TokenShape("huggingface", "api_org_", .letters, 30...longest),
            TokenShape("anthropic", "sk-ant-", .dashed, 20...longest),
            TokenShape("openrouter", "sk-or-v1-", .hexadecimal, 64),
            TokenShape("openai", "sk-", .letters, 32...longest),
            TokenShape("wandb", "wandb_v1_", .word, 30...longest),
            TokenShape("google", "AIza", .dashed, 35),
            TokenShape("google", "ya29.", .dotted, 20...longest),
            TokenShape("google", "GOCSPX-", .dashed, 28),
            TokenShape("stripe", "whsec_", .letters, 24...longest),
            TokenShape("npm", "npm_", .letters, 36),
            TokenShape("pypi", "pypi-Ag", .dashed, 50...longest),
            TokenShape("databricks", "dapi", .hexadecimal, 32),
            TokenShape("digitalocean", "dop_v1_", .hexadecimal, 64),
            TokenShape("sendgrid", "SG.", .dotted, 66),
            TokenShape("groq", "gsk_", .letters, 52),
            TokenShape("xai", "xai-", .letters, 80),
            TokenShape("replicate", "r8_", .letters, 37),
            TokenShape("perplexity", "pplx-", .letters, 40...longest),
            TokenShape("pinecone", "pcsk_", .word, 40...longest),
            TokenShape("docker", "dckr_pat_", .dashed, 27),
            TokenShape("vault", "hvs.", .dashed, 24...longest),
            TokenShape("grafana", "glsa_", .word, 41),
            TokenShape("grafana", "glc_", .letters, 32...longest),
            TokenShape("linear", "lin_api_", .letters, 40),
            TokenShape("notion", "ntn_", .letters, 40...longest),
            TokenShape("shopify", "shpat_", .hexadecimal, 32),
            TokenShape("supabase", "sbp_", .hexadecimal, 40),
            TokenShape("atlassian", "ATATT3x", .dashed, 100...longest),
            TokenShape("tailscale", "tskey-", .dashed, 20...longest),
            TokenShape("age", "AGE-SECRET-KEY-1", .capitals, 58),
        ]

    private static let byFirst: [[TokenShape]] = (0..<256).map { first in
        // The longest beginning is the most telling one.
        all.filter { $0.beginning.first == UInt8(first) }.sorted { $0.beginning.count > $1.beginning.count }
    }

    /// The token that begins at a place, and where it ends; nil when there is none. Before the place no word goes on.
    static func match(_ bytes: ArraySlice<UInt8>) -> (kind: String, end: Int)? {
        guard let first = bytes.first else { return nil }
        for shape in byFirst[Int(first)] {
            if let end = shape.end(in: bytes) { return (shape.kind, end) }
        }
        return first == 0x65 ? webToken(bytes) : first.isDigit ? telegramToken(bytes) : nil
    }

    private func end(in bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.starts(with: beginning) else { return nil }
        let rest = bytes.dropFirst(beginning.count)
        // What begins like a token is looked at only so far: it may begin again and again.
        var end = rest.prefix(Self.telling).prefix { alphabet.holds($0) }.endIndex
        switch alphabet {
        case .hexadecimal, .capitals: break
        // Twenty capitals may as well be a peptide.
        case .base32: guard rest[..<end].contains(where: \.isDigit) else { return nil }
        default: if Self.isName(rest[..<end]) { return nil }
        }
        if end - rest.startIndex == Self.telling { end = rest.prefix { alphabet.holds($0) }.endIndex }
        // What ends a sentence is no part of it.
        while end > rest.startIndex, !rest[end - 1].isWord { end -= 1 }
        return lengths.contains(end - rest.startIndex) ? end : nil
    }

    /// Whether a text is words and numbers of small letters, joined by what joins them: the name of something.
    private static func isName(_ text: ArraySlice<UInt8>) -> Bool {
        var (changes, last) = (0, UInt8(0))
        for byte in text {
            if byte.isCapital { return false }
            if !byte.isLetter && !byte.isDigit {
                changes = 0
            } else if last.isLetter || last.isDigit, last.isDigit != byte.isDigit {
                // `lr`, `32`, `v2`, `1e`.
                changes += 1
                if changes > 1 { return false }
            }
            last = byte
        }
        return true
    }

    /// A bot's token: its number, and 35 letters.
    private static func telegramToken(_ bytes: ArraySlice<UInt8>) -> (kind: String, end: Int)? {
        let number = bytes.prefix(11).prefix(while: \.isDigit)
        guard (8...10).contains(number.count), bytes[number.endIndex...].starts(with: ":AA".utf8) else { return nil }
        let rest = bytes[(number.endIndex + 1)...].prefix(36).prefix { Alphabet.dashed.holds($0) }
        return rest.count == 35 ? ("telegram", rest.endIndex) : nil
    }

    /// The longest head of a JSON web token.
    private static let longestHead = 1024

    /// A JSON web token: three parts of base64, the first two of which are objects.
    private static func webToken(_ bytes: ArraySlice<UInt8>) -> (kind: String, end: Int)? {
        var rest = bytes
        for part in 1...3 {
            guard part == 3 || rest.starts(with: "eyJ".utf8) else { return nil }
            let content = (part == 1 ? rest.prefix(longestHead) : rest).prefix { Alphabet.dashed.holds($0) }
            guard content.count >= 10 else { return nil }
            rest = rest[content.endIndex...]
            if part == 3 { return ("jwt", content.endIndex) }
            guard rest.first == 0x2E else { return nil }
            rest = rest.dropFirst()
        }
        return nil
    }
}
