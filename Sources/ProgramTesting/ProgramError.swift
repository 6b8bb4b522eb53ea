/// Why a test could not do what it wanted with the program.
public struct ProgramError: Error, CustomStringConvertible {
    /// What was being done and what went wrong.
    public let description: String

    /// An error that says so.
    public init(_ description: String) { self.description = description }
}
