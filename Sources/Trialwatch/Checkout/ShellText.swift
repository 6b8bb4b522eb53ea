/// Words as a shell reads them.
enum ShellText {
    /// A command line that a shell takes for exactly these words, and that cannot harm a terminal.
    static func line(_ words: [String]) -> String { words.map(word).joined(separator: " ") }

    /// One word, quoted where it has to be.
    static func word(_ word: String) -> String {
        let isPlain =
            !word.isEmpty
            && word.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: "%+,-./:=@_".utf8.contains(byte)
                }
            }
        if isPlain { return word }
        if SafeText.line(word) != word {
            // ANSI-C quoting, with every byte that is not plain as an escape.
            let escaped = word.utf8.map { byte -> String in
                if (0x20..<0x7F).contains(byte), byte != 0x27, byte != 0x5C {
                    return String(Unicode.Scalar(byte))
                }
                return "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
            return "$'" + escaped.joined() + "'"
        }
        return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
