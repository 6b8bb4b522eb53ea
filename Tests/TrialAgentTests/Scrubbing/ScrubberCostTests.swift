import SystemCalls
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
        "x_token=[", "x_token={\"", "tokens: |\n a\n", "password=(", "Authorization: Bearer a", "x_token=\"",
        "secret: {a",
        "-----BEGIN RSA PRIVATE KEY-----\n", "https://hooks.slack.com/services/", "A\n", "0123456789:AA",
    ])
    func `whatever repeats itself costs the same a byte`(piece: String) {
        // The thread's own time: what else the machine does counts for nothing.
        func time(_ bytes: Int) -> Double {
            let text = String(repeating: piece, count: bytes / piece.utf8.count)
            let begun = Clock.ofThisThread
            var scrubber = Scrubber()
            _ = scrubber.scrub(text)
            _ = scrubber.scrub(text, as: .code)
            return Double(Clock.ofThisThread - begun) / 1e9
        }
        var times: [(little: Double, much: Double)] = []
        // Four times as much; where each piece makes all that is before or behind it be looked at, sixteen times, and that each
        // time, while a processor that others use, too, may be slow just once.
        let isEven = (0..<3).contains { _ in
            let (little, much) = (time(3 << 10), time(12 << 10))
            times.append((little, much))
            return much < 8 * little + 0.02
        }
        #expect(isEven, "\(times)")
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
