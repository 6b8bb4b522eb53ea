/// The core schema of YAML 1.2 (section 10.3.2): what a scalar without quotes stands for.
///
/// `no`, `on` and dates are text. A hexadecimal or octal number of more than 1,024 digits is text, too.
func plainValue(_ text: String) -> YAMLNode.Value {
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .bool(true)
    case "false", "False", "FALSE": return .bool(false)
    case ".nan", ".NaN", ".NAN": return .float(.nan)
    case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .float(.infinity)
    case "-.inf", "-.Inf", "-.INF": return .float(-.infinity)
    default: break
    }
    let bytes = Array(text.utf8)
    // The cheapest look: no number begins otherwise.
    guard
        isDigit(bytes[0]) || bytes[0] == UInt8(ascii: "-") || bytes[0] == UInt8(ascii: "+")
            || bytes[0] == UInt8(ascii: ".")
    else { return .text(text) }
    if let integer = integer(bytes) { return .integer(integer) }
    if isFloat(bytes), let value = Double(normalized(text)) { return .float(value) }
    return .text(text)
}

private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

private func integer(_ bytes: [UInt8]) -> YAMLInteger? {
    if bytes.starts(with: "0x".utf8) { return integer(bytes.dropFirst(2), radix: 16) }
    if bytes.starts(with: "0o".utf8) { return integer(bytes.dropFirst(2), radix: 8) }
    let isSigned = bytes[0] == UInt8(ascii: "-") || bytes[0] == UInt8(ascii: "+")
    let digits = bytes.dropFirst(isSigned ? 1 : 0)
    guard !digits.isEmpty, digits.allSatisfy(isDigit) else { return nil }
    let significant = digits.drop { $0 == UInt8(ascii: "0") }
    guard !significant.isEmpty else { return YAMLInteger(0) }
    return YAMLInteger(
        decimal: (bytes[0] == UInt8(ascii: "-") ? "-" : "") + String(decoding: significant, as: UTF8.self))
}

private func integer(_ digits: ArraySlice<UInt8>, radix: Int) -> YAMLInteger? {
    guard !digits.isEmpty, digits.count <= 1_024 else { return nil }
    // Limbs of nine decimal digits, the lowest first.
    var limbs = [0]
    for digit in digits {
        guard let value = Character(Unicode.Scalar(digit)).hexDigitValue, value < radix else { return nil }
        var carry = value
        for place in limbs.indices {
            let sum = limbs[place] * radix + carry
            limbs[place] = sum % 1_000_000_000
            carry = sum / 1_000_000_000
        }
        if carry > 0 { limbs.append(carry) }
    }
    let lower = limbs.dropLast().reversed().map { limb in
        let text = String(limb)
        return String(repeating: "0", count: 9 - text.utf8.count) + text
    }
    return YAMLInteger(decimal: String(limbs[limbs.count - 1]) + lower.joined())
}

/// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
private func isFloat(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    func takeSign() { if let first = rest.first, first == 0x2B || first == 0x2D { rest.removeFirst() } }
    func takeDigits() -> Int {
        let digits = rest.prefix(while: isDigit).count
        rest.removeFirst(digits)
        return digits
    }
    takeSign()
    var digits = takeDigits()
    if rest.first == UInt8(ascii: ".") {
        rest.removeFirst()
        digits += takeDigits()
    }
    guard digits > 0 else { return false }
    if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
        rest.removeFirst()
        takeSign()
        guard takeDigits() > 0 else { return false }
    }
    return rest.isEmpty
}

/// Swift's `Double` reads neither `1.` nor `1.e5`.
private func normalized(_ text: String) -> String {
    guard let point = text.firstIndex(of: ".") else { return text }
    let next = text.index(after: point)
    guard next == text.endIndex || !text[next].isNumber else { return text }
    return text[..<point] + ".0" + text[next...]
}
