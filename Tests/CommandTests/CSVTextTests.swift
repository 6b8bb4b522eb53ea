import Testing
import Trials

@testable import Trialwatch

@Suite struct CSVTextTests {
    @Test(
        arguments: [
            (.null, ""), (.bool(true), "TRUE"), (.integer(-7), "-7"), (.float(0.1), "0.1"), (.float(1), "1.0"),
            (.float(1e-9), "1e-09"), (.float(.nan), "nan"), (.float(-.infinity), "-inf"), (.text("adam"), #""adam""#),
            (.text(#"a "b", c"#), #""a ""b"", c""#), (.text("two\nlines\r\n"), "\"two\nlines\r\n\""),
            (.text("größe ✓"), #""größe ✓""#), (.list([.integer(1), .text("a")]), #""[1,""a""]""#),
            (.list([]), #""[]""#),
            (.mapping([:]), #""{}""#),
        ] as [(Value, String)])
    func `a value keeps its type`(value: Value, expected: String) {
        var text = CSVText()
        #expect(text.field(value) == expected)
        #expect(text.zeros == 0)
    }

    @Test func `an integer of any size is whole`() throws {
        var text = CSVText()
        let big = "-123456789012345678901234567890"
        #expect(text.field(.integer(try #require(Integer(big)))) == big)
    }

    @Test(arguments: [
        "", " ", "7", "007", "1e5", "1.5", ".5", "5.", " 12 ", "1,000", "1_000", "50%", "0x1F", "nan", "NaN", "NA",
        "N/A",
        "null", "None", "<NA>", "#N/A", "true", "FALSE", "T", "inf", "Infinity", "=1+1", "+1", "-1", "-O3", "@sum",
        "\t=1", "\r=1", "\n=1", "＝1", "'quoted", "99999999999999999999999999999999999999", "1.#IND",
    ])
    func `text that a reader would take for something else gets an apostrophe`(given: String) {
        var text = CSVText()
        #expect(text.field(.text(given)) == "\"'\(given)\"")
        var exact = CSVText(isExact: true)
        #expect(exact.field(.text(given)) == "\"\(given)\"")
    }

    @Test(arguments: [
        "adam", "3x3", "v1", "1.2.3", "e5", "a=b", "lr-0.1", "nano", "naïve", "truth", ".", "x'", "12 px",
    ])
    func `other text is as it is`(given: String) {
        var text = CSVText()
        #expect(text.field(.text(given)) == "\"\(given)\"")
    }

    @Test(arguments: [
        ("lr", "lr"), ("optimizer.lr", "optimizer.lr"), ("a,b", #""a,b""#), (#"a"b"#, #""a""b""#),
        ("=cmd()", "'=cmd()"), ("val loss", #""val loss""#), ("", #""""#), ("1", "1"), ("größe", "größe"),
    ])
    func `a column's name is one field, and no formula`(name: String, expected: String) {
        var text = CSVText()
        #expect(text.title(name) == expected)
    }

    @Test func `a zero byte, which no reader takes, is replaced and counted`() {
        var text = CSVText()
        #expect(text.field(.text("a\0b")) == "\"a\u{FFFD}b\"")
        #expect(text.zeros == 1)
    }
}
