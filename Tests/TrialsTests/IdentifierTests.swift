import Testing
import Trials

@Suite struct IdentifierTests {
    @Test(arguments: ["a", "_", "resnet_50", "größe", "名前", "class", "x1"])
    func `what Python takes for an identifier names an experiment`(text: String) {
        #expect(Experiment.ID(text)?.text == text)
    }

    @Test(arguments: [
        ("my-exp", "my_exp"), ("1st", "_1st"), ("", "_"), ("a b", "a_b"), ("-x", "_x"), ("val/loss", "val_loss"),
        ("\u{300}a", "_\u{300}a"),
    ])
    func `other text is refused, and the nearest identifier suggested`(text: String, suggestion: String) {
        #expect(Experiment.ID(text) == nil)
        #expect(Experiment.ID.suggestion(for: text).text == suggestion)
    }

    @Test func `an id is at most 120 bytes, and so is its suggestion`() {
        #expect(Experiment.ID(String(repeating: "a", count: 120)) != nil)
        #expect(Experiment.ID(String(repeating: "a", count: 121)) == nil)
        let suggestion = Experiment.ID.suggestion(for: String(repeating: "ä", count: 100))
        #expect(suggestion.text.utf8.count == 120)
    }
}
