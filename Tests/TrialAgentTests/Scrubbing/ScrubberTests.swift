import Testing
import Trials

@testable import TrialAgent

@Suite struct ScrubberTests {
    private func scrubbed(_ text: String, as kind: Scrubber.Kind = .text) -> String {
        var scrubber = Scrubber()
        let clean = scrubber.scrub(text, as: kind)
        // Once is enough.
        let count = scrubber.counts
        #expect(scrubber.scrub(clean, as: kind) == clean)
        #expect(scrubber.counts == count)
        return clean
    }

    @Test(arguments: MadeSecrets.tokens.indices)
    func `a token is known by its shape, wherever it stands`(index: Int) {
        let (kind, secret) = MadeSecrets.tokens[index]
        let mark = "«scrubbed:\(kind)»"
        for (before, after) in [
            ("", ""), ("use ", " now"), ("(", ")"), ("'", "'"), ("a,", ",b"), ("see ", "."), ("key: ", "\n"),
            ("é", "é"),
        ] {
            #expect(scrubbed(before + secret + after) == before + mark + after)
            #expect(scrubbed(before + secret + after, as: .code) == before + mark + after)
        }
        #expect(scrubbed("x" + secret) == "x" + secret || kind == "private-key" || secret.hasPrefix("https"))
    }

    @Test(arguments: ScrubberCorpus.values)
    func `a value is known by its name or its place`(text: String, clean: String) {
        #expect(scrubbed(text) == clean)
    }

    @Test(arguments: ScrubberCorpus.source)
    func `a secret in source is one`(source: String) {
        #expect(scrubbed(source, as: .code).contains("«scrubbed:"))
    }

    @Test(arguments: ScrubberCorpus.innocentSource)
    func `source that only speaks of secrets stays as it is`(source: String) {
        #expect(scrubbed(source, as: .code) == source)
    }

    @Test(arguments: ScrubberCorpus.lookAlikes)
    func `what only looks like a secret stays as it is`(text: String) {
        #expect(scrubbed(text) == text)
    }

    @Test func `every golden text of an environment stays as it is`() throws {
        // What conda, pip and the processor say has nothing that is one.
        let text = (0..<200).map { "package-\($0)==\($0).\($0 % 7).0\n" }.joined()
        #expect(scrubbed(text) == text)
    }

    @Test func `a key that is cut off is scrubbed to the end, and bytes that are no text stay`() {
        var scrubber = Scrubber()
        #expect(scrubber.scrub(String(MadeSecrets.privateKey.prefix(70))) == "«scrubbed:private-key»")
        let bytes: [UInt8] = [0xFF, 0xFE, 0x0A] + Array("password=x\n".utf8) + [0xC3]
        #expect(scrubber.scrub(bytes) == [0xFF, 0xFE, 0x0A] + Array("password=«scrubbed:password»\n".utf8) + [0xC3])
    }
}
