import Testing
import Trials

@testable import Trialwatch

@Suite struct PrintingTests {
    @Test(arguments: [
        (0, "0 µs"), (350_000, "350 µs"), (12_400_000, "12 ms"), (350_000_000, "350 ms"), (1_234_000_000, "1.2 s"),
        (59_949_000_000, "59.9 s"), (59_960_000_000, "1 min"), (200_000_000_000, "3 min 20 s"),
        (7_500_000_000_000, "2 h 5 min"), (273_600_000_000_000, "3 d 4 h"), (-1_500_000_000, "-1.5 s"),
        (.max, "106751 d 23 h"), (.min, "-106751 d 23 h"),
    ])
    func `durations read as people say them`(nanoseconds: Int, text: String) {
        #expect(Phrases.duration(.nanoseconds(nanoseconds)) == text)
    }

    @Test(arguments: [
        (0, "now"), (12, "12 s ago"), (130, "2 min ago"), (3 * 3600, "3 h ago"), (5 * 86_400, "5 d ago"),
        (40 * 86_400, "2026-10-14"), (-3600, "2026-11-23 13:00:00"),
    ])
    func `what is near is told by its distance, what is far by its day`(seconds: Int, text: String) {
        let moment = Timestamp(nanoseconds: noon.nanoseconds - seconds * 1_000_000_000)
        #expect(Phrases.ago(moment, now: noon) == text)
    }

    @Test(arguments: [
        (0.973684210526, "0.973684"), (0.1, "0.1"), (1.0, "1"), (-2.5, "-2.5"), (1234567.891, "1234568"),
        (1.5e-7, "1.5e-07"), (1.23456789e-9, "1.23457e-09"), (1e22, "1e+22"), (0.00012345678, "0.000123457"),
        (.nan, "nan"), (-.infinity, "-inf"), (0, "0"), (0.9999999, "1"),
    ])
    func `floats are rounded to six digits, and not made longer`(value: Double, text: String) {
        #expect(Phrases.significant(value, 6) == text)
    }

    @Test(arguments: [
        ("lr", 2), ("学習率", 6), ("e\u{301}té", 3), ("👩‍🔬", 2), ("ﾊﾝｶｸ", 4), ("→", 1), ("☂️", 2), ("", 0),
    ])
    func `width is counted in columns`(text: String, width: Int) {
        #expect(DisplayWidth.of(text) == width)
    }

    @Test(arguments: [("abcdef", 4, "abc…"), ("学習率", 5, "学習…"), ("学習率", 4, "学…"), ("abc", 3, "abc"), ("a", 0, "")])
    func `what is too wide is cut where a character ends`(text: String, width: Int, cut: String) {
        #expect(DisplayWidth.cut(text, to: width) == cut)
    }

    @Test(arguments: [
        ("a\u{1B}[2Jb", "a\\x1b[2Jb"), ("a\nb\tc\r", "a\\nb\\tc\\r"), ("\u{9B}31m", "\\x9b31m"),
        ("\u{202E}gnp", "\\u202egnp"), ("plain ü 学", "plain ü 学"), ("\u{7F}", "\\x7f"),
    ])
    func `nothing that came from a marker reaches the terminal as a command`(text: String, safe: String) {
        #expect(SafeText.line(text) == safe)
        #expect(Value.text(text).shown() == safe)
    }

    @Test func `JSON stays the same document when it is made harmless`() {
        #expect(SafeText.json("{\n  \"a\": \"\u{9B}31m\u{202E}\"\n}") == "{\n  \"a\": \"\\u009b31m\\u202e\"\n}")
    }

    @Test(
        arguments: [
            ([1, 2, 3, 4, 5, 6, 7, 8], 8, "▁▂▃▄▅▆▇█"), ([8, 1], 8, "█▁"), ([3, 3, 3], 8, "▅▅▅"), ([], 8, ""),
            ([1, 1, 9, 9], 2, "▁█"), ([1, .nan, 2], 8, "▁ █"), ([.nan], 8, " "),
            ([-Double.greatestFiniteMagnitude, .greatestFiniteMagnitude], 8, "▁█"),
        ] as [([Double], Int, String)])
    func `a curve fits its width and survives what is no number`(values: [Double], width: Int, curve: String) {
        #expect(Sparkline.draw(values, width: width) == curve)
    }
}
