/// A Python `int` of any size, as LONG1 and LONG4 carry it: two's complement, least significant byte first, in the
/// fewest bytes (none for zero).
public struct PickleInteger: Hashable, Sendable {
    /// The bytes.
    public let littleEndian: [UInt8]

    /// The integer with these two's complement bytes; bytes that only extend the sign are dropped.
    public init(littleEndian bytes: [UInt8]) {
        var bytes = bytes[...]
        while let last = bytes.last {
            let signOfRest = bytes.dropLast().last.map { $0 & 0x80 != 0 }
            let isSignOnly = last == 0x00 && signOfRest != true || last == 0xFF && signOfRest == true
            guard isSignOnly else { break }
            bytes = bytes.dropLast()
        }
        littleEndian = Array(bytes)
    }

    /// The same number as a machine word.
    public init(_ value: Int) {
        self.init(littleEndian: withUnsafeBytes(of: value.littleEndian) { Array($0) })
    }

    /// The integer written in decimal, with an optional sign; nil when the text is anything else.
    ///
    /// The time taken grows with the square of the number of digits.
    public init?(decimal text: String) {
        var digits = text.utf8[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative || digits.first == UInt8(ascii: "+") { digits = digits.dropFirst() }
        guard !digits.isEmpty, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }

        // Magnitude in 32-bit limbs; nine digits a step keep the product within 64 bits.
        var limbs: [UInt32] = []
        while !digits.isEmpty {
            let chunk = digits.prefix(9)
            digits = digits.dropFirst(9)
            var scale: UInt64 = 1
            var carry: UInt64 = 0
            for digit in chunk {
                scale *= 10
                carry = carry * 10 + UInt64(digit - UInt8(ascii: "0"))
            }
            for index in limbs.indices {
                let product = UInt64(limbs[index]) * scale + carry
                limbs[index] = UInt32(truncatingIfNeeded: product)
                carry = product >> 32
            }
            if carry > 0 { limbs.append(UInt32(carry)) }
        }

        var bytes = limbs.flatMap { limb in (0..<4).map { UInt8(truncatingIfNeeded: limb >> ($0 * 8)) } }
        bytes.append(0)
        if isNegative {
            var carry = true
            for index in bytes.indices {
                bytes[index] = ~bytes[index]
                if carry { (bytes[index], carry) = bytes[index].addingReportingOverflow(1) }
            }
        }
        self.init(littleEndian: bytes)
    }

    /// The number in decimal.
    ///
    /// The time taken grows with the square of its size.
    public var decimal: String {
        let isNegative = (littleEndian.last ?? 0) & 0x80 != 0
        var magnitude = littleEndian
        if isNegative {
            var carry = true
            for index in magnitude.indices {
                magnitude[index] = ~magnitude[index]
                if carry { (magnitude[index], carry) = magnitude[index].addingReportingOverflow(1) }
            }
            // Of a power of two, only the sign's byte was there.
            if carry { magnitude.append(1) }
        }
        var limbs: [UInt32] = stride(from: 0, to: magnitude.count, by: 4).map { place in
            (0..<4).reduce(0) { limb, byte in
                place + byte < magnitude.count ? limb | UInt32(magnitude[place + byte]) << (8 * byte) : limb
            }
        }
        // Nine digits a step, the last ones first.
        var groups: [UInt32] = []
        while !limbs.isEmpty {
            var rest: UInt64 = 0
            for index in limbs.indices.reversed() {
                let part = rest << 32 | UInt64(limbs[index])
                limbs[index] = UInt32(part / 1_000_000_000)
                rest = part % 1_000_000_000
            }
            groups.append(UInt32(rest))
            while limbs.last == 0 { limbs.removeLast() }
        }
        while groups.last == 0 { groups.removeLast() }
        guard let first = groups.last else { return "0" }
        var text = isNegative ? "-" : ""
        text += String(first)
        for group in groups.dropLast().reversed() {
            let digits = String(group)
            text += String(repeating: "0", count: 9 - digits.utf8.count) + digits
        }
        return text
    }

    /// The number as a machine word, when it fits one.
    public var machineWord: Int? {
        guard littleEndian.count <= MemoryLayout<Int>.size else { return nil }
        let fill: UInt8 = (littleEndian.last ?? 0) & 0x80 == 0 ? 0x00 : 0xFF
        var word: UInt = 0
        for index in (0..<MemoryLayout<Int>.size).reversed() {
            word = word << 8 | UInt(index < littleEndian.count ? littleEndian[index] : fill)
        }
        return Int(bitPattern: word)
    }
}

extension PickleValue {
    /// The `int` written in decimal, of any size; nil when the text is no integer.
    public static func integer(decimal text: String) -> PickleValue? {
        if let word = Int(text) { return .int(word) }
        guard let integer = PickleInteger(decimal: text) else { return nil }
        return integer.machineWord.map { .int($0) } ?? .long(integer)
    }
}
