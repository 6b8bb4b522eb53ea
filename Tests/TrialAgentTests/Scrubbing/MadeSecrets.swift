/// Secrets of each known shape. They are put together here, so that nobody's scanner takes this file for a leak.
enum MadeSecrets {
    private static let letters = Array("aB3dE5gH7jK9mN1pQ2sT4vW6yZ8cX0fR")

    /// So many letters and digits.
    static func body(_ count: Int) -> String { String((0..<count).map { letters[($0 * 7 + $0 / 32) % letters.count] }) }

    /// So many hexadecimal digits.
    static func hexadecimal(_ count: Int) -> String {
        String((0..<count).map { Array("0a1b2c3d4e5f6789")[($0 * 5) % 16] })
    }

    static let jwt = "ey" + "J" + body(17) + "." + "ey" + "J" + body(30) + "." + body(43)

    static let privateKey =
        "-----BEGIN " + "OPENSSH PRIVATE KEY-----\n" + body(64) + "\n" + body(64) + "\n-----END "
        + "OPENSSH PRIVATE KEY-----"

    /// By the kind that stands in their place.
    static let tokens: [(kind: String, text: String)] = [
        ("aws", "AK" + "IA" + "IOSFODNN7EXAMPLE"), ("aws", "AS" + "IA" + "Q3EGTTRLMNOP2345"),
        ("github", "gh" + "p_" + body(36)), ("github", "gh" + "s_" + body(36)),
        ("github", "github" + "_pat_" + body(22) + "_" + body(59)), ("gitlab", "gl" + "pat-" + body(20)),
        ("huggingface", "h" + "f_" + body(34)), ("openai", "s" + "k-" + body(48)),
        ("openai", "s" + "k-proj-" + body(60) + "-" + body(30)),
        ("anthropic", "s" + "k-ant-api03-" + body(90) + "-AA"),
        ("slack", "xox" + "b-123456789012-123456789012-" + body(24)),
        ("slack", "https://hooks.slack.com/" + "services/" + "T01ABCDEF/B01ABCDEF/" + body(24)),
        ("slack", "https://hooks.slack.com/" + "triggers/" + "T01ABCDEF/123/" + body(24)),
        ("discord", "https://discord.com/" + "api/webhooks/" + "123456789012345678/" + body(40) + "-_" + body(26)),
        ("discord", "https://discordapp.com/" + "api/webhooks/" + "123456789012345678/" + body(68)),
        ("telegram", "https://api.telegram.org/" + "bot" + "123456789:AA" + body(33) + "/sendMessage"),
        ("telegram", "123456789" + ":AA" + body(33)),
        ("wandb", "wandb" + "_v1_" + body(40)), ("google", "AI" + "za" + body(35)), ("google", "ya" + "29." + body(60)),
        ("google", "GOC" + "SPX-" + body(28)), ("stripe", "sk" + "_live_" + body(24)),
        ("stripe", "rk" + "_test_" + body(99)),
        ("npm", "np" + "m_" + body(36)), ("pypi", "py" + "pi-Ag" + "EIcHlwaS5vcmc" + body(80)),
        ("databricks", "da" + "pi" + hexadecimal(32)), ("digitalocean", "do" + "p_v1_" + hexadecimal(64)),
        ("sendgrid", "S" + "G." + body(22) + "." + body(43)), ("groq", "gs" + "k_" + body(52)),
        ("replicate", "r" + "8_" + body(37)), ("docker", "dckr" + "_pat_" + body(27)),
        ("vault", "hv" + "s." + body(24)),
        ("shopify", "shp" + "at_" + hexadecimal(32)), ("jwt", jwt), ("private-key", privateKey),
        ("openrouter", "s" + "k-or-v1-" + hexadecimal(64)),
        ("age", "AGE-SECRET-" + "KEY-1" + String(repeating: "Q2X7", count: 15).prefix(58)),
    ]
}
