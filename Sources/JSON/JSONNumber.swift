extension JSON {
    /// A number as it is written, so that integers of any size and `1.0` survive reading and writing.
    public struct Number: Sendable, Hashable {
        /// The JSON text of the number.
        public let text: String

        /// An integer of any width.
        public init(_ value: some BinaryInteger) {
            text = String(value)
        }

        /// A finite number, spelt as Python's `repr` does and so always recognizable as a float; nil for the others.
        public init?(_ value: Double) {
            guard value.isFinite else { return nil }
            let plain = value.description
            // In this range Swift's decimal notation is Python's already.
            let isAsIs = value.magnitude < 9e15 && value.magnitude >= 1e-4
            text = isAsIs ? plain : pythonText(plain)
        }

        /// Any number, spelt as Python's `json` does: `NaN`, `Infinity` and `-Infinity`, too, which other JSON lacks.
        public init(asPythonWrites value: Double) {
            self = Number(value) ?? Number(checked: value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
        }

        /// A finite single-precision number with no more digits than it needs; nil for the others.
        public init?(_ value: Float) {
            guard value.isFinite else { return nil }
            text = pythonText(value.description)
        }

        /// A text that the JSON grammar takes as one number; nil for any other.
        public init?(text: String) {
            guard case .number(let number)? = try? JSON(parsing: Array(text.utf8)), number.text == text else {
                return nil
            }
            self = number
        }

        init(checked text: String) {
            self.text = text
        }

        /// Whether it is written without fraction and exponent.
        public var isInteger: Bool {
            text.utf8.allSatisfy { $0 == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        }

        /// The integer, when it is written as one and fits.
        public var int: Int? { integer() }

        /// The integer in the width asked for, when it is written as one and fits.
        public func integer<I: FixedWidthInteger>(as type: I.Type = I.self) -> I? { I(text) }

        /// The nearest double; infinite when it is beyond all of them.
        public var double: Double { Double(text) ?? nonFiniteValue(text) ?? .nan }
    }
}

/// Spells a number as CPython's `float.__repr__` does: the same shortest digits as Swift, an exponent of at least two
/// digits below 1e-4 and from 1e16 on, else a decimal point with a digit after it.
func pythonText(_ swiftText: String) -> String {
    var digits: [UInt8] = []
    var exponent = 0
    var fraction = 0
    var pastPoint = false
    var isNegative = false
    let bytes = Array(swiftText.utf8)
    for (place, byte) in bytes.enumerated() {
        if byte == UInt8(ascii: "-"), place == 0 {
            isNegative = true
        } else if byte == UInt8(ascii: ".") {
            pastPoint = true
        } else if byte == UInt8(ascii: "e") {
            exponent = Int(String(decoding: bytes[(place + 1)...], as: UTF8.self)) ?? 0
            break
        } else {
            digits.append(byte)
            if pastPoint { fraction += 1 }
        }
    }
    // The value is 0.DIGITS × 10^point, without zeros at either end.
    var point = digits.count - fraction + exponent
    let zeros = digits.prefix { $0 == UInt8(ascii: "0") }.count
    digits.removeFirst(zeros)
    point -= zeros
    while digits.last == UInt8(ascii: "0") { digits.removeLast() }
    if digits.isEmpty { return isNegative ? "-0.0" : "0.0" }
    return (isNegative ? "-" : "") + pythonText(digits: digits, point: point)
}

private func pythonText(digits: [UInt8], point: Int) -> String {
    func text(_ part: some Sequence<UInt8>) -> String { String(decoding: Array(part), as: UTF8.self) }
    guard (-3...16).contains(point) else {
        let power = point - 1
        let mantissa = text(digits.prefix(1)) + (digits.count > 1 ? "." + text(digits.dropFirst()) : "")
        let magnitude = String(power.magnitude)
        return mantissa + (power < 0 ? "e-" : "e+") + (magnitude.utf8.count < 2 ? "0" : "") + magnitude
    }
    if point <= 0 { return "0." + String(repeating: "0", count: -point) + text(digits) }
    if point >= digits.count {
        return text(digits) + String(repeating: "0", count: point - digits.count) + ".0"
    }
    return text(digits.prefix(point)) + "." + text(digits.dropFirst(point))
}

/// The strings that stand for the doubles that JSON cannot spell.
func nonFiniteText(_ value: Double) -> String {
    value.isNaN ? "nan" : value < 0 ? "-inf" : "inf"
}

func nonFiniteValue(_ text: String) -> Double? {
    switch text {
    case "nan", "NaN": .nan
    case "inf", "Infinity": .infinity
    case "-inf", "-Infinity": -.infinity
    default: nil
    }
}
