import SystemCalls
import SystemPackage
import Testing
import Trials
import YAML

@testable import TrialAgent

@Suite struct `The configuration` {
    let sandbox: ConfigurationSandbox

    init() throws { sandbox = try ConfigurationSandbox() }

    @Test func `the example shows every key with its default`() throws {
        let path = FilePath(#filePath).removingLastComponent().appending("../../../agent.yaml.example")
            .lexicallyNormalized()
        let bytes = try OwnedDescriptor(opening: path, .readOnly).readToEnd(limit: 1 << 20)
        let configuration = try sandbox.read(String(decoding: bytes, as: UTF8.self))
        let entry = try #require(configuration.projects.first)
        var expected = Configuration(sandbox.surroundings)
        expected.files = [sandbox.file]
        expected.backend = configuration.backend
        expected.projects = [ProjectSettings(path: entry.path, origin: entry.origin)]
        #expect(configuration == expected)
        #expect(configuration.backend.kind == "local")
        #expect(configuration.backend.source == .settings(YAMLNode(.null)))

        // Nothing that may be written is left out of it.
        let document = try YAMLNode.parse(bytes, file: "agent.yaml.example")
        var reader = ConfigurationReader(file: sandbox.file, surroundings: sandbox.surroundings, kinds: TestKinds())
        var fields = try #require(YAMLFields(document, findings: reader.findings))
        reader.read(&fields, into: &expected)
        #expect(Set(fields.asked) == Set(document.mapping?.entries.map(\.key) ?? []))
        let project = try #require(document.mapping?["projects"]?.sequence?.first)
        var projectFields = try #require(YAMLFields(project, findings: reader.findings))
        _ = reader.project(&projectFields, backends: [])
        #expect(Set(projectFields.asked) == Set(project.mapping?.entries.map(\.key) ?? []))
    }

    @Test func `everything that can be set is taken over`() throws {
        let configuration = try sandbox.read(
            """
            backends:
              team: {local: {directory: /srv/trials}}
              cache: redis://:secret@localhost:6379/0
            backend: team
            projects:
              - path: ~/work/resnet
                experiment: big_resnet
                markers: "*.trial"
                ignore: [data/, "!venv/"]
                code: [train.py, "src/**/*.py"]
                python: .venv
                snapshot: {max_file: 1MiB, bundle: true}
                backend: cache
                backfill: true
                environment_variables: [WANDB_MODE, "NCCL_*"]
                owners: [grace, 1001]
                grace: 5s
                unknown_exit: aborted
                poll_interval: 1s
            settle: 100ms
            rescan: 1m
            state: ~/state
            log: {level: debug, format: json}
            allow_root: true
            """)
        let project = try #require(configuration.projects.first)
        let home = sandbox.surroundings.home
        #expect(project.path.exact == home.appending("work/resnet"))
        #expect(project.experiment?.text == "big_resnet")
        #expect(project.markers.matches("x.trial") && !project.markers.matches("x.run"))
        #expect(project.ignore.ignores("data", isDirectory: true) && !project.ignore.ignores("venv", isDirectory: true))
        #expect(project.code.map(\.text) == ["train.py", "src/**/*.py"])
        #expect(project.python == ".venv")
        #expect(project.snapshot.maxFile == ByteCount(bytes: 1 << 20))
        #expect(project.backend?.name == "cache")
        #expect(project.owners == [.name("grace"), .identifier(1001)])
        #expect(project.grace == .seconds(5))
        #expect(project.unknownExit.state == .aborted)
        #expect(configuration.backend.name == "team")
        #expect(configuration.settle == .milliseconds(100))
        #expect(configuration.state == home.appending("state"))
        #expect(configuration.log.format == .json)
        #expect(configuration.allowRoot)
        #expect(configuration.notYetImplemented.map(\.keyPath) == ["projects[0].snapshot"])
        #expect(configuration.notYetImplemented.first?.position?.line == 12)
        #expect(!"\(configuration)".contains("secret"))
    }

    @Test func `all that is wrong is told at once`() throws {
        let problems = try sandbox.problems(
            """
            backends:
              here: {local: {directroy: /srv}}
              there: {locl: {}}
              "no good": {local: }
            backend: heer
            projects:
              - path: ~/work/resnet
                experiment: my-exp
                pollinterval: 5s
                markers: ["a/*.run", "[x"]
                code: ../train.py
                unknown_exit: fail
              - experiment: x
              - path: /srv/**/x
              - path: $NOWHERE/x
            settle: 1h
            notify: {on: [faild], webhook: ftp://x}
            setle: 1s
            """)
        #expect(
            problems == [
                "agent.yaml:2:18: backends.here.local.directroy: unknown key (did you mean directory?)",
                "agent.yaml:3:11: backends.there.locl: there is no such kind of backend in this version; it has local, redis (did you mean local?)",
                "agent.yaml:4:3: backends.no good: expected a name of letters, digits, - and _ (at most 64)",
                "agent.yaml:5:10: backend: no backend of this name stands under backends: (did you mean here?)",
                "agent.yaml:8:17: projects[0].experiment: my-exp is no Python identifier of at most 120 bytes (did you mean my_exp?)",
                "agent.yaml:9:5: projects[0].pollinterval: unknown key (did you mean poll_interval?)",
                "agent.yaml:10:15: projects[0].markers[0]: a pattern for markers is compared with the file's name; it cannot hold a /",
                "agent.yaml:10:26: projects[0].markers[1]: the bracket [ has no end; write \\[ for a bracket in the name",
                "agent.yaml:11:11: projects[0].code: expected a path or pattern inside the project, relative to its folder",
                "agent.yaml:12:19: projects[0].unknown_exit: expected failed, succeeded, aborted or lost, found \"fail\" (did you mean failed?)",
                "agent.yaml:13:5: projects[1]: the key path is missing: which folder is the project?",
                "agent.yaml:14:11: projects[2].path: ** would make a project of every folder in a project; use * for one level",
                "agent.yaml:15:11: projects[3].path: the variable NOWHERE is not set; ${NOWHERE:-default} gives it a default",
                "agent.yaml:16:9: settle: expected a duration from 20ms to 1m, found \"1h\"",
                "agent.yaml:17:15: notify.on[0]: expected succeeded, failed, aborted or lost, found \"faild\" (did you mean failed?)",
                "agent.yaml:17:32: notify.webhook: expected an address that begins with https:// or http://",
                "agent.yaml:18:1: setle: unknown key (did you mean settle?)",
            ])
    }

    @Test func `commits that share leaves no room for are no wish that goes unheard`() throws {
        #expect(
            try sandbox.problems("projects: [{path: ~/x, snapshot: {bundle: true, share: 0}}]") == [
                "agent.yaml:1:43: projects[0].snapshot.bundle: share: 0 keeps nothing in the store, no commits either; leave one of the two out"
            ])
        #expect(try sandbox.read("projects: [{path: ~/x, snapshot: {bundle: false, share: 0}}]").projects.count == 1)
    }

    @Test func `a file that is no YAML is told with its place`() throws {
        #expect(try sandbox.problems("projects: [\n").first?.hasPrefix("agent.yaml:2:1: did not find") == true)
        #expect(try sandbox.problems("- 1\n") == ["agent.yaml:1:1: expected a mapping (key: value), found a list"])
    }

    @Test func `nothing written is the defaults`() throws {
        var expected = Configuration(sandbox.surroundings)
        #expect(try Configuration.read(nil, in: sandbox.surroundings, backends: TestKinds()) == expected)
        let configuration = try sandbox.read("# nothing\n")
        expected.files = [sandbox.file]
        expected.backend = configuration.backend
        #expect(configuration == expected)
    }

    @Test func `files in conf_d add projects, in the order of their names, and nothing else`() throws {
        let folder = sandbox.file.removingLastComponent()
        try sandbox.write("projects: [{path: ~/b, backend: team}]", to: folder.appending("conf.d/b.yaml"))
        try sandbox.write("projects: [{path: ~/a}]", to: folder.appending("conf.d/a.yaml"))
        try sandbox.write("settle: 1s", to: folder.appending("conf.d/ignored.txt"))
        let text = "backends: {team: {local: {directory: /srv}}}\nprojects: [{path: ~/z}]\n"
        let configuration = try sandbox.read(text)
        #expect(configuration.projects.compactMap { $0.path.exact?.lastComponent?.string } == ["z", "a", "b"])
        #expect(configuration.projects[2].backend?.name == "team")
        #expect(configuration.files.count == 3)

        try sandbox.write("settle: 1s\nprojects: [{pth: x}]", to: folder.appending("conf.d/c.yaml"))
        #expect(
            try sandbox.problems(text) == [
                "conf.d/c.yaml:1:1: settle: only projects: may stand in a file of conf.d; write this into agent.yaml",
                "conf.d/c.yaml:2:12: projects[0]: the key path is missing: which folder is the project?",
                "conf.d/c.yaml:2:13: projects[0].pth: unknown key (did you mean path?)",
            ])
    }
}
