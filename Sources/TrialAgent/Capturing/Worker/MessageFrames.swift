import JSON

/// Messages in a stream of bytes: four bytes of length, the highest first, then a JSON document of that length.
///
/// The bytes come from another process and are not trusted: a length over the limit is refused before anything is kept.
struct MessageFrames {
    /// The longest document, in bytes.
    static let largest = 64 << 20

    private static let headerSize = 4

    private var bytes: [UInt8] = []
    private var start = 0

    /// Whether bytes of a message are there that is not complete.
    var isAmidMessage: Bool { start < bytes.count }

    /// A message as it is sent.
    static func frame(_ message: some Encodable) throws(MessageError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: headerSize)
        do throws(JSONError) {
            try JSON.encode(message).write(to: &bytes)
        } catch {
            throw .unreadable("\(error)")
        }
        let length = bytes.count - headerSize
        guard length <= largest else { throw .tooLong(length) }
        for place in 0..<headerSize { bytes[place] = UInt8(truncatingIfNeeded: length >> (8 * (3 - place))) }
        return bytes
    }

    /// Takes over bytes as they came.
    mutating func append(_ piece: [UInt8]) {
        if start > 0 {
            bytes.removeFirst(start)
            start = 0
        }
        bytes += piece
    }

    /// The next message that is complete; nil when there is none yet.
    mutating func next<Message: Decodable>(_ type: Message.Type) throws(MessageError) -> Message? {
        guard bytes.count - start >= Self.headerSize else { return nil }
        let body = start + Self.headerSize
        let length = bytes[start..<body].reduce(0) { $0 << 8 | Int($1) }
        guard length <= Self.largest else { throw .tooLong(length) }
        guard bytes.count - body >= length else { return nil }
        defer { start = body + length }
        do throws(JSONError) {
            return try JSON(parsing: bytes[body..<body + length]).decode(type)
        } catch {
            throw .unreadable("\(error)")
        }
    }
}

/// Why something is no message.
enum MessageError: Error, Equatable, CustomStringConvertible {
    /// It would have so many bytes.
    case tooLong(Int)
    /// It is no JSON, or not the JSON that was to come.
    case unreadable(String)
    /// It is a message, but not one that belongs here.
    case unexpected(String)

    var description: String {
        switch self {
        case .tooLong(let count): "a message of \(count) bytes, of which \(MessageFrames.largest) are allowed"
        case .unreadable(let reason): "a message that cannot be read: \(reason)"
        case .unexpected(let message): "a message that nobody asked for: \(message)"
        }
    }
}
