import Testing
import Trials

@testable import Trialwatch

@Suite struct ConditionTests {
    @Test(arguments: [
        ("lr < 0.1", true), ("lr = 0.05", true), ("lr == 0.05", true), ("lr != 0.05", false), ("lr >= 0.05", true),
        ("lr > 0.05", false), ("lr <= 5e-2", true), ("-1 < lr", true), ("epochs = 10", true), ("epochs = 10.0", true),
        ("optimizer.name = 'adam'", true), ("parameters.optimizer.name = \"adam\"", true),
        ("optimizer.name = adam", false), ("'da' in optimizer.name", true), ("'x' in optimizer.name", false),
        ("success", true), ("not success", false), ("!success", false), ("state = 'succeeded'", true),
        ("result > 0.9", true), ("seed = 7", true), ("parameters.seed = 'own'", true), ("seed = 'own'", false),
        ("duration < 90s", true), ("duration > 1m", true), ("duration > 2h", false), ("trial = 3", true),
        ("'kept' in tags", true), ("'gone' not in tags", true), ("not 'kept' in tags", false), ("tags", true),
        ("`val/loss` < 0.3", true), ("val/loss < 0.3", true), ("metrics.val/loss = 0.25", true),
        ("started > '2026-11-23'", true), ("started < '2026-11-23T12:00:01Z'", true), ("finished > started", true),
        ("2 in layers", true), ("layers = 2", false), ("flag", false), ("flag = false", true), ("flag = 0", false),
        ("absent = null", true), ("lr = null", false), ("lr != null", true), ("absent != null", false),
        ("none = null", true), ("absent", false), ("not absent", true), ("absent < 1", false), ("absent != 1", false),
        ("big = 123456789012345678901234567890", true), ("big > 123456789012345678901234567889", false),
        ("big > 5", true), ("nan = nan", false), ("nan != nan", true), ("nan < 1", false), ("name = \"it's\"", true),
        ("name = 'it\\'s'", true), ("lr < 0.1 or lr > 5 and success = false", true),
        ("(lr < 0.1 or lr > 5) and success = false", false), ("not (lr > 1) and success", true),
        ("lr<0.1&&success||false", true), ("1 < 2", true), ("problems = 0", true), ("description = null", true),
    ])
    func `a condition is true of the trials that it describes`(text: String, expected: Bool) throws {
        let trial = try makeTrial(
            3,
            [
                "lr": .float(0.05), "epochs": .integer(10), "optimizer": .mapping(["name": .text("adam")]),
                "layers": .list([.integer(2), .integer(3)]), "seed": .text("own"), "flag": .bool(false),
                "big": .integer(try #require(Integer("123456789012345678901234567890"))), "nan": .float(.nan),
                "name": .text("it's"), "none": .null,
            ],
            result: .float(0.95), seconds: 75, metrics: ["val/loss": .float(0.25)]
        ) {
            $0.seed = 7
            $0.tags = ["kept", "first"]
        }
        #expect(try Condition(parsing: text).isTrue(of: History.Row(trial)) == expected)
    }

    @Test(arguments: [
        ("", 1, "found the end"), ("lr <", 5, "found the end"), ("lr < < 1", 6, "found '<'"),
        ("lr = 'x", 6, "not closed"), ("(lr = 1", 8, "expected ')'"), ("lr = 1)", 7, "found ')'"),
        ("lr # 1", 4, "unexpected '#'"), ("lr => 1", 4, "'=>'"), ("1x = 2", 1, "'1x' is no number"),
        ("lr = 1 x", 8, "found 'x'"), ("0 < lr < 1", 8, "cannot be chained"), ("and lr", 1, "found 'and'"),
        ("lr not 3", 8, "expected 'in'"), ("läge = 'é' ♥", 12, "unexpected '♥'"), ("- = 1", 1, "'-'"),
    ])
    func `a slip is told with its column`(text: String, column: Int, reason: String) {
        let error = #expect(throws: ConditionError.self) { try Condition(parsing: text) }
        #expect(error?.column == column)
        #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
    }

    @Test func `nesting without an end is refused, not followed`() {
        let text = String(repeating: "(", count: 100_000)
        #expect(throws: ConditionError.self) { try Condition(parsing: text) }
        #expect(throws: ConditionError.self) { try Condition(parsing: String(repeating: "not ", count: 100_000)) }
    }

    @Test func `a long chain is no deep one`() throws {
        let text = Array(repeating: "lr < 1", count: 20_000).joined(separator: " and ")
        let row = History.Row(try makeTrial(1, ["lr": .float(0.5)]))
        #expect(try Condition(parsing: text).isTrue(of: row))
    }
}
