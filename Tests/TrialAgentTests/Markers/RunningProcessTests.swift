import SystemCalls
import Testing
import Trials

@testable import TrialAgent

@Suite struct RunningProcessTests {
    @Test func `a process that lives has an owner and a start`() throws {
        let process = try #require(RunningProcess(Int(Machine.processIdentifier)))
        #expect(process.owner == User.currentIdentifier)
        let age = Timestamp.now.since(process.started)
        #expect(age > .seconds(-1) && age < .seconds(24 * 3600))
    }

    @Test func `a number that no process has is none`() {
        #expect(RunningProcess(Int(Int32.max)) == nil)
    }

    @Test(arguments: [
        ("1 (bash) S 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4711 99", 4711),
        ("1 (a) b ) c) S 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 12 99", 12),
        ("1 (bash) S 0", nil), ("", nil),
    ])
    func `a program's name cannot shift the start`(stat: String, ticks: Int?) {
        #expect(RunningProcess.startTicks(in: stat) == ticks)
    }
}
