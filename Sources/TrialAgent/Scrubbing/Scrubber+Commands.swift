extension Scrubber {
    /// A command line without its secrets: what follows `--password` or `-password` is one, and what stands behind its `=`,
    /// blanks and all; what curl is given for its user; and W&B's key.
    mutating func scrub(command words: [String]) -> [String] {
        var (option, program) = ("", "")
        var isLogin = false
        return words.map { word in
            let before = option
            option = word.hasPrefix("-") && !word.contains("=") ? word : ""
            defer {
                isLogin = isLogin || program.hasSuffix("wandb") && word == "login"
                if program.isEmpty || word.hasSuffix("curl") || word.hasSuffix("wandb") { program = word }
            }
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if program.hasSuffix("curl") {
                if Self.users.contains(before), let clean = user(word) { return clean }
                if parts.count == 2, Self.users.contains(String(parts[0])), let clean = user(String(parts[1])) {
                    return "\(parts[0])=\(clean)"
                }
            }
            if isLogin, SecretSearch.isWandbKey(Array(word.utf8)[...]) {
                return String(decoding: replacement("wandb"), as: UTF8.self)
            }
            // A single letter is any program's own, and so is what is glued to it.
            let isNamed = before.hasPrefix("--") || before.utf8.count > 4
            if isNamed, !word.hasPrefix("--"), let secret = SecretName(String(before.drop { $0 == "-" })),
                !word.hasPrefix("-") || Array(word.utf8)[...].looksRandom, let clean = whole(word, secret)
            {
                return clean
            }
            if parts.count == 2, let secret = SecretName(String(parts[0].drop { $0 == "-" })),
                let clean = whole(String(parts[1]), secret)
            {
                return "\(parts[0])=\(clean)"
            }
            return scrub(word)
        }
    }

    private static let users: Set<String> = ["-u", "--user", "--proxy-user", "-U"]

    /// `user:password` without the password; nil when it has none.
    private mutating func user(_ text: String) -> String? {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !Placeholder.isOne(Array(parts[1].utf8)[...], named: []) else { return nil }
        return "\(parts[0]):\(String(decoding: replacement("password"), as: UTF8.self))"
    }
}
