import Glibc
import SystemCalls
import SystemPackage
import Testing
import YAML

@testable import TrialAgent

@Suite struct `Finding the configuration` {
    let sandbox: ConfigurationSandbox

    init() throws { sandbox = try ConfigurationSandbox() }

    @Test func `the first of the places that has one wins`() throws {
        var surroundings = sandbox.surroundings
        let system = sandbox.root.appending("etc")
        func located(_ option: FilePath? = nil) throws -> FilePath? {
            try Configuration.locate(option: option, in: surroundings, systemFolder: system)
        }
        #expect(try located() == nil)
        try sandbox.write("", to: system.appending("agent.yaml"))
        #expect(try located() == system.appending("agent.yaml"))
        try sandbox.write("", to: system.appending("ada.yaml"))
        #expect(try located() == system.appending("ada.yaml"))
        try sandbox.write("", to: sandbox.file)
        #expect(try located() == sandbox.file)
        surroundings.variables["XDG_CONFIG_HOME"] = sandbox.root.appending("xdg").string
        try sandbox.write("", to: sandbox.root.appending("xdg/trialwatch/agent.yaml"))
        #expect(try located() == sandbox.root.appending("xdg/trialwatch/agent.yaml"))
        surroundings.variables["TRIALWATCH_CONFIG"] = "named.yaml"
        #expect(try located() == sandbox.root.appending("named.yaml"))
        #expect(try located("sub/../mine.yaml") == sandbox.root.appending("mine.yaml"))
    }

    @Test func `a file that cannot be read is told, not waited for`() throws {
        let folder = sandbox.file.removingLastComponent()
        func problem(_ path: FilePath) throws -> String {
            do throws(YAMLProblems) {
                _ = try Configuration.read(path, in: sandbox.surroundings, backends: TestKinds())
                return ""
            } catch {
                return String(error.description.dropFirst(folder.string.count + 1))
            }
        }
        let fifo = folder.appending("fifo.yaml")
        #expect(fifo.withPlatformString { mkfifo($0, 0o600) } == 0)
        #expect(try problem(fifo) == "fifo.yaml: cannot be read: expected a regular file")
        #expect(
            try problem(folder.appending("none.yaml"))
                == "none.yaml: cannot be read: there is no such file (trialwatch init writes one)")
        try sandbox.write(String(repeating: "#", count: 2 << 20), to: folder.appending("big.yaml"))
        #expect(
            try problem(folder.appending("big.yaml")).hasPrefix("big.yaml: cannot be read: more than 1048576 bytes"))
    }
}

@Suite struct `Filling in texts` {
    let sandbox: ConfigurationSandbox

    init() throws { sandbox = try ConfigurationSandbox() }

    var expansion: TextExpansion {
        var surroundings = sandbox.surroundings
        surroundings.home = "/home/ada"
        surroundings.variables = [
            "DATA": "/data", "EMPTY": "", "CREDENTIALS_DIRECTORY": sandbox.root.appending("cred").string,
        ]
        return TextExpansion(surroundings, base: "/etc/trialwatch")
    }

    @Test(arguments: [
        ("~", "/home/ada"), ("~/x", "/home/ada/x"), ("$DATA/x", "/data/x"), ("${DATA}x", "/datax"),
        ("${EMPTY:-d}/x", "d/x"),
        ("${NONE:-a:-b}", "a:-b"), ("$$HOME", "$HOME"), ("a$$", "a$"), ("x~", "x~"), ("plain", "plain"),
    ])
    func `variables, defaults and home are filled in`(written: String, expected: String) throws {
        #expect(try expansion.expand(written).text == expected)
    }

    @Test(arguments: [
        "~bob/x", "$", "$1", "${DATA", "${}", "$NONE", "$EMPTY", "${1:-x}", "${credential:../x}", "${credential:none}",
    ])
    func `what cannot be filled in is refused`(written: String) {
        #expect(throws: ExpansionError.self) { try expansion.expand(written) }
    }

    @Test func `a credential is filled in and never shown`() throws {
        try sandbox.write("s3cret!\n", to: sandbox.root.appending("cred/mongo"))
        let findings = YAMLFindings(file: "f")
        let item = YAMLItem(
            YAMLNode(.text("mongodb://ada:${credential:mongo}@db/lab?x=${credential:mongo}")), keyPath: "backend",
            findings: findings)
        let text = try #require(expansion.concealed(item))
        #expect(text.revealed == "mongodb://ada:s3cret!@db/lab?x=s3cret!")
        var dumped = ""
        dump(text, to: &dumped)
        for shown in ["\(text)", text.debugDescription, "\([text])", dumped] { #expect(!shown.contains("s3cret")) }
        let path = YAMLItem(YAMLNode(.text("/x/${credential:mongo}")), keyPath: "state", findings: findings)
        #expect(expansion.path(path) == nil)
        #expect(findings.problems.count == 1)
        #expect(!"\(findings.problems)".contains("s3cret"))
    }

    @Test(arguments: [
        ("redis://:pw@host/0", "redis://:***@host/0"), ("mongodb://u:p@w@host/db", "mongodb://u:***@host/db"),
        ("mongodb://u:p/w@host/db", "mongodb://u:***@host/db"), ("redis://host:6379/0", "redis://host:6379/0"),
        ("redis://u@host:1", "redis://u@host:1"),
    ])
    func `a password in an address is not shown`(written: String, shown: String) {
        #expect(ConcealedText(revealed: written, written: written).shown == shown)
    }

    @Test func `relative paths begin in the file's folder`() throws {
        let findings = YAMLFindings(file: "f")
        func path(_ text: String) -> FilePath? {
            expansion.path(YAMLItem(YAMLNode(.text(text)), keyPath: "", findings: findings))
        }
        #expect(path("x/../y/./z") == "/etc/trialwatch/y/z")
        #expect(path("~/x/") == "/home/ada/x")
        #expect(path("") == nil)
    }

    @Test func `a process knows its own surroundings`() throws {
        let surroundings = try Surroundings.ofThisProcess()
        #expect(surroundings.variables["PATH"]?.isEmpty == false)
        #expect(surroundings.workingDirectory.isAbsolute)
        #expect(surroundings.userIdentifier == geteuid())
        #expect(surroundings.home.isAbsolute)
    }
}
