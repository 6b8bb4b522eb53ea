import JSON
import Testing

@Suite struct `Writing JSON` {
    let sample: JSON = ["name": "é😀\n\"\\\u{1}\u{7F}", "list": [1, 2.5, nil], "none": [:], "empty": [], "yes": true]

    @Test func `compact needs one line and no spaces`() {
        #expect(
            sample.text()
                == #"{"name":"é😀\n\"\\\u0001\#u{7F}","list":[1,2.5,null],"none":{},"empty":[],"yes":true}"#)
    }

    @Test func `pretty puts each member on a line`() {
        let expected = """
            {
              "a": [
                1,
                {
                  "b": []
                }
              ],
              "c": {}
            }
            """
        #expect(JSON.object(["a": [1, ["b": []]], "c": [:]]).text(.pretty) == expected)
    }

    // The right column is what CPython 3.11's json.dumps wrote.
    @Test func `the python style is json.dumps byte for byte`() {
        #expect(
            sample.text(.python)
                == #"{"name": "\u00e9\ud83d\ude00\n\"\\\u0001\u007f", "list": [1, 2.5, null], "none": {}, "empty": [], "yes": true}"#
        )
    }

    @Test(
        arguments: [
            (1.0, "1.0"), (0.1, "0.1"), (1e16, "1e+16"), (9_999_999_999_999_998, "9999999999999998.0"),
            (1.2e16, "1.2e+16"), (12_345_678_901_234_568, "1.2345678901234568e+16"), (1e22, "1e+22"), (1e-4, "0.0001"),
            (1e-5, "1e-05"), (1.5e-7, "1.5e-07"), (1e100, "1e+100"), (.leastNonzeroMagnitude, "5e-324"), (-0.0, "-0.0"),
            (0, "0.0"),
            (-1.7976931348623157e308, "-1.7976931348623157e+308"), (123_456.789, "123456.789"),
            (1.0 / 3, "0.3333333333333333"),
            (2_251_799_813_685_248.5, "2251799813685248.5"), (18_014_398_509_481_984, "1.8014398509481984e+16"),
            (0.00012345, "0.00012345"), (100, "100.0"), (2e15, "2000000000000000.0"),
        ] as [(Double, String)])
    func `doubles are spelt as Python spells them and read back as they were`(value: Double, text: String) throws {
        #expect(JSON(value).text() == text)
        #expect(try JSON(parsing: text).double?.bitPattern == value.bitPattern)
    }

    @Test(arguments: [("1E5", "100000.0"), ("1e16", "1e+16"), ("-0", "0"), ("1e999", "Infinity"), ("00", nil)])
    func `numbers written otherwise are normalized in the python style`(source: String, text: String?) {
        #expect((try? JSON(parsing: source))?.text(.python) == text)
    }

    @Test(arguments: [
        ("1", true), ("-1.5e3", true), ("+1", false), ("1 ", false), ("0x1", false), ("", false), ("NaN", false),
    ])
    func `only the text of a number makes one`(text: String, isOne: Bool) {
        #expect((JSON.Number(text: text) != nil) == isOne)
    }

    @Test func `writing appends`() {
        var bytes = Array("x=".utf8)
        JSON.bool(true).write(to: &bytes)
        #expect(bytes == Array("x=true".utf8))
    }
}
