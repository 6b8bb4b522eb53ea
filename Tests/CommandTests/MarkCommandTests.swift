import JSON
import ProgramTesting
import SystemPackage
import Testing

@testable import TrialAgent

@Suite(.timeLimit(.minutes(5))) struct MarkCommandTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        /// What the marker says before; nil where there is none.
        let before: String?
        let arguments: [String]
        let after: JSON

        init(_ description: String, _ before: String?, _ arguments: [String], _ after: JSON) {
            (testDescription, self.before, self.arguments, self.after) = (description, before, arguments, after)
        }
    }

    static let rows = [
        Row("nothing", nil, [], [:]),
        Row(
            "every option", nil,
            [
                "-e", "e", "--run", "r", "--group", "g", "--seed", "-3", "-p", "lr=0.1", "-m", "loss=0.3", "--result",
                "-0.5", "--state", "succeeded", "--pid", "42", "--tag", "a", "--tag", "-b", "--note", "-free: text",
            ],
            [
                "experiment": "e", "run": "r", "group": "g", "seed": -3, "parameters": ["lr": 0.1],
                "tags": ["a", "-b"],
                "description": "-free: text", "metrics": ["loss": [0.3]], "result": -0.5, "pid": 42,
                "state": "succeeded",
            ]),
        Row(
            "values as YAML has them", nil,
            [
                "a=0.1", "b=no", "c=[1, 2]", "d=5", "e=true", "f=null", "g=2026-11-23", "h={x: {y: z}}", "i='0.1'",
                "j=a: b # c", "k=123456789012345678901", "l=.5", "m=0x10", "n=*x", "o= x ", "p=x=y", "q=",
            ].flatMap { ["-p", $0] },
            [
                "parameters": [
                    "a": 0.1, "b": "no", "c": [1, 2], "d": 5, "e": true, "f": nil, "g": "2026-11-23",
                    "h": ["x": ["y": "z"]], "i": "0.1", "j": "a: b # c",
                    "k": .number(JSON.Number(text: "123456789012345678901") ?? JSON.Number(0)), "l": 0.5, "m": 16,
                    "n": "*x", "o": " x ", "p": "x=y", "q": nil,
                ]
            ]),
        Row(
            "nested parameters", "parameters: {optimizer: {name: adam, lr: 1}, seed: 1}",
            ["-p", "optimizer.lr=0.1", "-p", "optimizer.beta.one=0.9"],
            ["parameters": ["optimizer": ["name": "adam", "lr": 0.1, "beta": ["one": 0.9]], "seed": 1]]),
        Row(
            "a parameter with a dot in its name", "parameters: {optimizer.lr: 1}", ["-p", "optimizer.lr=0.1"],
            ["parameters": ["optimizer.lr": 0.1]]),
        Row(
            "what is not named stays", "zeta: [1, {a: null}]\nresult: 1\nalpha: 0x10\nstarted: 2026-11-23\n",
            ["--result", "2"], ["zeta": [1, ["a": nil]], "result": 2, "alpha": 16, "started": "2026-11-23"]),
        Row("an empty marker", "# nothing yet\n", ["--result", "x"], ["result": "x"]),
        Row(
            "a metric's next value", "metrics: {loss: [0.9], b: 1}", ["-m", "loss=0.3", "-m", "loss=1"],
            ["metrics": ["loss": [0.9, 0.3, 1], "b": 1]]),
        Row(
            "a single number becomes the first", "metrics: {loss: 0.9}", ["-m", "loss=0.3"],
            ["metrics": ["loss": [0.9, 0.3]]]),
        Row(
            "pairs go on", "metrics: {loss: [[10, 0.9], [20, 0.5]]}", ["-m", "loss=0.3", "-m", "loss=0.2"],
            ["metrics": ["loss": [[10, 0.9], [20, 0.5], [21, 0.3], [22, 0.2]]]]),
        Row(
            "mappings go on", "metrics: {loss: [{epoch: 7, value: 0.9}]}", ["-m", "loss=0.3"],
            ["metrics": ["loss": [["epoch": 7, "value": 0.9], ["epoch": 8, "value": 0.3]]]]),
        Row("a metric with a dot", nil, ["-m", "val.loss=1e-3"], ["metrics": ["val.loss": [0.001]]]),
        Row("tags are added once", "tags: a", ["--tag", "b", "--tag", "a"], ["tags": ["a", "b"]]),
        Row(
            "an error ends what ran", "state: running\npid: 3\n", ["--error", "ValueError: x"],
            ["state": "failed", "pid": 3, "error": "ValueError: x"]),
        Row(
            "text of all kinds", nil, ["--note", "ä \u{1F600} \u{7F}\u{85}\"\\\n"],
            ["description": "ä \u{1F600} \u{7F}\u{85}\"\\\n"]),
    ]

    @Test(arguments: rows)
    func `a marker says what it said and what was named`(row: Row) async throws {
        let world = try Sandbox()
        let file = world.root.appending("home/train.run")
        if let before = row.before { try world.write(before, to: file) }
        let output = try await world.run(world.program, ["mark"] + row.arguments + ["train.run"])
        #expect(output.exit == .status(0), "\(output.errors)")
        #expect(output.errors.isEmpty && output.text.isEmpty)
        let text = try world.text(of: file)
        let content = try JSON(parsing: text)
        #expect(sameNumbers(content) == sameNumbers(row.after))
        // One key a line, between two brackets; no line break stands elsewhere.
        let count = content.object?.count ?? 0
        #expect(text.split(separator: "\n").count == (count == 0 ? 1 : count + 2))
        _ = try MarkerDecoder(localOffset: { _ in 0 }).decode(Array(text.utf8), named: "train.run")
        let python = try await world.shell(
            "python3 -c 'import json; print(json.dumps(json.load(open(\"train.run\"))))'")
        #expect(sameNumbers(try python.json()) == sameNumbers(content))
        #expect(try await world.shell("ls -A").text == "train.run\n")
    }

    /// Floats by their value, however they are written.
    private func sameNumbers(_ json: JSON) -> JSON {
        switch json {
        case .number(let number): number.isInteger ? json : JSON(number.double)
        case .array(let elements): .array(elements.map(sameNumbers))
        case .object(let object): .object(JSON.Object(object.map { ($0.key, sameNumbers($0.value)) }))
        default: json
        }
    }

    @Test func `numbers that JSON lacks are written as Python does`() async throws {
        let world = try Sandbox()
        let output = try await world.shell(
            """
            trialwatch mark -m a=nan -m a=.inf -m a=-Infinity -p x=.nan a.run && trialwatch mark -m a=1 a.run && cat a.run
            python3 -c 'import json; print(json.load(open("a.run")))'
            """)
        #expect(
            output.text == """
                {
                "parameters": {"x": NaN},
                "metrics": {"a": [NaN, Infinity, -Infinity, 1]}
                }
                {'parameters': {'x': nan}, 'metrics': {'a': [nan, inf, -inf, 1]}}

                """, "\(output.errors)")
    }

    @Test func `twenty at the same time lose nothing`() async throws {
        let world = try Sandbox()
        let output = try await world.shell("for i in {1..20}; do trialwatch mark -m loss=$i a.run & done; wait")
        #expect(output.errors.isEmpty)
        let points = try JSON(parsing: try world.text(of: world.root.appending("home/a.run")))["metrics"]?["loss"]?
            .array
        #expect(points?.compactMap(\.int).sorted() == Array(1...20))
    }

    @Test(arguments: [
        ("parameters: [1, 2\n", [], "a.run:2:1: "), ("seed: many\n", [], "a.run:1:7: seed: expected"),
        ("seed: 1\nseed: 2\n", [], "a.run:2:1: "), ("metrics: {a: x}\n", [], "a.run:1:14: metrics.a: expected"),
        ("parameters: {a: 1}\n", ["-p", "a.b=1"], "parameters.a: it is 1 there, and no mapping"),
        ("metrics: {a: {file: x.csv}}\n", ["-m", "a=1"], "metrics.a: it is read from a file"),
        ("error: x\n", ["--state", "succeeded"], "it would be no valid marker: state is succeeded"),
    ])
    func `what cannot be is told with its place, and the marker stays`(
        before: String, arguments: [String], reason: String
    ) async throws {
        let world = try Sandbox()
        let file = world.root.appending("home/a.run")
        try world.write(before, to: file)
        let output = try await world.run(world.program, ["mark"] + arguments + ["a.run"])
        #expect(output.exit == .status(1))
        #expect(output.errors.contains(reason), "\(output.errors)")
        #expect(try world.text(of: file) == before)
        #expect(try await world.shell("ls -A").text == "a.run\n")
    }

    @Test(arguments: [
        ["-e", "my-exp"], ["-m", "loss=low"], ["-m", "loss"], ["-p", "=1"], ["--state", "done"], ["--pid", "0"],
        ["--error", "x", "--state", "succeeded"], ["--run", ""], ["-p", "a=[1"],
    ])
    func `what is wrong on the command line is told, and nothing is written`(arguments: [String]) async throws {
        let world = try Sandbox()
        let output = try await world.run(world.program, ["mark"] + arguments + ["a.run"])
        #expect(output.exit == .status(64))
        #expect(!output.errors.isEmpty)
        #expect(try await world.shell("ls -A").text.isEmpty)
    }

    @Test(arguments: [
        (
            "ln -s b.run a.run; echo 'result: 1' > b.run", "a.run",
            "it is a symbolic link, which the agent does not follow (mark b.run)"
        ),
        ("ln -s nowhere a.run", "a.run", "it is a symbolic link"), ("mkfifo a.run", "a.run", "no regular file"),
        ("mkdir a.run", "a.run", "no regular file"), ("true", "gone/a.run", "opening its folder"),
        ("true", "..", "it names no file"),
    ])
    func `only a file of its own is written`(script: String, file: String, reason: String) async throws {
        let world = try Sandbox()
        _ = try await world.shell(script)
        let before = try await world.shell("ls -lA --time-style=full-iso")
        let output = try await world.run("mark", "--result", "2", file)
        #expect(output.exit == .status(1))
        #expect(output.errors.contains(reason), "\(output.errors)")
        #expect(try await world.shell("ls -lA --time-style=full-iso").text == before.text)
    }

    @Test func `a folder behind a link is no hindrance`() async throws {
        let world = try Sandbox()
        let output = try await world.shell(
            "mkdir real; ln -s real link; trialwatch mark --result 1 link/a.run; cat real/a.run")
        #expect(output.text == "{\n\"result\": 1\n}\n")
    }

    @Test func `permissions stay, and a new file gets what the mask leaves`() async throws {
        let output = try await Sandbox().shell(
            """
            umask 027; trialwatch mark new.run; touch old.run; chmod 666 old.run; trialwatch mark --result 1 old.run
            stat -c '%a %n' *.run
            """)
        #expect(output.text == "640 new.run\n666 old.run\n")
    }

    @Test(arguments: [
        ("projects: [{path: ~/project}]", "project/a.txt", "call it one of *.run, *.run.yaml"),
        ("projects: [{path: ~/project, markers: ['*.trial']}]", "project/a.run", "call it one of *.trial"),
        ("projects: []", "project/a.run~", "call it one of *.run"),
        ("projcts: []", "project/a.run", "projcts: unknown key"),
        ("projects: [{path: ~/project, markers: ['*.trial']}]", "project/a.trial", nil),
        ("projects: [{path: ~/project, markers: ['*.trial']}]", "project/.trialwatch/a.run", nil),
        ("projects: []", "project/a.run.json", nil),
    ])
    func `a name that is no marker's is written, with a warning`(
        configuration: String, file: String, warning: String?
    ) async throws {
        let world = try Sandbox()
        try world.configure(configuration + "\n")
        _ = try await world.shell("mkdir -p project/.trialwatch")
        let output = try await world.run("mark", "--result", "1", file)
        #expect(output.exit == .status(0))
        #expect(output.errors.isEmpty == (warning == nil), "\(output.errors)")
        if let warning { #expect(output.errors.contains(warning), "\(output.errors)") }
        #expect(try world.text(of: world.root.appending("home").appending(file)) == "{\n\"result\": 1\n}\n")
    }

    @Test func `a folder that stays locked is told after five seconds`() async throws {
        let output = try await Sandbox().shell("flock . trialwatch mark --result 1 a.run; echo $?; ls -A")
        #expect(output.text == "1\n")
        #expect(output.errors.contains("its folder is locked"))
    }

    @Test func `the agent makes one trial of what is marked step by step`() async throws {
        let world = try Sandbox()
        _ = try world.makeProject()
        try world.configure("projects: [{path: ~/project, experiment: e}]\n")
        let agent = try await world.startAgent()
        let output = try await world.shell(
            """
            cd project; trialwatch mark --state running -p lr=0.1 a.run; trialwatch flush
            for i in 3 2 1; do trialwatch mark -m loss=$i a.run; done
            trialwatch mark --result 7 --state succeeded a.run
            """)
        #expect(output.errors.isEmpty)
        try await world.flush()
        let trial = try await world.run("show", "e", "1", "--json").json()
        #expect(trial["result"] == 7)
        #expect(try await world.run("history", "e", "--json").json().array?.count == 1)
        #expect(try await world.run("history", "e", "--json").json()[0]?["metrics"]?["loss"]?.double == 1)
        #expect(await agent.stop() == .status(0))
    }
}
