/// Trials by their numbers, as a command line names them: `7`, or `3-9` for all from 3 to 9.
struct NumberRange: Hashable, Sendable {
    let numbers: ClosedRange<Int>

    /// Nil for other text, and where there is no such number.
    init?(_ text: String) {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first >= 1,
            first <= last
        else { return nil }
        numbers = first...last
    }

    var isSingle: Bool { numbers.count == 1 }
}
