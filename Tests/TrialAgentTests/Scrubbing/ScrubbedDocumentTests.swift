import JSON
import Testing
import Trials

@testable import TrialAgent

/// What names, and the words before, say of a text that stands by itself.
@Suite struct ScrubbedDocumentTests {
    private static let github = MadeSecrets.tokens.first { $0.kind == "github" }?.text ?? ""
    private static let digits = MadeSecrets.hexadecimal(40)
    private static let fewDigits = MadeSecrets.hexadecimal(32)

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

    private static let documents: [(document: JSON, clean: JSON)] = [
        // Below a secret's name each text is one.
        (
            ["credentials": ["user": "ada", "port": 5432, "more": ["x", ["y": "z"]]]],
            [
                "credentials": [
                    "user": "«scrubbed:secret»", "port": 5432,
                    "more": ["«scrubbed:secret»", ["y": "«scrubbed:secret»"]],
                ]
            ]
        ),
        (["passwords": ["a", "b"]], ["passwords": ["«scrubbed:password»", "«scrubbed:password»"]]),
        (["tokens": ["a", "aB3dE5gH7jK9mN1pQ2"]], ["tokens": ["a", "«scrubbed:token»"]]),
        (
            [
                ["name": "DB_PASSWORD", "value": "x"], ["value": "x", "name": "API_KEY"], ["name": "lr", "value": "x"],
            ],
            [
                ["name": "DB_PASSWORD", "value": "«scrubbed:password»"],
                ["value": "«scrubbed:key»", "name": "API_KEY"], ["name": "lr", "value": "x"],
            ]
        ),
        (
            ["username": "ada", "key": .string(fewDigits)],
            ["username": "ada", "key": "«scrubbed:key»"]
        ),
        (["wandb": ["key": .string(digits)]], ["wandb": ["key": "«scrubbed:key»"]]),
        (
            ["Authorization": "Token abc123def", "Cookie": "a=b"],
            ["Authorization": "Token «scrubbed:token»", "Cookie": "«scrubbed:cookie»"]
        ),
        (
            ["password": ["$integer": "123"], "x": ["$mapping": ["$secret": "a"]]],
            ["password": "«scrubbed:password»", "x": ["$mapping": ["$secret": "«scrubbed:secret»"]]]
        ),
        // Names of members hold secrets, too, and stay apart.
        (
            .object(JSON.Object([(github, 1), (github + " ", 2), ("a \(github)", 3), ("b", 4)] as [(String, JSON)])),
            ["«scrubbed:github»": 1, "«scrubbed:github» ": 2, "a «scrubbed:github»": 3, "b": 4]
        ),
        (
            .object(JSON.Object([(github, 1), (MadeSecrets.tokens[3].text, 2)] as [(String, JSON)])),
            ["«scrubbed:github»": 1, "«scrubbed:github» (2)": 2]
        ),
    ]

    @Test(arguments: documents)
    func `a document is judged by its names, at any depth`(document: JSON, clean: JSON) {
        var scrubber = Scrubber()
        #expect(scrubber.scrub(document) == clean)
        #expect(scrubber.scrub(clean) == clean)
    }

    @Test(
        arguments: [
            ["cache": ["key": .string(digits)], "name": "lr", "Authorization": "required", "value": "x"],
            [
                "secrets": [], "password": nil, "credentials": [:], "token": 7, "passwords_file": "/run/x",
                "tokens": ["a"],
            ],
        ] as [JSON])
    func `a document without secrets stays as it is`(document: JSON) {
        var scrubber = Scrubber()
        #expect(scrubber.scrub(document) == document)
        #expect(scrubber.problem == nil)
    }

    @Test func `rules name what stays, what is a command line and what is source`() {
        let rules = ScrubbingRules(exact: ["runs.key"], commands: ["runs.command"], code: ["text"])
        let run: JSON = ["key": .string(Self.github), "command": ["--token", "abc"], "new": .string(Self.github)]
        var scrubber = Scrubber()
        #expect(
            scrubber.scrub(["runs": [run], "key": .string(Self.github), "text": "password = load()"], by: rules) == [
                "runs": [
                    ["key": .string(Self.github), "command": ["--token", "abc"], "new": "«scrubbed:github»"]
                ],
                "key": "«scrubbed:github»", "text": "password = load()",
            ])
        #expect(
            scrubber.scrub(["runs": ["command": ["--api-token", "abc"]]], by: rules)
                == ["runs": ["command": ["--api-token", "«scrubbed:token»"]]])
    }

    private static let commands: [(words: [String], clean: [String])] = [
        (
            [
                "python", "train.py", "--token", "aB3dE5gH7jK9mN1pQ2", "--lr", "0.1", "--password", "--x",
                "--api-key=k",
                "-H", "a",
            ],
            [
                "python", "train.py", "--token", "«scrubbed:token»", "--lr", "0.1", "--password", "--x",
                "--api-key=«scrubbed:key»", "-H", "a",
            ]
        ),
        (["x", "-password", "hun ter", "y"], ["x", "-password", "«scrubbed:password»", "y"]),
        (["x", "--password", "$ecr3t!"], ["x", "--password", "«scrubbed:password»"]),
        (["x", "--db.password=a b, c=d"], ["x", "--db.password=«scrubbed:password»"]),
        (["DB_PASSWORD=a b", "x"], ["DB_PASSWORD=«scrubbed:password»", "x"]),
        (["x", "+db.password=(a"], ["x", "+db.password=«scrubbed:password»"]),
        (["wandb", "login", "--relogin", digits], ["wandb", "login", "--relogin", "«scrubbed:wandb»"]),
        (
            ["/usr/bin/curl", "-u", "ada:p w", "https://h"],
            ["/usr/bin/curl", "-u", "ada:«scrubbed:password»", "https://h"]
        ),
        (["curl", "--user=ada:pw"], ["curl", "--user=ada:«scrubbed:password»"]),
        (["curl", "-H", "Authorization: Token abc123def"], ["curl", "-H", "Authorization: Token «scrubbed:token»"]),
        (["sh", "-c", "export DB_PASS=hun,ter2"], ["sh", "-c", "export DB_PASS=«scrubbed:password»"]),
        (["x", "--url=postgres://a:b@h/"], ["x", "--url=postgres://«scrubbed:url»@h/"]),
    ]

    @Test(arguments: commands)
    func `a command line is judged by its options`(words: [String], clean: [String]) {
        var scrubber = Scrubber()
        #expect(scrubber.scrub(command: words) == clean)
        #expect(scrubber.scrub(command: clean) == clean)
    }

    @Test(arguments: [
        [
            "x", "--max-tokens=512", "--tokens", "512", "--pad-token", "[PAD]", "--password=$PASSWORD", "--token",
            "${TOKEN}",
        ],
        ["sort", "-u", "a:b"], ["git", "show", digits], ["x", "-p", "hunter", "-passes", "3"],
        ["curl", "-u", "$USER:$PASS"],
    ])
    func `a command line without secrets stays as it is`(words: [String]) {
        var scrubber = Scrubber()
        #expect(scrubber.scrub(command: words) == words)
    }

    @Test func `whatever is captured is looked through, and content stays known by its digest`() throws {
        var capture = TrialCapture(began: Timestamp(nanoseconds: 0, offset: 0), agent: "1")
        var git = GitFacts(workTree: "/w/\(Self.github)")
        (git.branch, git.tags, git.submodules) = ("b-\(Self.github)", [Self.github], ["lib/\(Self.github)"])
        git.commit = Self.digits
        capture.git = git
        capture.interpreter = InterpreterFacts(path: "/opt/\(Self.github)/bin/python", version: nil, source: "marker")
        var hardware = HardwareFacts(processor: "", logicalProcessors: 1, memory: 1, swap: 0, kernel: "")
        hardware.container = "docker (registry/\(Self.github))"
        capture.hardware = hardware
        capture.fileSystem = FileSystemFacts(
            kind: "cifs", mountPoint: "/m", source: "//u:password=x@h/\(Self.github)", size: 1, available: 1)
        capture.code = CodeContext(
            files: [CodeContext.File(path: "\(Self.github).py", text: "password = load()\nkey = '\(Self.github)'")])
        let clean = MadeCapture(capture).scrubbed().record
        let text = try JSON.encode(clean).text()
        #expect(!text.contains(Self.github), "\(text)")
        #expect(!text.contains("password=x"), "\(text)")
        #expect(clean.git?.commit == Self.digits)
        #expect(clean.git?.branch == "b-«scrubbed:github»")
        #expect(clean.code?.files.first?.text == "password = load()\nkey = '«scrubbed:github»'")
        #expect(clean.problems.count == 1)
    }
}
