import Testing

@testable import TrialAgent

@Suite struct FirstAnswerTests {
    @Test func `each is asked once, and none after the first that answers`() {
        var asked: [Int] = []
        let answer = (1...5).firstAnswer { number in
            asked.append(number)
            return number == 3 ? "three" : nil
        }
        #expect(answer == "three")
        #expect(asked == [1, 2, 3])
        #expect([Int]().firstAnswer { $0 } == nil)
    }
}
