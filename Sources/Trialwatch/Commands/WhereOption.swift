internal import ArgumentParser

/// Which trials are meant.
struct WhereOption: ParsableArguments {
    @Option(
        name: .customLong("where"), parsing: .unconditional,
        help: ArgumentHelp("Only trials of which this is true.", valueName: "condition"))
    var text: String?

    /// What it says; a slip is pointed at.
    func condition() throws(CommandFailure) -> Condition? { try Self.condition(text, of: "--where") }

    /// What an option's text says; a slip is pointed at.
    static func condition(_ text: String?, of option: String) throws(CommandFailure) -> Condition? {
        guard let text else { return nil }
        do throws(ConditionError) {
            return try Condition(parsing: text)
        } catch {
            let pointer = String(repeating: " ", count: max(0, error.column - 1)) + "^"
            throw CommandFailure(
                lines: ["\(option): column \(error.column): \(error.reason)\n  \(SafeText.line(text))\n  \(pointer)"],
                status: .usage)
        }
    }
}
