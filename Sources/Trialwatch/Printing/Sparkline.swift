/// A curve as one line of text.
enum Sparkline {
    private static let levels: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// At most `width` characters; what is no number is a space, and each character is the mean of the values it stands for.
    static func draw(_ values: [Double], width: Int) -> String {
        let columns = min(width, values.count)
        guard columns > 0 else { return "" }
        let means = (0..<columns).map { column in
            mean(values[(column * values.count / columns)..<((column + 1) * values.count / columns)])
        }
        let finite = means.filter(\.isFinite)
        guard let low = finite.min(), let high = finite.max() else {
            return String(repeating: " ", count: columns)
        }
        return String(
            means.map { value -> Character in
                guard value.isFinite else { return " " }
                // Halved before they are subtracted: the whole range of floats has no overflow then.
                let span = high / 2 - low / 2
                let height = span > 0 ? (value / 2 - low / 2) / span : 0.5
                return levels[min(levels.count - 1, Int(height * Double(levels.count)))]
            })
    }

    private static func mean(_ values: ArraySlice<Double>) -> Double {
        let finite = values.filter(\.isFinite)
        return finite.isEmpty ? .nan : finite.reduce(0) { $0 + $1 / Double(finite.count) }
    }
}
