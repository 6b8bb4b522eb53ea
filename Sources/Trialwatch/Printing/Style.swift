/// What a piece of output means; only a terminal shows it, as colour.
enum Style: String {
    case plain = ""
    case heading = "1"
    case good = "32"
    case bad = "31"
    case busy = "33"
    case dim = "2"

    /// The text in this style (ECMA-48, SGR).
    func applied(to text: String) -> String {
        self == .plain || text.isEmpty ? text : "\u{1B}[\(rawValue)m\(text)\u{1B}[0m"
    }
}
