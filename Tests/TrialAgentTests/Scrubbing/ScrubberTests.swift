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

    @Test func `fields are judged by their names, at any depth`() {
        var scrubber = Scrubber()
        let fields: Fields = [
            "lr": .float(0.1), "api_key": .text("abc"), "password": .integer(1234), "token": .integer(50256),
            "pad_token": .text("<pad>"), "nested": .mapping(["secret": .text("x"), "depth": .integer(3)]),
            "tokens": .list([.text("a"), .text("b")]), "passwords_file": .text("/run/x"), "secret": .null,
            "keys": .mapping(["auth_token": .list([.text("one"), .text("two")])]),
        ]
        let clean: Fields = [
            "lr": .float(0.1), "api_key": .text("«scrubbed:key»"), "password": .text("«scrubbed:password»"),
            "token": .integer(50256), "pad_token": .text("<pad>"),
            "nested": .mapping(["secret": .text("«scrubbed:secret»"), "depth": .integer(3)]),
            "tokens": .list([.text("a"), .text("b")]), "passwords_file": .text("/run/x"), "secret": .null,
            "keys": .mapping(["auth_token": .list([.text("«scrubbed:token»"), .text("«scrubbed:token»")])]),
        ]
        #expect(scrubber.scrub(fields) == clean)
        #expect(
            scrubber.problem
                == "5 values that look like secrets were scrubbed (1 × key, 1 × password, 1 × secret, 2 × token)")
    }

    @Test func `on a command line what follows an option is its value`() {
        var scrubber = Scrubber()
        let words = [
            "python", "train.py", "--token", "aB3dE5gH7jK9mN1pQ2", "--lr", "0.1", "--password", "--x", "--api-key=k",
            "-H", "a",
        ]
        let clean = ["python", "train.py", "--token", "«scrubbed:token»", "--lr", "0.1", "--password", "--x"]
        #expect(scrubber.scrub(command: words) == clean + ["--api-key=«scrubbed:key»", "-H", "a"])
    }

    @Test func `a key that is cut off is scrubbed to the end, and bytes that are no text stay`() {
        var scrubber = Scrubber()
        #expect(scrubber.scrub(String(MadeSecrets.privateKey.prefix(70))) == "«scrubbed:private-key»")
        let bytes: [UInt8] = [0xFF, 0xFE, 0x0A] + Array("password=x\n".utf8) + [0xC3]
        #expect(scrubber.scrub(bytes) == [0xFF, 0xFE, 0x0A] + Array("password=«scrubbed:password»\n".utf8) + [0xC3])
    }
}
