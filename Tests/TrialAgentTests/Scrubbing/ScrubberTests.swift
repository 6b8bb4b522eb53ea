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

    @Test(arguments: [
        ("password=hunter2", "password=«scrubbed:password»"),
        ("DB_PASSWORD=hunter2 next", "DB_PASSWORD=«scrubbed:password» next"),
        ("PGPASSWORD=letmein", "PGPASSWORD=«scrubbed:password»"),
        ("DB_PASS=q1w2e3r4t5y6u7i8o9", "DB_PASS=«scrubbed:password»"),
        ("--password=hunter2", "--password=«scrubbed:password»"),
        ("run --password hunter2 --epochs 3", "run --password «scrubbed:password» --epochs 3"),
        ("--api-key 'abc def' x", "--api-key '«scrubbed:key»' x"),
        ("{\"api_key\": \"abc\"}", "{\"api_key\": \"«scrubbed:key»\"}"),
        ("{'password': 'a\\'b', 'x': 1}", "{'password': '«scrubbed:password»', 'x': 1}"),
        ("{\\\"api_key\\\": \\\"abc\\\", \\\"x\\\": 1}", "{\\\"api_key\\\": \\\"«scrubbed:key»\\\", \\\"x\\\": 1}"),
        ("apiKey: s3cr3t", "apiKey: «scrubbed:key»"),
        ("X-API-Key: a1b2c3d4", "X-API-Key: «scrubbed:key»"),
        ("os.environ[\"HF_TOKEN\"] = \"abc\"", "os.environ[\"HF_TOKEN\"] = \"«scrubbed:token»\""),
        ("client_secret=abc&x=1", "client_secret=«scrubbed:secret»&x=1"),
        ("token=aB3dE5gH7jK9mN1pQ2;", "token=«scrubbed:token»;"), ("TOKEN=abc;", "TOKEN=«scrubbed:token»;"),
        ("login(user, password=pw1)", "login(user, password=«scrubbed:password»)"),
        ("AccountName=a;AccountKey=abc+/==;End=x", "AccountName=a;AccountKey=«scrubbed:key»;End=x"),
        ("?sv=2020&sig=aB3dE5gH7jK9mN1pQ2sT%3D&se=1", "?sv=2020&sig=«scrubbed:signature»&se=1"),
        ("https://h/a.whl?X-Amz-Signature=1", "https://h/a.whl?X-Amz-Signature=«scrubbed:signature»"),
        ("https://h/a?x=1&access_token=1#b", "https://h/a?x=1&access_token=«scrubbed:token»#b"),
        ("Authorization: Bearer aB3dE5gH7jK9mN1pQ2", "Authorization: Bearer «scrubbed:bearer»"),
        ("authorization: Basic dXNlcjpwYXNz", "authorization: Basic «scrubbed:basic»"),
        ("mongodb://ada:pw@host/db?x=1", "mongodb://«scrubbed:url»@host/db?x=1"),
        ("redis://:pw@host:6379/0", "redis://«scrubbed:url»@host:6379/0"),
        ("https://abcdef@host/x.git", "https://«scrubbed:url»@host/x.git"),
        ("postgres://u:p@ss@host/db", "postgres://«scrubbed:url»@host/db"),
        ("Password: Hunter2", "Password: «scrubbed:password»"),
        ("aws_secret_access_key = abc/def+1", "aws_secret_access_key = «scrubbed:key»"),
        ("pad_token=aB3dE5gH7jK9mN1pQ2", "pad_token=«scrubbed:token»"),
    ])
    func `a value is known by its name or its place`(text: String, clean: String) {
        #expect(scrubbed(text) == clean)
    }

    @Test(arguments: [
        "api_key = \"abc\"", "connect(password='pw')", "export DB_PASSWORD=hunter2", "TOKEN=abc", "secret: 'x'",
        "    api_key=aB3dE5gH7jK9mN1pQ2", "headers = {\"Authorization\": \"Bearer aB3dE5gH7jK9mN1pQ2\"}",
    ])
    func `a secret in source is one`(source: String) {
        #expect(scrubbed(source, as: .code).contains("«scrubbed:"))
    }

    @Test(arguments: [
        "token = tokenizer(x)", "tokens = tokenizer.tokenize(text)", "password = getpass.getpass()", "api_key=api_key",
        "secret = os.environ[\"SECRET\"]", "def login(user: str, password: str) -> None:", "token: str = None",
        "self.token = args.token", "password = None", "pad_token=\"<pad>\"", "eos_token: \"</s>\"", "num_tokens=128",
        "max_token = 1024", "token_embedding = nn.Embedding(50257, 768)", "if password == other:", "password,",
        "for token in tokens:", "    password=password,", "    token=next_token,", "return token",
        "lambda token: token.text",
        "x: Token", "assert secret != guess", "pass", "bypass=1", "token = 50256", "secret_count = 3",
        "api_key = config.api_key", "password = \"$PASSWORD\"", "password: ${PASSWORD}", "token = '{{ token }}'",
    ])
    func `source that only speaks of secrets stays as it is`(source: String) {
        #expect(scrubbed(source, as: .code) == source)
    }

    @Test(arguments: [
        "sk-learn", "scikit-learn==1.3.2", "sk-learn-contrib-something-long-and-with-words", "hf_hub_download",
        "tokenizers==0.15.0", "sentence-token==1.0.3", "token==1.2.3", "secrets==2.0", "python-password @ file:///a",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709", "commit 4914650d6b327980cb64540c59df25de42d23960",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "550e8400-e29b-41d4-a716-446655440000",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "getpass(\"Password: \")", "print(\"Token:\", token)", "{\"message\":\"unexpected token:\",\"project\":\"p\"}",
        "if \"-----BEGIN RSA PRIVATE KEY-----\" in text: return", "{\"token\": \"the\", \"logprob\": -1}",
        "token: 'hello'",
        "-----BEGIN PRIVATE KEY----- was found",
        "weights: iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4", "PWD=/home/ada/project",
        "token: expected end of input", "unexpected token: foo", "Invalid password: too short",
        "the password must have 8 characters", "use --token to log in", "Bearer of bad news and more words",
        "basic training for beginners", "https://example.com/a?b=c", "ssh://git@github.com/a/b.git",
        "git@github.com:a/b.git", "ada@example.com", "http://localhost:8080/x@y", "pass=12 fail=0", "12:30:45",
        "{\"tokens\": 128, \"token_type\": \"bpe\"}", "token=50256", "eos_token=<eos>", "password=", "token=None",
        "secret=«scrubbed:secret»", "key=value", "primary_key=id", "sort_key: name", "AKIA", "AKIAshort",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", "-----BEGIN PUBLIC KEY-----", "eyJ.eyJ.x",
        "npm_config_registry", "pypi-server", "glpat-is-a-prefix", "r8_quantized", "AIzaShort", "ya29.short", "xoxb-",
        "mongodb://host/db", "redis://localhost:6379", "C:\\Users\\ada", "token\u{0}", "«»", "password:", "é=ü",
    ])
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

    @Test(arguments: [
        "=", ":", "-", "\"", "'", "\\", "=\"", "://", "a://a@", "password=\"$", "token='", "-----BEGIN ", "eyJ.",
        "--token ",
        "s" + "k-proj-", "xox" + "b-", "eyJaaaaaaaaaa.", "Bearer ", "?sig=", "«scrubbed:", "a=", "password: ", "\\\"",
        "x_token=", "token=$", "=>", "eyJ-", "password=a,",
    ])
    func `whatever repeats itself costs little`(piece: String) {
        let text = String(repeating: piece, count: (64 << 10) / piece.utf8.count)
        let time = ContinuousClock().measure {
            var scrubber = Scrubber()
            _ = scrubber.scrub(text)
            _ = scrubber.scrub(text, as: .code)
        }
        #expect(time < .seconds(5), "\(time)")
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
