/// What the server answered to one command.
public enum RedisReply: Hashable, Sendable {
    /// `OK`, `PONG` and their like.
    case status(String)
    /// Bytes.
    case bytes([UInt8])
    case integer(Int)
    /// Nothing is there.
    case null
    case array([RedisReply])
    /// The command was refused: a code such as `READONLY`, and after it a sentence.
    case error(String)

    /// The bytes, when these are what was answered.
    public var bytes: [UInt8]? {
        guard case .bytes(let bytes) = self else { return nil }
        return bytes
    }

    /// The text of bytes, a status or a number; nil for anything else. What is no UTF-8 is shown as U+FFFD.
    public var text: String? {
        switch self {
        case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
        case .status(let text): text
        case .integer(let number): String(number)
        default: nil
        }
    }

    /// The number, also one that was answered as text.
    public var integer: Int? {
        switch self {
        case .integer(let number): number
        case .bytes, .status: text.flatMap { Int($0) }
        default: nil
        }
    }

    /// The answers, when there are several.
    public var array: [RedisReply]? {
        guard case .array(let replies) = self else { return nil }
        return replies
    }
}
