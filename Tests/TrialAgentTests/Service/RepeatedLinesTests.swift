import Testing

@testable import TrialAgent

@Suite struct RepeatedLinesTests {
    private let start = ContinuousClock.now

    @Test func `of equal messages within a minute five are written, and later how many there were more`() {
        var lines = RepeatedLines()
        let written = (0..<12).map { lines.take("disk full", at: start + .seconds($0)).isWritten }
        #expect(written == Array(repeating: true, count: 5) + Array(repeating: false, count: 7))
        #expect(lines.take("another", at: start + .seconds(30)) == (true, []))
        let next = lines.take("another", at: start + .seconds(61))
        #expect(next == (true, [RepeatedLines.Held(message: "disk full", count: 7)]))
        // It begins anew.
        #expect(lines.take("disk full", at: start + .seconds(62)) == (true, []))
    }

    @Test func `what was held back is told after a minute, though nothing else is logged`() {
        var lines = RepeatedLines()
        for _ in 0..<7 { _ = lines.take("disk full", at: start) }
        #expect(lines.overdue(at: start + .seconds(59)) == [])
        #expect(lines.overdue(at: start + .seconds(60)) == [RepeatedLines.Held(message: "disk full", count: 2)])
        #expect(lines.overdue(at: start + .seconds(120)) == [])
    }

    @Test func `what was held back is told at the end`() {
        var lines = RepeatedLines()
        for _ in 0..<7 { _ = lines.take("again", at: start) }
        _ = lines.take("once", at: start)
        #expect(lines.rest() == [RepeatedLines.Held(message: "again", count: 2)])
        #expect(lines.rest() == [])
    }

    @Test func `many different messages are all written, and nothing held back is forgotten`() {
        var lines = RepeatedLines()
        for _ in 0..<8 { _ = lines.take("again", at: start) }
        var held: [RepeatedLines.Held] = []
        for number in 0..<1000 {
            let next = lines.take("\(number)", at: start + .milliseconds(number))
            #expect(next.isWritten)
            held += next.held
        }
        #expect(held == [RepeatedLines.Held(message: "again", count: 3)])
    }
}
