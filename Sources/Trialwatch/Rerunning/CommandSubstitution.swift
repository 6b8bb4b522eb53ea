/// Puts another value for a parameter into a command line: pure.
///
/// A parameter is found where programs commonly take one: `--lr 0.1`, `-lr 0.1`, `--lr=0.1`, `lr=0.1`, `+lr=0.1`; with `-` for `_`
/// and the other way round.
enum CommandSubstitution {
    /// What comes of it.
    enum Result: Equatable {
        /// The command with the value in its place.
        case replaced([String])
        /// The command does not name the parameter.
        case absent
        /// This word names it, and what follows is no value: `--amp --lr 0.1`.
        case valueless(String)
    }

    /// Looks for the parameter in a command.
    static func replacing(_ name: String, with value: String, in command: [String]) -> Result {
        let wanted = normal(name)
        var words = command
        var isFound = false
        var place = 1
        while place < words.count {
            let word = words[place]
            let dashes = word.prefix { $0 == "-" }
            if let equals = word.firstIndex(of: "=") {
                let left = word[..<equals]
                if normal(left.drop { $0 == "-" || $0 == "+" }) == wanted {
                    words[place] = "\(left)=\(value)"
                    isFound = true
                }
            } else if !dashes.isEmpty, normal(word.dropFirst(dashes.count)) == wanted {
                guard place + 1 < words.count, isValue(words[place + 1]) else { return .valueless(word) }
                words[place + 1] = value
                isFound = true
                place += 1
            }
            place += 1
        }
        return isFound ? .replaced(words) : .absent
    }

    /// A word behind a flag that is a flag itself is not its value; `-0.5` may be.
    private static func isValue(_ word: String) -> Bool { !word.hasPrefix("-") || Double(word) != nil }

    private static func normal(_ name: some StringProtocol) -> String {
        String(name.map { $0 == "_" ? "-" : $0 })
    }
}
