/// The one of `names` that `written` was most likely meant to be; nil when none is near.
///
/// Near is: equal but for case, `-` and `_`, or at most one edit (insertion, removal, exchange, swap of neighbours) for
/// each three letters.
public func nearestName(to written: String, among names: some Sequence<String>) -> String? {
    // Nobody mistypes a key of this length, and the comparison is quadratic.
    guard written.utf8.count <= 64 else { return nil }
    let letters = folded(written)
    var best: (name: String, distance: Int)?
    for name in names where name != written {
        let other = folded(name)
        let distance = editDistance(letters, other)
        guard distance <= max(1, max(letters.count, other.count) / 3), distance < max(letters.count, other.count) else {
            continue
        }
        if distance < best?.distance ?? .max { best = (name, distance) }
    }
    return best?.name
}

private func folded(_ text: String) -> [UInt8] {
    Array(text.lowercased().utf8.lazy.filter { $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "-") })
}

/// Optimal string alignment: Levenshtein's distance with swaps of neighbours.
func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for (row, letter) in left.enumerated() {
        var current = [row + 1]
        for (column, other) in right.enumerated() {
            var distance = min(current[column] + 1, last[column + 1] + 1, last[column] + (letter == other ? 0 : 1))
            if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
                distance = min(distance, beforeLast[column - 1] + 1)
            }
            current.append(distance)
        }
        beforeLast = last
        last = current
    }
    return last[right.count]
}
