import JSON
import Testing

@Suite struct `Reading JSON` {
    @Test func `keys keep their order and numbers their text`() throws {
        let json = try JSON(parsing: #"{"z": 1.0, "a": 123456789012345678901234567890, "m": [1e5, -0, true, null]}"#)
        #expect(json.object?.keys == ["z", "a", "m"])
        #expect(json["z"]?.number?.text == "1.0")
        #expect(json["z"]?.int == nil)
        #expect(json["a"]?.number?.text == "123456789012345678901234567890")
        #expect(json["a"]?.number?.isInteger == true)
        #expect(json["m"]?[0]?.double == 100_000)
        #expect(json["m"]?[3]?.isNull == true)
        #expect(json["m"]?[4] == nil)
        #expect(json.text() == #"{"z":1.0,"a":123456789012345678901234567890,"m":[1e5,-0,true,null]}"#)
    }

    @Test(arguments: [
        (#""\u0041\n\/\"\\""#, "A\n/\"\\"), (#""\ud83d\ude00""#, "😀"), (#""😀é""#, "😀é"), (#""\u0000""#, "\0"),
        (#""\uD834\uDD1E x""#, "𝄞 x"), ("\"\u{7F}\"", "\u{7F}"), (#""""#, ""),
    ])
    func `escapes and surrogate pairs are read`(source: String, text: String) throws {
        #expect(try JSON(parsing: source) == .string(text))
    }

    @Test(arguments: [
        ("", 1, 1, "expected a value, found the end"),
        ("{\"a\": 1,\n \"a\": 2}", 2, 2, "the key \"a\" is written twice"),
        ("[1, 2", 1, 6, "expected ',' or ']', found the end"),
        ("[1]\n]", 2, 1, "expected the end, found ']'"),
        ("{a: 1}", 1, 2, "expected a key in quotes, found 'a'"),
        ("{\"a\" 1}", 1, 6, "expected ':' after the key, found '1'"),
        ("[01]", 1, 3, "expected ',' or ']', found '1'"),
        ("[1.]", 1, 4, "expected a digit, found ']'"),
        ("[-]", 1, 3, "expected a digit, found ']'"),
        ("[1e+]", 1, 5, "expected a digit, found ']'"),
        ("[nul]", 1, 2, "expected null, found 'n'"),
        ("NaN", 1, 1, "expected a value, found 'N'"),
        ("[\"é\", \"a]", 1, 7, "this string has no end"),
        ("\"\\ud83d\"", 1, 2, "this escape is half a surrogate pair, which is no character"),
        ("\"\\ude00\\ud83d\"", 1, 2, "this escape is half a surrogate pair, which is no character"),
        ("\"\\u12G4\"", 1, 2, "expected four hexadecimal digits after \\u"),
        ("\"\\x\"", 1, 2, "there is no such escape"),
        ("\"a\u{1}\"", 1, 3, "a control character in a string must be escaped; byte 0x1"),
        ("[1,]", 1, 4, "expected a value, found ']'"),
        ("\r\n\r\n?", 3, 1, "expected a value, found '?'"),
    ])
    func `what is malformed is refused with its line and column`(
        source: String, line: Int, column: Int, reason: String
    ) throws {
        let error = #expect(throws: JSONError.self) { try JSON(parsing: source) }
        guard case .malformed(let said, let position)? = error else {
            Issue.record("not malformed: \(String(describing: error))")
            return
        }
        #expect(said == reason)
        #expect(position.line == line)
        #expect(position.column == column)
    }

    @Test(
        arguments: [
            [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xC0, 0x80, 0x22],
            [0x22, 0xFF, 0x5C, 0x6E, 0x22],
        ] as [[UInt8]])
    func `invalid UTF-8 is refused`(bytes: [UInt8]) {
        #expect(throws: JSONError.self) { try JSON(parsing: bytes) }
        #expect(throws: JSONError.self) { try JSON(parsing: bytes[...]) }
    }

    @Test func `nesting is read down to 128 and refused below`() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try JSON(parsing: nested(128))
        #expect(throws: JSONError.self) { try JSON(parsing: nested(129)) }
        #expect(throws: JSONError.self) { try JSON(parsing: String(repeating: "[", count: 1_000_000)) }
    }

    @Test func `a large object is indexed, and its second equal key found`() throws {
        let members = (0..<20_000).map { "\"key\($0)\": \($0)" }
        let json = try JSON(parsing: "{" + members.joined(separator: ",") + "}")
        #expect(json["key19999"]?.int == 19_999)
        let doubled = members + ["\"key7\": 0"]
        #expect(throws: JSONError.self) { try JSON(parsing: "{" + doubled.joined(separator: ",") + "}") }
    }

    @Test func `an object keeps its order through changes`() {
        var object: JSON.Object = ["b": 1, "a": 2, "b": 3]
        #expect(object.keys == ["b", "a"])
        #expect(object["b"] == 3)
        object["b"] = nil
        object["c"] = "x"
        #expect(object.keys == ["a", "c"])
        #expect(object["b"] == nil)
    }
}
