import Testing
import Trials

@Suite struct ValueTests {
    @Test(arguments: [
        ("0", "0"), ("-0", "0"), ("+7", "7"), ("9223372036854775807", "9223372036854775807"),
        ("-9223372036854775809", "-9223372036854775809"),
        ("000123456789012345678901234567890", "123456789012345678901234567890"),
    ])
    func `an integer of any size is kept digit for digit`(text: String, digits: String) {
        #expect(Integer(text)?.description == digits)
    }

    @Test(arguments: ["", "-", "1.0", "1e3", "--1", "+-1", "0x1", "１"])
    func `what is no decimal integer is refused`(text: String) {
        #expect(Integer(text) == nil)
    }

    @Test func `nested parameters are listed flat by dotted names`() {
        let nested: Fields = [
            "lr": .float(0.1), "optimizer": .mapping(["name": .text("adam"), "betas": .list([.float(0.9)])]),
            "empty": .mapping([:]),
        ]
        #expect(nested.flattened.map(\.name) == ["lr", "optimizer.name", "optimizer.betas", "empty"])
    }

    @Test func `parameters agree whatever their order`() {
        let left: Fields = ["a": .integer(1), "b": .text("x")]
        #expect(left.holdsTheSame(as: ["b": .text("x"), "a": .integer(1)]))
        #expect(!left.holdsTheSame(as: ["a": .integer(1)]))
        #expect(!left.holdsTheSame(as: ["a": .float(1), "b": .text("x")]))
    }
}
