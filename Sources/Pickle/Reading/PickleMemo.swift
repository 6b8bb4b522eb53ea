/// The memo of a pickle, of which only what is fetched again is kept.
struct PickleMemo {
    private var entries: [UInt32: (value: PickleValue, fetches: Int)] = [:]
    /// How many numbers were given without a gap, and the others: MEMOIZE takes their count as its number.
    private var dense: UInt64 = 0
    private var sparse: Set<UInt64> = []

    /// What is kept.
    var kept: [PickleValue] { entries.values.map(\.value) }

    /// The number that MEMOIZE gives.
    var next: UInt64 { dense + UInt64(sparse.count) }
    /// Numbers that had to be remembered one by one.
    var scattered: Int { sparse.count }

    /// Keeps a value under a number, if it is fetched again; says whether it is.
    mutating func put(_ value: PickleValue, at number: UInt64, _ survey: PickleSurvey) -> Bool {
        if number == dense {
            dense += 1
            while !sparse.isEmpty, sparse.remove(dense) != nil { dense += 1 }
        } else if number > dense {
            sparse.insert(number)
        }
        guard let index = UInt32(exactly: number) else { return false }
        let fetches = entries[index]?.fetches ?? survey.fetches[index]
        guard let fetches, fetches > 0 else { return false }
        entries[index] = (value, fetches)
        return true
    }

    /// The value under a number; the last fetch takes it out.
    mutating func get(_ number: UInt64) -> PickleValue? {
        guard let index = UInt32(exactly: number), let entry = entries[index] else { return nil }
        if entry.fetches > 1 { entries[index]?.fetches -= 1 } else { entries[index] = nil }
        return entry.value
    }
}
