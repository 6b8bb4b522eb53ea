import Testing
import Trials

@Suite struct FieldsTests {
    @Test func `fields laid over others keep what is not named, nested mappings key by key`() {
        let below: Fields = [
            "lr": .float(0.1), "optimizer": .mapping(["name": .text("sgd"), "momentum": .float(0.9)]),
            "depth": .integer(3),
        ]
        let above: Fields = ["optimizer": .mapping(["name": .text("adam")]), "depth": .mapping([:]), "new": .null]
        #expect(
            below.overlaid(with: above) == [
                "lr": .float(0.1), "optimizer": .mapping(["name": .text("adam"), "momentum": .float(0.9)]),
                "depth": .mapping([:]), "new": .null,
            ])
    }

    @Test func `of two fields with one name the later counts, at the earlier one's place`() {
        let fields = Fields(["a", "b", "a"].enumerated().map { Fields.Field(name: $1, value: .integer($0)) })
        #expect(fields == ["a": .integer(2), "b": .integer(1)])
    }
}
