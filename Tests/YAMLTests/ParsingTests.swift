import Testing
import YAML

private func parse(_ text: String, limits: YAMLLimits = .standard) throws(YAMLProblem) -> YAMLNode {
    try YAMLNode.parse(Array(text.utf8), file: "f.yaml", limits: limits)
}

@Suite struct `Reading YAML` {
    @Test(
        arguments: [
            ("~", .null), ("null", .null), ("NULL", .null), ("nULL", .text("nULL")), ("''", .text("")),
            ("true", .bool(true)), ("FALSE", .bool(false)), ("yes", .text("yes")), ("no", .text("no")),
            ("on", .text("on")),
            ("'true'", .text("true")), ("\"1\"", .text("1")),
            ("12", .integer(YAMLInteger(12))), ("+012", .integer(YAMLInteger(12))), ("-0", .integer(YAMLInteger(0))),
            ("0x1F", .integer(YAMLInteger(31))), ("0o17", .integer(YAMLInteger(15))), ("0o18", .text("0o18")),
            ("0b1", .text("0b1")), ("1_000", .text("1_000")), ("+", .text("+")),
            ("1e-3", .float(0.001)), ("1.", .float(1)), ("1.e2", .float(100)), (".5", .float(0.5)),
            ("-1.5E+3", .float(-1500)),
            (".inf", .float(.infinity)), ("-.INF", .float(-.infinity)), ("1e999", .float(.infinity)), (".", .text(".")),
            ("1e", .text("1e")), ("1.2.3", .text("1.2.3")), ("2026-11-23", .text("2026-11-23")),
            ("12:30", .text("12:30")),
            ("0x1p3", .text("0x1p3")), ("nan", .text("nan")), ("inf", .text("inf")), ("infinity", .text("infinity")),
        ] as [(String, YAMLNode.Value)])
    func `plain scalars follow the core schema of YAML 1_2`(source: String, value: YAMLNode.Value) throws {
        let node = try parse("k: \(source)\n")
        #expect(node.mapping?["k"]?.value == value)
    }

    @Test func `not-a-number is a float`() throws {
        #expect(try parse(".nan").number?.isNaN == true)
    }

    @Test(arguments: [
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("-00123456789012345678901234567890", "-123456789012345678901234567890"),
        ("0xFFFFFFFFFFFFFFFFFFFFFFFF", "79228162514264337593543950335"),
        ("0x1000000000000000000000000000", "324518553658426726783156020576256"),
        ("0o777777777777777777777777", "4722366482869645213695"),
    ])
    func `integers of any size keep every digit`(source: String, decimal: String) throws {
        guard case .integer(let integer) = try parse(source).value else {
            Issue.record("no integer")
            return
        }
        #expect(integer.decimal == decimal)
        #expect(integer.int == nil)
    }

    @Test(arguments: ["", "\n\n", "# only a comment\n", "---\n", "---\n...\n", "\u{FEFF}", "null", "  \n"])
    func `nothing is an empty document`(source: String) throws {
        #expect(try parse(source).isNull)
    }

    @Test func `every value knows its line and column`() throws {
        let node = try parse("# é\nfirst: 1\nlist:\n  - é: {a: [x, y]}\n")
        let entries = try #require(node.mapping?.entries)
        #expect(entries[1].position == YAMLPosition(line: 3, column: 1))
        let inner = try #require(entries[1].value.sequence?[0].mapping?.entries[0])
        #expect(inner.key == "é")
        #expect(inner.position == YAMLPosition(line: 4, column: 5))
        #expect(inner.value.mapping?["a"]?.sequence?[1].position == YAMLPosition(line: 4, column: 16))
    }

    @Test(arguments: [
        ("a: &x 1\n", 1, 4, "anchors"), ("a: [1, 2]\nb: *a\n", 2, 4, "aliases"), ("a: !!str 1\n", 1, 4, "tags"),
        ("a: 1\nb: 2\na: 3\n", 3, 1, "the key a is written twice"), ("a: 1\n---\nb: 1\n", 2, 1, "a second document"),
        ("? [1]\n: 2\n", 1, 3, "expected a key"), ("{1, 2: }}", 1, 9, "did not find expected"),
        (": 1\n", 1, 1, "did not find expected key"), ("a: [1\nb: 2\n", 2, 2, "did not find expected ',' or ']'"),
        ("\ta: 1\n", 1, 1, "a tab cannot indent"),
        ("a: \"\\ud83d\"\n", 1, 7, "half a surrogate pair"), ("a: 1\nb: x\u{0}y\n", 2, 5, "a NUL byte"),
        ("a: \u{1}\n", 1, 4, "control characters"), ("{\"a\": 1,\n \"a\": 2}", 2, 2, "written twice"),
        ("a: 1\n  b: 2\n", 2, 4, "mapping values are not allowed"),
    ])
    func `what is doubtful is refused with its line and column`(
        source: String, line: Int, column: Int, message: String
    ) {
        do throws(YAMLProblem) {
            _ = try parse(source)
            Issue.record("accepted")
        } catch {
            #expect(error.message.contains(message), "\(error)")
            #expect(error.position == YAMLPosition(line: line, column: column), "\(error)")
        }
    }

    @Test(
        arguments: [
            ("a: \u{FF}", [0x61, 0x3A, 0x0A, 0x20, 0xFF], 2, 2), ("cut", [0x61, 0xC3], 1, 2),
            ("surrogate", [0xED, 0xA0, 0x80], 1, 1),
        ] as [(String, [UInt8], Int, Int)])
    func `invalid UTF-8 is refused with its place`(name: String, bytes: [UInt8], line: Int, column: Int) {
        do throws(YAMLProblem) {
            _ = try YAMLNode.parse(bytes, file: name)
            Issue.record("accepted")
        } catch {
            #expect(error.message.hasPrefix("not valid UTF-8"))
            #expect(error.position == YAMLPosition(line: line, column: column))
        }
    }

    @Test(arguments: ["[", "{a: ", "- ", "[{a: "])
    func `forty thousand open brackets are refused at the limit, at once`(opening: String) {
        let text = String(repeating: opening, count: 40_000)
        let duration = ContinuousClock().measure {
            #expect(throws: YAMLProblem.self) { try parse(text) }
        }
        #expect(duration < .seconds(1))
    }

    @Test func `an alias bomb is refused at its first anchor`() {
        let bomb = "a: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: &c [*b,*b,*b]\nd: [*c,*c,*c]\n"
        #expect(
            throws: YAMLProblem(
                file: "f.yaml", position: YAMLPosition(line: 1, column: 4), message: "anchors (&name) are not read")
        ) { try parse(bomb) }
    }

    @Test func `limits hold in YAML and in JSON`() throws {
        let limits = YAMLLimits(bytes: 100, depth: 2, nodes: 6)
        _ = try parse("[[1, 2], 3, 4]", limits: limits)
        _ = try parse("a: [1, 2, 3]", limits: limits)
        for source in [
            "[[[1]]]", "a: [[1]]", "[1, 2, 3, 4, 5, 6]", "a: [1, 2, 3, 4]", String(repeating: "# comment ", count: 20),
        ] {
            #expect(throws: YAMLProblem.self, "\(source)") { try parse(source, limits: limits) }
        }
    }
}

@Suite struct `Reading JSON as YAML` {
    @Test(arguments: [
        #"{"a":1}"#, "{\t\"a\"\t:\t1\n}", "\t{\"a\": 1}", "{\n  \"a\"\n  : 1\n}", "\u{FEFF}{\"a\": 1}", "{\"a\": 1, }",
        "{a: 1}",
    ])
    func `an object is a mapping, however it is spaced`(source: String) throws {
        #expect(try parse(source).mapping?["a"]?.value == .integer(YAMLInteger(1)))
    }

    @Test func `surrogate pairs, escapes, DEL and long keys are read`() throws {
        let long = String(repeating: "k", count: 5_000)
        let source = #"{"\ud83d\ude00": "\u0041\/\ud834\udd1e\#u{7F}", "\#(long)": 1.0}"#
        let node = try parse(source)
        #expect(node.mapping?["😀"]?.text == "A/𝄞\u{7F}")
        #expect(node.mapping?[long]?.value == .float(1))
    }

    @Test func `what Python writes for floats that are not finite is a float`() throws {
        let node = try parse(#"{"a": NaN, "b": Infinity, "c": -Infinity, "d": -1}"#)
        #expect(node.mapping?["a"]?.number?.isNaN == true)
        #expect(node.mapping?["b"]?.value == .float(.infinity))
        #expect(node.mapping?["c"]?.value == .float(-.infinity))
        #expect(node.mapping?["d"]?.value == .integer(YAMLInteger(-1)))
    }

    @Test func `values know their places`() throws {
        let node = try parse("{\"é\": [1,\n  {\"b\": true}], \"c\": null}")
        let entries = try #require(node.mapping?.entries)
        #expect(entries[0].position == YAMLPosition(line: 1, column: 2))
        #expect(entries[0].value.position == YAMLPosition(line: 1, column: 7))
        let inner = try #require(entries[0].value.sequence?[1])
        #expect(inner.position == YAMLPosition(line: 2, column: 3))
        #expect(inner.mapping?["b"]?.position == YAMLPosition(line: 2, column: 9))
        #expect(entries[1].position == YAMLPosition(line: 2, column: 17))
    }

    @Test func `big integers and floats keep their kind`() throws {
        let node = try parse(#"[123456789012345678901234567890, 1.0, 1e3, -0]"#)
        #expect(node.sequence?[0].source == "123456789012345678901234567890")
        #expect(node.sequence?[1].value == .float(1))
        #expect(node.sequence?[2].value == .float(1000))
        #expect(node.sequence?[3].value == .integer(YAMLInteger(0)))
    }
}
