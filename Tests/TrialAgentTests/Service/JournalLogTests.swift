import Logging
import Testing
import Trials

@testable import TrialAgent

@Suite struct JournalLogTests {
    private static let secret = MadeSecrets.tokens.first { $0.kind == "github" }?.text ?? ""

    @Test(arguments: [JournalLog.Style.json, .journal, .terminal])
    func `a line holds no secret, wherever it stands in the message`(style: JournalLog.Style) {
        let log = JournalLog(style, level: .info)
        let event = LogEvent(
            level: .info, message: "a\n\(Self.secret)\u{1B}[32m\(Self.secret) {\"password\": \"hun\\\"ter2\"}",
            metadata: ["project": "p\t\(Self.secret)", "api_key": "abc"], source: "t", file: "f", function: "g", line: 1
        )
        let line = log.line(event)
        #expect(!line.contains(Self.secret), "\(line)")
        #expect(!line.contains("ter2"), "\(line)")
        #expect(!line.contains("abc"), "\(line)")
        #expect(line.contains("«scrubbed:github»"))
        #expect(!line.contains("\n"))
    }
}
