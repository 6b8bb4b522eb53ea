import Testing
import Trials

@testable import TrialAgent

@Suite struct TrialCaptureTests {
    @Test(arguments: [
        ("3.11.7", "3.11.7.final.0 (64 bit)"), ("3.13.0rc2", "3.13.0.candidate.2 (64 bit)"), ("3.11", ""), ("", ""),
    ])
    func `the processor's document tells the run's Python, whichever part comes first`(version: String, text: String) {
        var processor = CapturedPart()
        processor.environment[.cpu] = .document(["Python Version": .text(""), "Count": .integer(2)])
        var python = CapturedPart()
        python.interpreter = InterpreterFacts(path: "/p", version: version, source: "path")
        for parts in [[processor, python], [python, processor]] {
            var capture = TrialCapture(began: Timestamp(nanoseconds: 0), agent: "1")
            for part in parts { capture.take(part) }
            #expect(capture.environment[.cpu] == .document(["Python Version": .text(text), "Count": .integer(2)]))
        }
    }
}
