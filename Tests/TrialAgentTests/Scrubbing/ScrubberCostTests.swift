import Testing

@testable import TrialAgent

/// Scrubbing takes as long as the text is, whatever the text.
@Suite struct ScrubberCostTests {
    @Test(arguments: [
        "=", ":", "-", "\"", "'", "\\", "=\"", "://", "a://a@", "password=\"$", "token='", "-----BEGIN ", "eyJ.",
        "--token ",
        "s" + "k-proj-", "xox" + "b-", "eyJaaaaaaaaaa.", "Bearer ", "?sig=", "«scrubbed:", "a=", "password: ", "\\\"",
        "x_token=", "token=$", "=>", "eyJ-", "password=a,", "password=[", "tokens: [a,", "x_token=a,b;",
        "password: str = ", "name: x value: ",
        "wandb login ", "login x password ", "curl -u ", "-u a ", "Authorization: ", "Cookie: a=", "\u{1B}[", "\\x1b[",
        "\\n",
        "-----END RSA PRIVATE KEY-----\n", "aB3dE5gH\n", "a://b:c/", "${", "password=${", "\"\"\"", "password=\"\"\"",
        "12345678:",
        "AKIA", "password={{", "key=\"0",
    ])
    func `whatever repeats itself costs little`(piece: String) {
        let text = String(repeating: piece, count: (16 << 10) / piece.utf8.count)
        let time = ContinuousClock().measure {
            var scrubber = Scrubber()
            _ = scrubber.scrub(text)
            _ = scrubber.scrub(text, as: .code)
        }
        // What looks at all that is before or behind each piece takes a hundred times as long.
        #expect(time < .seconds(2), "\(time)")
    }

    @Test func `it costs little`() {
        let text = String(
            repeating: "step 12: loss=0.3312 accuracy: 0.91 (token 5 of 128) at 12:30:45\n", count: 16_000)
        var scrubber = Scrubber()
        let time = ContinuousClock().measure { #expect(scrubber.scrub(text) == text) }
        print("a megabyte is scrubbed in \(time)")
        #expect(time < .seconds(5))
    }
}
