import Pickle
import Records
import Testing
import Trials

@Suite struct ParameterRecordTests {
    @Test func `every kind of value keeps its Python type and its place`() throws {
        let huge = try #require(Integer("-1180591620717411303424"))
        let record = ParameterRecord([
            "none": .null, "flag": .bool(false), "n": .integer(-3), "huge": .integer(huge), "lr": .float(0.1),
            "name": .text("é"), "list": .list([.integer(1), .text("x")]),
            "optimizer": .mapping(["name": .text("adam"), "lr": .float(1e-3)]),
        ])
        #expect(
            record.pickle == [
                "none": .none, "flag": false, "n": -3,
                "huge": .long(try #require(PickleInteger(decimal: "-1180591620717411303424"))), "lr": 0.1, "name": "é",
                "list": [1, "x"], "optimizer": ["name": "adam", "lr": 1e-3],
            ])
        #expect(record.problems.map { $0.contains("huge") } == [true])
    }

    @Test(arguments: ParameterRecord.reservedNames.sorted())
    func `a parameter named like a column of the history is filed under another name`(_ name: String) {
        let record = ParameterRecord([name: .integer(1)])
        #expect(record.pickle == [.string(name + "_"): 1])
        #expect(record.problems.count == 1)
    }

    @Test func `the other name is one that no parameter has`() {
        let record = ParameterRecord(["Seed": .integer(1), "Seed_": .integer(2)])
        #expect(record.pickle == ["Seed__": 1, "Seed_": 2])
    }
}
