/// Python's rule for names, as `str.isidentifier()` applies it.
public enum Identifier {
    /// True for a letter or underscore followed by letters, digits, marks and underscores (Unicode XID_Start, XID_Continue).
    public static func isValid(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, canStart(first) else { return false }
        return text.unicodeScalars.dropFirst().allSatisfy(canContinue)
    }

    /// The nearest identifier of at most `longest` bytes: every other character becomes `_`, and `_` goes before a digit.
    public static func nearest(to text: String, longest: Int) -> String {
        var result = String.UnicodeScalarView()
        var size = 0
        for scalar in text.unicodeScalars {
            let kept = canContinue(scalar) ? scalar : "_"
            if result.isEmpty, !canStart(kept) {
                result.append("_")
                size += 1
                if !canContinue(scalar) { continue }
            }
            guard size + UTF8.width(kept) <= longest else { break }
            result.append(kept)
            size += UTF8.width(kept)
        }
        return result.isEmpty ? "_" : String(result)
    }

    private static func canStart(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar.properties.isXIDStart
    }

    private static func canContinue(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar.properties.isXIDContinue
    }
}
