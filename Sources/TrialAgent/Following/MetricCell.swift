import JSON
import Trials

/// What stands in a row under one name.
enum MetricCell: Equatable, Sendable {
    /// Nothing: no point.
    case blank
    case number(MetricValue)
    /// A label, a truth value, a list: no number.
    case text(String)

    /// The cell of a field; where a semicolon separates fields a comma may stand in a number.
    init(_ field: ArraySlice<UInt8>, decimalComma: Bool = false) {
        if field.isEmpty {
            self = .blank
        } else if let value = MetricValue(field) {
            self = .number(value)
        } else if decimalComma, let value = MetricValue(Array(field.map { $0 == .comma ? UInt8(ascii: ".") : $0 })[...])
        {
            self = .number(value)
        } else {
            self = .text(String(decoding: field, as: UTF8.self))
        }
    }

    /// The cell of a member.
    init(_ json: JSON) {
        switch json {
        case .null: self = .blank
        case .number(let number): self = .number(number.int.map { .integer($0) } ?? .float(number.double))
        case .string(let text):
            let bytes = Array(text.utf8)
            if bytes.isEmpty {
                self = .blank
            } else if let float = MetricValue.nonFinite(bytes[...]) {
                self = .number(.float(float))
            } else {
                self = .text(text)
            }
        case .bool, .array, .object: self = .text(json.text())
        }
    }

    /// The whole number that this is, as an index has to be: `3`, or `3.0`.
    var epoch: Int? {
        switch self {
        case .number(.integer(let integer)): integer
        case .number(.float(let float)): Int(exactly: float)
        case .blank, .text: nil
        }
    }
}

extension MetricValue {
    /// A decimal number, or one of the spellings of a value that is none; nil for any other text.
    ///
    /// What is written as a whole number stays one where 64 bits hold it.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard let first = bytes.first else { return nil }
        let isSigned = first == UInt8(ascii: "-") || first == UInt8(ascii: "+")
        var integer = 0
        var isInteger = true
        var fits = true
        let digits = bytes.dropFirst(isSigned ? 1 : 0)
        for byte in digits {
            let digit = Int(byte) - 0x30
            guard (0...9).contains(digit) else {
                isInteger = false
                break
            }
            // Downwards, so that the lowest of all fits, too.
            let (tens, isLong) = integer.multipliedReportingOverflow(by: 10)
            let (sum, isLarge) = tens.subtractingReportingOverflow(digit)
            if isLong || isLarge { fits = false }
            integer = sum
        }
        if isInteger, !digits.isEmpty, fits, first == UInt8(ascii: "-") || integer != .min {
            self = .integer(first == UInt8(ascii: "-") ? integer : -integer)
            return
        }
        // Double reads hexadecimal numbers, too, which no such file means.
        let isDecimal = bytes.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "e"),
                UInt8(ascii: "E"):
                true
            default: false
            }
        }
        guard let float = isDecimal ? Double(String(decoding: bytes, as: UTF8.self)) : Self.nonFinite(bytes) else {
            return nil
        }
        self = .float(float)
    }

    /// `nan`, `inf`, `infinity` with or without a sign, in whatever case.
    static func nonFinite(_ bytes: ArraySlice<UInt8>) -> Double? {
        guard (3...9).contains(bytes.count) else { return nil }
        switch String(decoding: bytes, as: UTF8.self).lowercased() {
        case "nan", "+nan", "-nan": return .nan
        case "inf", "+inf", "infinity", "+infinity": return .infinity
        case "-inf", "-infinity": return -.infinity
        default: return nil
        }
    }
}
