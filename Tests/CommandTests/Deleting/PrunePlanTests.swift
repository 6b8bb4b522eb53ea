import Testing
import Trials

@testable import Trialwatch

@Suite struct PrunePlanTests {
    /// Ten trials, newest first: the result of trial n is n % 4; 9 runs, 5 failed, 3 has no time.
    private func rows() throws -> [History.Row] {
        try (1...10).reversed().map { number in
            let state: TrialState = number == 9 ? .running : number == 5 ? .failed : .succeeded
            let trial = try makeTrial(
                number, ["lr": .float(Double(number))], state: state, result: .integer(number % 4))
            var row = History.Row(trial)
            let moment = Timestamp(nanoseconds: noon.nanoseconds + number * 1_000_000_000)
            row.started = number == 3 ? nil : moment
            row.finished = number == 3 || number == 9 ? nil : moment
            return row
        }
    }

    /// Rules, and what they keep.
    struct Row: Sendable {
        var newest: Int?
        var best: Int?
        var by = "-result"
        var since: Int?
        let kept: [Int]
    }

    static let table = [
        Row(newest: 3, kept: [10, 9, 8, 7]),
        Row(newest: 0, kept: [9]),
        Row(best: 2, kept: [9, 7, 3]),
        Row(best: 2, by: "result", kept: [9, 8, 4]),
        Row(best: 1, by: "lr", kept: [9, 1]),
        Row(since: 7, kept: [10, 9, 8, 7, 3]),
        Row(newest: 1, best: 1, by: "-lr", since: 10, kept: [10, 9, 3]),
    ]

    @Test(arguments: table)
    func `what any rule keeps stays, and what runs`(row: Row) throws {
        var rules = PrunePlan.Rules()
        rules.newest = row.newest
        if let best = row.best { rules.best = (best, HistoryOrder(row.by)) }
        rules.since = row.since.map { Timestamp(nanoseconds: noon.nanoseconds + $0 * 1_000_000_000) }
        let plan = PrunePlan(try rows(), rules)
        #expect(plan.kept.map(\.row.reference.number) == row.kept)
        #expect(Set(plan.deleted.map(\.reference.number)) == Set(1...10).subtracting(row.kept))
    }

    @Test func `a condition keeps what it is true of`() throws {
        var rules = PrunePlan.Rules()
        rules.condition = try Condition(parsing: "lr > 8 or not success")
        let plan = PrunePlan(try rows(), rules)
        #expect(plan.kept.map(\.row.reference.number) == [10, 9, 5])
        #expect(plan.kept.map(\.reason) == ["meets the condition", "running", "meets the condition"])
    }

    static let names: [(String, ClosedRange<Int>?)] = [
        ("7", 7...7), ("3-9", 3...9), ("0", nil), ("-3", nil), ("9-3", nil), ("3-", nil), ("a", nil), ("1-2-3", nil),
    ]

    @Test(arguments: names)
    func `trials are named by number or range`(text: String, numbers: ClosedRange<Int>?) {
        #expect(NumberRange(text)?.numbers == numbers)
    }

    @Test func `what runs again since it was looked at stays, and is told among what stays`() throws {
        var plan = PrunePlan(try rows(), PrunePlan.Rules(newest: 2))
        plan.spare([2, 4])
        #expect(plan.deleted.map(\.reference.number) == [7, 6, 5, 3, 1])
        #expect(plan.kept.map(\.row.reference.number) == [10, 9, 8, 4, 2])
        #expect(plan.kept.suffix(2).map(\.reason) == ["running", "running"])
    }
}
