/// Why a pickle cannot be read, and where.
public struct PickleError: Error, Sendable, CustomStringConvertible {
    /// What is wrong.
    public enum Reason: Sendable {
        /// The pickle ends before the instruction does, or before its STOP.
        case truncated(at: Int)
        /// A byte that begins no instruction.
        case unknownInstruction(UInt8)
        /// A protocol that is newer than 5.
        case unknownProtocol(Int)
        /// The instruction wants more values than there are.
        case stackUnderflow
        /// The instruction wants a MARK, and there is none.
        case noMark
        /// Nothing was put into the memo under this number.
        case memoEntryMissing(Int)
        /// The pickle wants more than it is given.
        case limitExceeded(PickleLimits.Kind, limit: Int)
        /// A text that is neither UTF-8 nor what Python makes of lone surrogates.
        case notUTF8
        /// Bytes that are kept outside of the pickle (`buffer_callback`).
        case outOfBand
        /// The instruction has operands or values that it cannot have.
        case malformed(String)
        /// The bytes could not be read.
        case unreadable(any Error)
        /// The visitor threw this.
        case stopped(any Error)
    }

    /// The offset of the instruction.
    public let offset: Int
    /// What is wrong.
    public let reason: Reason

    /// `reason` at the instruction that begins at `offset`.
    public init(offset: Int, _ reason: Reason) {
        self.offset = offset
        self.reason = reason
    }

    /// What is wrong, and where, as a sentence.
    public var description: String { "the pickle is unreadable at byte \(offset): \(said)" }

    private var said: String {
        switch reason {
        case .truncated(let end): "it ends at byte \(end), before it is whole"
        case .unknownInstruction(let byte):
            "unknown instruction 0x\(byte < 16 ? "0" : "")\(String(byte, radix: 16))"
        case .unknownProtocol(let version): "it is written in protocol \(version), newer than 5"
        case .stackUnderflow: "the instruction wants more values than there are"
        case .noMark: "the instruction wants a mark, and there is none"
        case .memoEntryMissing(let index): "memo entry \(index) is missing"
        case .limitExceeded(let kind, let limit): "\(kind.said) \(limit)"
        case .notUTF8: "a text is not UTF-8"
        case .outOfBand: "it refers to data that is kept outside of it"
        case .malformed(let what): what
        case .unreadable(let error): "\(error)"
        case .stopped(let error): "\(error)"
        }
    }
}
