extension YAMLNode {
    /// Reads a value as it stands on a command line: what begins with a bracket or a quote by YAML's grammar, anything
    /// else as one scalar, whatever characters are in it.
    public static func argument(_ text: String, named name: String) throws(YAMLProblem) -> YAMLNode {
        guard let first = text.utf8.first, "[{\"'".utf8.contains(first) else {
            return YAMLNode(plainValue(text), source: text)
        }
        return try parse(Array(text.utf8), file: name)
    }
}
