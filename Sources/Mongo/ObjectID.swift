/// The twelve bytes by which MongoDB tells documents apart that have no better name: seconds since 1970, and what nobody else has.
public struct ObjectID: Hashable, Sendable, CustomStringConvertible {
    /// The seconds, then eight random bytes.
    public let seconds: UInt32
    private let rest: UInt64

    /// One that nobody else has, made at that second.
    public init(seconds: UInt32) {
        self.seconds = seconds
        rest = .random(in: .min ... .max)
    }

    init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 12 else { return nil }
        seconds = bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
        rest = bytes.dropFirst(4).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The lowest of all that are made from that second on.
    public static func lowest(seconds: UInt32) -> ObjectID { ObjectID(seconds: seconds, rest: 0) }

    private init(seconds: UInt32, rest: UInt64) {
        self.seconds = seconds
        self.rest = rest
    }

    func write(to bytes: inout [UInt8]) {
        for shift in stride(from: 24, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: seconds >> shift)) }
        for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: rest >> shift)) }
    }

    /// 24 hexadecimal digits.
    public var description: String {
        func hex(_ number: some BinaryInteger, _ digits: Int) -> String {
            let text = String(number, radix: 16)
            return String(repeating: "0", count: digits - text.count) + text
        }
        return hex(seconds, 8) + hex(rest, 16)
    }
}
