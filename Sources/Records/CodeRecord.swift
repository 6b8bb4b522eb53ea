public import Trials

/// The code context as daskperiment keeps it: one text.
public enum CodeRecord {
    /// The text of trial `number`: daskperiment's heading, which its reader drops whatever it says, then the files.
    public static func text(_ code: CodeContext, number: Int) -> String { text(files: files(code), number: number) }

    /// The text of trial `number`, of what ``files(_:)`` gave.
    public static func text(files: String, number: Int) -> String { "\(heading)\(number)\n\(files)" }

    /// What the first line says before the number.
    public static let heading = "# Code output saved in trial_id="

    /// What follows the first line: each file after a comment line with its path where it has one, two blank lines between
    /// files, and one ending newline.
    public static func files(_ code: CodeContext) -> String {
        let files = code.files.map { file in
            (file.path.isEmpty ? "" : "# \(comment(file.path))\n") + trimmed(file.text)
        }
        return files.joined(separator: "\n\n\n") + "\n"
    }

    /// A path may hold line breaks, which would end the comment.
    private static func comment(_ path: String) -> String {
        String(path.map { $0.isNewline ? "\u{FFFD}" : $0 })
    }

    private static func trimmed(_ text: String) -> Substring {
        var text = text[...]
        while text.last?.isNewline == true { text.removeLast() }
        return text
    }
}
