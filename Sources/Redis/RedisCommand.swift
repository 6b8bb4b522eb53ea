/// A command and its arguments, as they are sent: any bytes at all.
public struct RedisCommand: Sendable {
    private var body: [UInt8] = []
    /// How many arguments there are, the command's name among them.
    public private(set) var count = 0

    /// A command of plain arguments.
    public init(_ arguments: String...) {
        for argument in arguments { add(argument) }
    }

    /// Adds text.
    public mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { add(buffer: UnsafeRawBufferPointer($0)) }
    }

    /// Adds bytes.
    public mutating func add(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { add(buffer: $0) }
    }

    /// Adds bytes.
    public mutating func add(_ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { add(buffer: $0) }
    }

    /// Adds a number in decimal.
    public mutating func add(_ number: Int) { add(String(number)) }

    /// Adds the arguments of another command after these.
    public mutating func add(_ other: RedisCommand) {
        body += other.body
        count += other.count
    }

    /// How many bytes the arguments take on the way.
    public var size: Int { body.count }

    private mutating func add(buffer: UnsafeRawBufferPointer) {
        count += 1
        body.append(UInt8(ascii: "$"))
        body.append(contentsOf: String(buffer.count).utf8)
        body.append(0x0D)
        body.append(0x0A)
        body.append(contentsOf: buffer)
        body.append(0x0D)
        body.append(0x0A)
    }

    /// Appends the command in Redis's protocol.
    func write(to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "*"))
        bytes.append(contentsOf: String(count).utf8)
        bytes.append(0x0D)
        bytes.append(0x0A)
        bytes.append(contentsOf: body)
    }
}
