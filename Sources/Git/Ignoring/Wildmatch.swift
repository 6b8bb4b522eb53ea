/// Git's patterns for paths (wildmatch.c): `*` and `?` do not match a slash, `**` between slashes matches any folders.
///
/// Both sides are bytes, as git has them: `?` is one byte.
struct Wildmatch {
    /// What came of a comparison. The last two end it for all that a star before could still take.
    private enum Answer { case match, noMatch, abort, abortToStarStar }

    private let pattern: UnsafeBufferPointer<UInt8>
    private let text: UnsafeBufferPointer<UInt8>
    private let isPath: Bool

    private static let star = UInt8(ascii: "*")
    private static let slash = UInt8(ascii: "/")
    private static let backslash = UInt8(ascii: "\\")

    /// Whether the pattern matches all of the text; with `isPath` a slash is matched only by a slash and by `**`.
    static func matches(
        _ pattern: UnsafeBufferPointer<UInt8>, _ text: UnsafeBufferPointer<UInt8>, isPath: Bool
    ) -> Bool {
        Wildmatch(pattern: pattern, text: text, isPath: isPath).match(pattern.startIndex, 0) == .match
    }

    private func byte(_ place: Int) -> UInt8 { place < pattern.endIndex ? pattern[place] : 0 }
    private func textByte(_ place: Int) -> UInt8 { place < text.count ? text[place] : 0 }

    private func match(_ start: Int, _ textStart: Int) -> Answer {
        var place = start
        var at = textStart
        while place < pattern.endIndex {
            let wanted = pattern[place]
            if at >= text.count, wanted != Self.star { return .abort }
            let found = textByte(at)
            switch wanted {
            case Self.backslash:
                place += 1
                if byte(place) != found || place >= pattern.endIndex { return .noMatch }
            case UInt8(ascii: "?"):
                if isPath, found == Self.slash { return .noMatch }
            case Self.star: return matchStar(place, at)
            case UInt8(ascii: "["):
                guard let end = set(place, found) else { return .abort }
                if !end.isIn || isPath && found == Self.slash { return .noMatch }
                place = end.place
            default:
                if wanted != found { return .noMatch }
            }
            place += 1
            at += 1
        }
        return at < text.count ? .noMatch : .match
    }

    private func matchStar(_ start: Int, _ textStart: Int) -> Answer {
        var place = start + 1
        var at = textStart
        var crossesSlashes = !isPath
        if byte(place) == Self.star {
            let before = start - 1
            while byte(place) == Self.star { place += 1 }
            let isWhole =
                (before < pattern.startIndex || pattern[before] == Self.slash)
                && (place >= pattern.endIndex || pattern[place] == Self.slash
                    || pattern[place] == Self.backslash && byte(place + 1) == Self.slash)
            if isPath, isWhole {
                // "**/" matches no folder, too.
                if byte(place) == Self.slash, match(place + 1, at) == .match { return .match }
                crossesSlashes = true
            } else {
                crossesSlashes = !isPath
            }
        }
        if place >= pattern.endIndex {
            // A star at the end takes all that is left, but no slash.
            if !crossesSlashes, text[min(at, text.count)...].contains(Self.slash) { return .abortToStarStar }
            return .match
        }
        if !crossesSlashes, pattern[place] == Self.slash {
            // "*/" goes on at the next slash only.
            guard let slash = text[min(at, text.count)...].firstIndex(of: Self.slash) else { return .abort }
            return match(place + 1, slash + 1)
        }
        while at < text.count {
            let answer = match(place, at)
            if answer != .noMatch {
                if !crossesSlashes || answer != .abortToStarStar { return answer }
            } else if !crossesSlashes, text[at] == Self.slash {
                return .abortToStarStar
            }
            at += 1
        }
        return .abort
    }

    /// Whether a byte is in the set whose bracket is at `start`, and where that set ends; nil when it has no end.
    private func set(_ start: Int, _ found: UInt8) -> (isIn: Bool, place: Int)? {
        var place = start + 1
        let isNegated = byte(place) == UInt8(ascii: "!") || byte(place) == UInt8(ascii: "^")
        if isNegated { place += 1 }
        var isIn = false
        var last: UInt8 = 0
        var isFirst = true
        while isFirst || byte(place) != UInt8(ascii: "]") {
            guard place < pattern.endIndex else { return nil }
            isFirst = false
            let wanted = pattern[place]
            if wanted == Self.backslash {
                place += 1
                guard place < pattern.endIndex else { return nil }
                if pattern[place] == found { isIn = true }
                last = pattern[place]
            } else if wanted == UInt8(ascii: "-"), last != 0, place + 1 < pattern.endIndex,
                byte(place + 1) != UInt8(ascii: "]")
            {
                place += 1
                if byte(place) == Self.backslash {
                    place += 1
                    guard place < pattern.endIndex else { return nil }
                }
                if last <= found, found <= pattern[place] { isIn = true }
                last = 0
            } else if wanted == UInt8(ascii: "["), byte(place + 1) == UInt8(ascii: ":") {
                let start = place + 2
                guard let close = pattern[min(start, pattern.endIndex)...].firstIndex(of: UInt8(ascii: "]")) else {
                    return nil
                }
                if close - start - 1 < 0 || pattern[close - 1] != UInt8(ascii: ":") {
                    // No class: the bracket stands for itself.
                    if found == UInt8(ascii: "[") { isIn = true }
                    last = UInt8(ascii: "[")
                } else {
                    guard let isOfClass = Self.isOfClass(pattern[start..<close - 1], found) else { return nil }
                    if isOfClass { isIn = true }
                    place = close
                    last = 0
                }
            } else {
                if wanted == found { isIn = true }
                last = wanted
            }
            place += 1
        }
        return (isIn != isNegated, place)
    }

    /// Nil for a class that there is not.
    private static func isOfClass(_ name: Slice<UnsafeBufferPointer<UInt8>>, _ byte: UInt8) -> Bool? {
        let isLower = (0x61...0x7A).contains(byte)
        let isUpper = (0x41...0x5A).contains(byte)
        let isDigit = (0x30...0x39).contains(byte)
        let isPrinted = (0x20...0x7E).contains(byte)
        switch String(decoding: name, as: UTF8.self) {
        case "alnum": return isLower || isUpper || isDigit
        case "alpha": return isLower || isUpper
        case "blank": return byte == 0x20 || byte == 0x09
        case "cntrl": return byte < 0x20 || byte == 0x7F
        case "digit": return isDigit
        case "graph": return isPrinted && byte != 0x20
        case "lower": return isLower
        case "print": return isPrinted
        case "punct": return isPrinted && byte != 0x20 && !isLower && !isUpper && !isDigit
        case "space": return byte == 0x20 || (0x09...0x0D).contains(byte)
        case "upper": return isUpper
        case "xdigit": return isDigit || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
        default: return nil
        }
    }
}
