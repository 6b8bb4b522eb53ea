/// Why bytes are no JSON, or why a value and a JSON tree do not fit each other.
public enum JSONError: Error, Sendable, Equatable {
    /// The bytes break the grammar or a limit at this position.
    case malformed(reason: String, at: JSON.Position)
    /// The member at this path (`git.remotes[0].url`, empty for the root) cannot be encoded or decoded.
    case mismatch(path: String, reason: String)
}

extension JSON {
    /// A place in a text: byte offset from 0, line and column (in Unicode scalars) from 1.
    public struct Position: Sendable, Hashable {
        /// Bytes before this place.
        public let offset: Int
        /// The line, from 1.
        public let line: Int
        /// The column in Unicode scalars, from 1.
        public let column: Int

        /// The position of an offset in the bytes of a text; LF, CR and CRLF each end a line.
        package init(offset: Int, in bytes: [UInt8]) {
            let end = min(offset, bytes.count)
            var line = 1
            var start = 0
            for place in 0..<end {
                let isReturnAlone = bytes[place] == 0x0D && (place + 1 == bytes.count || bytes[place + 1] != 0x0A)
                if bytes[place] == 0x0A || isReturnAlone {
                    line += 1
                    start = place + 1
                }
            }
            self.offset = offset
            self.line = line
            column = 1 + bytes[start..<end].count { $0 & 0xC0 != 0x80 }
        }
    }
}

extension JSONError: CustomStringConvertible {
    /// One line for a person: where, and what is wrong.
    public var description: String {
        switch self {
        case .malformed(let reason, let position): "line \(position.line), column \(position.column): \(reason)"
        case .mismatch("", let reason): reason
        case .mismatch(let path, let reason): "\(path): \(reason)"
        }
    }
}
