import JSON
import Testing

@Suite struct `Encoding values as JSON` {
    struct Inner: Codable, Equatable {
        var url: String
        var depth: UInt64
    }

    enum Outcome: String, Codable { case succeeded, failed }

    enum Kind: Codable, Equatable {
        case file(path: String, size: Int)
        case nothing
    }

    struct Sample: Codable, Equatable {
        var zeta = 1
        var alpha = "text"
        var ratio = 1.0
        var half: Float = 0.1
        var huge = UInt64.max
        var wide = Int128.max
        var missing: Int?
        var outcome = Outcome.failed
        var kinds = [Kind.file(path: "a", size: 3), .nothing]
        var inner = [Inner(url: "u", depth: 2)]
        var table = ["b": 1.5, "a": 2, "c": 0]
        var extra: JSON = ["k": [1, 2.0, nil]]
        var flags = [true, false]
    }

    @Test func `keys come in the order of declaration, dictionaries sorted, integers exact`() throws {
        let json = try JSON.encode(Sample())
        let expected = #"""
            {"zeta":1,"alpha":"text","ratio":1.0,"half":0.1,"huge":18446744073709551615,\#
            "wide":170141183460469231731687303715884105727,"outcome":"failed",\#
            "kinds":[{"file":{"path":"a","size":3}},{"nothing":{}}],"inner":[{"url":"u","depth":2}],\#
            "table":{"a":2.0,"b":1.5,"c":0.0},"extra":{"k":[1,2.0,null]},"flags":[true,false]}
            """#
        #expect(json.text() == expected)
    }

    @Test func `what was encoded decodes to an equal value`() throws {
        let sample = Sample(missing: 4)
        #expect(try JSON(parsing: JSON.encode(sample).bytes()).decode(Sample.self) == sample)
    }

    @Test(arguments: [("nan", Double.nan), ("inf", .infinity), ("-inf", -.infinity)])
    func `doubles that are not finite are strings`(text: String, value: Double) throws {
        let json = try JSON.encode([value])
        #expect(json == .array([.string(text)]))
        let back = try json.decode([Double].self)[0]
        #expect(back == value || (back.isNaN && value.isNaN))
        #expect(try JSON.encode(Float(value)) == .string(text))
    }

    @Test(arguments: [
        (#"{"url": "u"}"#, "depth", "this member is missing"),
        (#"{"url": "u", "depth": -1}"#, "depth", "expected an integer that fits UInt64, found the number -1"),
        (#"{"url": "u", "depth": 1.0}"#, "depth", "expected an integer that fits UInt64, found the number 1.0"),
        (#"{"url": 7, "depth": 1}"#, "url", "expected a string, found the number 7"),
        ("[]", "", "expected an object, found an array"),
    ])
    func `what does not fit is named by its path`(source: String, path: String, reason: String) throws {
        let json = try JSON(parsing: source)
        #expect(throws: JSONError.mismatch(path: path, reason: reason)) { try json.decode(Inner.self) }
    }

    @Test func `the path goes through arrays`() throws {
        let json: JSON = ["a": [["url": "u", "depth": 1], ["url": nil, "depth": 1]]]
        #expect(throws: JSONError.mismatch(path: "a[1].url", reason: "expected a string, found null")) {
            try json.decode([String: [Inner]].self)
        }
    }

    @Test func `containers opened by hand, twice or nested, come together`() throws {
        struct ByHand: Encodable {
            enum Key: String, CodingKey { case kind, list, more }
            func encode(to encoder: any Encoder) throws {
                var first = encoder.container(keyedBy: Key.self)
                try first.encode("x", forKey: .kind)
                var list = first.nestedUnkeyedContainer(forKey: .list)
                var second = encoder.container(keyedBy: Key.self)
                var more = second.nestedContainer(keyedBy: Key.self, forKey: .more)
                try more.encode(1, forKey: .kind)
                try list.encode(2)
                var inner = list.nestedUnkeyedContainer()
                try inner.encodeNil()
                try list.encode(contentsOf: [3, 4])
            }
        }
        #expect(try JSON.encode(ByHand()).text() == #"{"kind":"x","list":[2,[null],3,4],"more":{"kind":1}}"#)
    }
}
