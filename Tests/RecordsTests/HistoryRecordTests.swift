import Pickle
import Records
import Testing
import Trials

@Suite struct HistoryRecordTests {
    static let finished = Timestamp(nanoseconds: 1_549_999_999_123_456_000, offset: 3600)

    @Test(arguments: [
        (-1, 50_400, -50_400_000_000_001), (0, -43_200, 43_200_000_000_000), (.max, 0, .max), (.max, -43_200, .max),
        (.min + 1, 0, .min + 1), (.min + 1, 50_400, .min),
    ])
    func `a time of pandas is a moment, the nearest where it lies beyond the last`(local: Int, offset: Int, told: Int) {
        #expect(PythonRecord.moment(local) { _ in offset } == Timestamp(nanoseconds: told, offset: offset))
    }

    @Test func `a row has daskperiment's keys in daskperiment's order`() {
        let outcome = Outcome(
            state: .succeeded, result: .float(0.25), finished: Self.finished, processTime: .milliseconds(12))
        #expect(
            HistoryRecord(outcome, seed: 1)?.pickle.keys == [
                "Result", "Result Type", "Success", "Finished", "Process Time", "Description", "Seed",
            ])
    }

    @Test func `the end is told in naive local time`() {
        let record = HistoryRecord(Outcome(state: .succeeded, finished: Self.finished), seed: nil)
        #expect(record?.pickle["Finished"] == .timestamp("2019-02-12T20:33:19.123456"))
    }

    @Test func `what is unknown is left out or None`() {
        let record = HistoryRecord(Outcome(state: .succeeded, finished: Self.finished), seed: nil)
        #expect(record?.pickle["Process Time"] == nil)
        #expect(record?.pickle["Seed"] == PickleValue.none)
        #expect(record?.pickle["Result Type"] == "None")
    }

    @Test(arguments: [
        (TrialError(type: "ValueError", message: "bad"), "ValueError(bad)"),
        (TrialError(type: "Error", message: "plain text"), "Error(plain text)"), (nil, "Failed()"),
    ])
    func `a failure is described in daskperiment's form`(_ error: TrialError?, _ description: String) {
        let record = HistoryRecord(Outcome(state: .failed, finished: Self.finished, error: error), seed: 7)
        #expect(record?.pickle["Description"] == .string(description))
        #expect(record?.pickle["Success"] == false)
    }

    @Test(arguments: [TrialState.aborted, .lost])
    func `a trial that was given up has no row`(_ state: TrialState) {
        #expect(HistoryRecord(Outcome(state: state, finished: Self.finished), seed: 1) == nil)
    }

    @Test(arguments: [
        (Value.null, "None"), (.bool(true), "<class 'bool'>"), (.integer(3), "<class 'int'>"),
        (.float(1), "<class 'float'>"), (.text("x"), "<class 'str'>"), (.list([]), "<class 'list'>"),
        (.mapping([:]), "<class 'dict'>"),
    ])
    func `a result has the name of its Python type`(_ result: Value, _ type: String) {
        let record = HistoryRecord(Outcome(state: .succeeded, result: result, finished: Self.finished), seed: 1)
        #expect(record?.pickle["Result Type"] == .string(type))
    }

    @Test func `a result that the dashboard cannot show is said`() throws {
        let huge = try #require(Integer("18446744073709551616"))
        let record = HistoryRecord(
            Outcome(state: .succeeded, result: .list([.integer(huge)]), finished: Self.finished), seed: 1)
        #expect(record?.problems.count == 1)
    }
}

extension PickleValue {
    var keys: [PickleValue] {
        guard case .dictionary(let entries) = self else { return [] }
        return entries.map(\.key)
    }

    subscript(_ key: String) -> PickleValue? {
        guard case .dictionary(let entries) = self else { return nil }
        return entries.first { $0.key == .string(key) }?.value
    }
}
