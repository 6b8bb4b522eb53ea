/// The bytes of a pickle, read a piece at a time.
struct PickleInput {
    typealias Read = (_ offset: Int, _ count: Int) throws -> [UInt8]

    private static let piece = 256 << 10

    let length: Int
    /// The offset of the instruction at hand.
    private(set) var instruction = 0
    private let read: Read
    private let limits: PickleLimits
    private var piece: [UInt8] = []
    /// Where in the pickle the piece begins, and where in the piece the next byte is.
    private var start = 0
    private var index = 0

    init(length: Int, limits: PickleLimits, read: @escaping Read) {
        self.length = length
        self.limits = limits
        self.read = read
    }

    init(_ bytes: [UInt8], limits: PickleLimits) {
        self.init(length: bytes.count, limits: limits) { _, _ in [] }
        piece = bytes
    }

    /// The offset of the next byte.
    var offset: Int { start + index }

    func error(_ reason: PickleError.Reason) -> PickleError { PickleError(offset: instruction, reason) }

    /// Back to the beginning.
    mutating func rewind() {
        index = 0
        if start != 0 {
            start = 0
            piece = []
        }
    }

    // MARK: Operands

    mutating func opcode() throws(PickleError) -> Opcode {
        instruction = offset
        let byte = try byte()
        guard let opcode = Opcode(rawValue: byte) else { throw error(.unknownInstruction(byte)) }
        return opcode
    }

    mutating func byte() throws(PickleError) -> UInt8 {
        if index == piece.count { try need(1) }
        defer { index += 1 }
        return piece[index]
    }

    /// An unsigned number of up to eight bytes, least significant first.
    mutating func number(_ count: Int) throws(PickleError) -> UInt64 {
        try need(count)
        var value: UInt64 = 0
        for place in 0..<count { value |= UInt64(piece[index + place]) << (8 * place) }
        index += count
        return value
    }

    /// A signed number of four bytes.
    mutating func signed() throws(PickleError) -> Int {
        Int(Int32(truncatingIfNeeded: try number(4)))
    }

    /// A number of eight bytes, most significant first.
    mutating func bigEndian() throws(PickleError) -> UInt64 { try number(8).byteSwapped }

    /// A count of that many bytes, checked against what is left and allowed.
    mutating func count(_ bytes: Int, isSigned: Bool = false) throws(PickleError) -> Int {
        let raw = try number(bytes)
        if isSigned, raw > Int32.max { throw error(.malformed("a count is negative")) }
        guard let count = Int(exactly: raw), count <= length - offset else { throw error(.truncated(at: length)) }
        if count > limits.length { throw error(.limitExceeded(.length, limit: limits.length)) }
        return count
    }

    mutating func bytes(_ count: Int) throws(PickleError) -> ArraySlice<UInt8> {
        try need(count)
        defer { index += count }
        return piece[index..<(index + count)]
    }

    mutating func skip(_ count: Int) throws(PickleError) {
        if count <= piece.count - index {
            index += count
        } else {
            guard count <= length - offset else { throw error(.truncated(at: length)) }
            start = offset + count
            index = 0
            piece = []
        }
    }

    /// The rest of the line, without its end.
    mutating func line() throws(PickleError) -> ArraySlice<UInt8> {
        var known = 0
        while true {
            if let end = piece[(index + known)...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { index = end + 1 }
                if end - index > limits.length { throw error(.limitExceeded(.length, limit: limits.length)) }
                return piece[index..<end]
            }
            known = piece.count - index
            if known > limits.length { throw error(.limitExceeded(.length, limit: limits.length)) }
            guard known < length - offset else { throw error(.truncated(at: length)) }
            try need(min(max(known * 2, 1), length - offset))
        }
    }

    /// Makes the next bytes, as many as `count`, part of the piece.
    private mutating func need(_ count: Int) throws(PickleError) {
        if count <= piece.count - index { return }
        guard count <= length - offset else { throw error(.truncated(at: length)) }
        let wanted = min(max(count, Self.piece), length - offset)
        start = offset
        index = 0
        piece = []
        while piece.count < wanted {
            let more: [UInt8]
            do { more = try read(start + piece.count, wanted - piece.count) } catch {
                throw self.error(.unreadable(error))
            }
            if more.isEmpty { break }
            if piece.isEmpty { piece = more } else { piece += more }
        }
        // It became shorter while it was read.
        if piece.count < count { throw error(.truncated(at: start + piece.count)) }
    }
}
