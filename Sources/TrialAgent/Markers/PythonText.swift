import JSON
import Trials

/// Values as Python 3.7's `repr` writes them.
enum PythonText {
    /// `'it'`, `"it's"`, with escapes for what Python does not take for printable.
    static func quoted(_ text: String) -> String {
        let scalars = text.unicodeScalars
        let quote: Unicode.Scalar = scalars.contains("'") && !scalars.contains("\"") ? "\"" : "'"
        var result = String.UnicodeScalarView([quote])
        for scalar in scalars {
            switch scalar {
            case quote, "\\": result.append(contentsOf: ["\\", scalar])
            case "\t": result.append(contentsOf: "\\t".unicodeScalars)
            case "\n": result.append(contentsOf: "\\n".unicodeScalars)
            case "\r": result.append(contentsOf: "\\r".unicodeScalars)
            case _ where isPrintable(scalar): result.append(scalar)
            default: result.append(contentsOf: escape(scalar.value).unicodeScalars)
            }
        }
        result.append(quote)
        return String(result)
    }

    /// `0.1`, `1e-05`, `1e+16`, `-0.0`, `inf`, `nan`.
    static func number(_ float: Double) -> String {
        // JSON's numbers are spelt as Python's `repr` spells them, and the others are Python's words.
        JSON.Number(float)?.text ?? (float.isNaN ? "nan" : float < 0 ? "-inf" : "inf")
    }

    /// `str.isprintable()` of one character.
    static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return (0x20..<0x7F).contains(scalar.value) }
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            return false
        default:
            // Python 3.7 knows Unicode 11: what came later is unassigned to it.
            return scalar.properties.age.map { $0.major <= 11 } ?? false
        }
    }

    private static func escape(_ value: UInt32) -> String {
        let (letter, width) = value < 0x100 ? ("x", 2) : value < 0x10000 ? ("u", 4) : ("U", 8)
        let digits = String(value, radix: 16)
        return "\\" + letter + String(repeating: "0", count: width - digits.utf8.count) + digits
    }
}
