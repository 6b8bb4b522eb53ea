/// Collects what is wrong with one file while it is read, so that all of it is told at once.
///
/// A reader and the readers of nested mappings share one; it does not cross threads.
public final class YAMLFindings {
    /// The file as the user names it.
    public let file: String
    /// What makes the file unusable.
    public private(set) var problems: [YAMLProblem] = []
    /// What is odd and was worked round.
    public private(set) var warnings: [YAMLProblem] = []

    /// Nothing found yet.
    public init(file: String) { self.file = file }

    /// Adds a problem.
    public func refuse(
        _ message: String, at position: YAMLPosition?, keyPath: String = "", suggestion: String? = nil
    ) {
        problems.append(
            YAMLProblem(file: file, position: position, keyPath: keyPath, message: message, suggestion: suggestion))
    }

    /// Adds a warning.
    public func warn(_ message: String, at position: YAMLPosition?, keyPath: String = "", suggestion: String? = nil) {
        warnings.append(
            YAMLProblem(file: file, position: position, keyPath: keyPath, message: message, suggestion: suggestion))
    }

    /// Throws when there are problems, in the order of their lines.
    public func check() throws(YAMLProblems) {
        guard problems.isEmpty else { throw YAMLProblems(problems.inOrderOfLines) }
    }
}

extension [YAMLProblem] {
    /// Sorted by place; those without a place first.
    public var inOrderOfLines: [YAMLProblem] {
        sorted { left, right in
            let (first, second) = (left.position, right.position)
            return (first?.line ?? 0, first?.column ?? 0) < (second?.line ?? 0, second?.column ?? 0)
        }
    }
}

/// A value together with the way to it and the place for complaints about it.
public struct YAMLItem {
    /// The value.
    public let node: YAMLNode
    /// The way to it: `projects[0].path`.
    public let keyPath: String
    /// Where complaints go.
    public let findings: YAMLFindings

    /// A value at a path.
    public init(_ node: YAMLNode, keyPath: String, findings: YAMLFindings) {
        self.node = node
        self.keyPath = keyPath
        self.findings = findings
    }

    /// Adds a problem with this value.
    public func refuse(_ message: String, suggestion: String? = nil) {
        findings.refuse(message, at: node.position, keyPath: keyPath, suggestion: suggestion)
    }

    /// Adds a warning about this value.
    public func warn(_ message: String, suggestion: String? = nil) {
        findings.warn(message, at: node.position, keyPath: keyPath, suggestion: suggestion)
    }

    /// Adds the problem that something else was expected here.
    public func refuse(expected: String) {
        refuse("expected \(expected), found \(node.kind)")
    }
}
