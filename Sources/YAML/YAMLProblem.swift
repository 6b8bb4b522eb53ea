/// One thing that is wrong in a file: where, with which key, what was expected, and what may have been meant.
public struct YAMLProblem: Error, Sendable, Equatable {
    /// The file as the user names it.
    public var file: String
    /// Where in it; nil when it concerns the whole file.
    public var position: YAMLPosition?
    /// The way to the value: `projects[0].poll_interval`; empty for the document itself.
    public var keyPath: String
    /// What is wrong and what was expected.
    public var message: String
    /// The nearest thing that would have been right.
    public var suggestion: String?

    /// A problem.
    public init(
        file: String, position: YAMLPosition?, keyPath: String = "", message: String, suggestion: String? = nil
    ) {
        self.file = file
        self.position = position
        self.keyPath = keyPath
        self.message = message
        self.suggestion = suggestion
    }
}

extension YAMLProblem: CustomStringConvertible {
    /// `agent.yaml:12:5: projects[0].pollinterval: unknown key (did you mean poll_interval?)`.
    public var description: String {
        var text = file
        if let position { text += ":\(position.line):\(position.column)" }
        text += keyPath.isEmpty ? ": " : ": \(keyPath): "
        text += message
        if let suggestion { text += " (did you mean \(suggestion)?)" }
        return text
    }
}

/// All that is wrong in one or several files; at least one problem.
public struct YAMLProblems: Error, Sendable, Equatable, CustomStringConvertible {
    /// The problems in the order found.
    public let problems: [YAMLProblem]

    /// These problems.
    public init(_ problems: [YAMLProblem]) { self.problems = problems }

    /// A line each.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
