import SystemCalls
import SystemPackage
import Testing
import Trials

@testable import TrialAgent

@Suite struct PoetryEnvironmentsTests {
    let ground: CaptureGround
    var subject: CaptureSubject

    init() throws {
        ground = try CaptureGround()
        try ground.write("project/pyproject.toml", "[project]\nname = \"digits\"\n")
        subject = ground.subject(variables: ["PATH": "", "HOME": ground.path.string])
        subject.project = "\(ground.path)/project"
    }

    private func make(_ version: String, in folder: String = ".cache/pypoetry/virtualenvs", for project: String? = nil)
        throws -> String
    {
        let hash = PoetryEnvironments.hash(of: FilePath(project ?? subject.project))
        let name = "\(folder)/digits-\(hash)-py\(version)"
        try ground.write("\(name)/pyvenv.cfg", "home = /nonexistent/bin\nversion = \(version).1\n")
        try ground.write("\(name)/lib/python\(version)/site-packages/x")
        return "\(ground.path)/\(name)"
    }

    private func found() throws -> (prefix: String?, source: String?) {
        let part = try PythonCapturer().capture(subject)
        return (part.environment[.python]?.fields?["Python Prefix"]?.plain, part.interpreter?.source)
    }

    // As `poetry env use` names it (Poetry 2.5.1).
    @Test(arguments: [("/tmp/digits", "IzcBYXMU"), ("/home/ada/größe", "LPMYEh-w")])
    func `a project's environment is known by Poetry's own hash of its folder`(project: String, hash: String) {
        #expect(PoetryEnvironments.hash(of: FilePath(project)) == hash)
    }

    @Test(arguments: [
        ("HOME", "", ".cache/pypoetry/virtualenvs"), ("XDG_CACHE_HOME", "/c", "c/pypoetry/virtualenvs"),
        ("POETRY_CACHE_DIR", "/p", "p/virtualenvs"), ("POETRY_VIRTUALENVS_PATH", "/v", "v"),
    ])
    mutating func `the environment is found where Poetry keeps it`(variable: String, value: String, folder: String)
        throws
    {
        subject.variables[variable] = ground.path.string + value
        let place = try make("3.11", in: folder)
        let found = try found()
        #expect(found.prefix == place)
        #expect(found.source == "poetry")
    }

    @Test func `of several the one that is activated counts, else that of the newest Python`() throws {
        let older = try make("3.9")
        let newer = try make("3.10")
        #expect(try found().prefix == newer)
        let hash = PoetryEnvironments.hash(of: FilePath(subject.project))
        try ground.write(
            ".cache/pypoetry/virtualenvs/envs.toml",
            "[other-xxxxxxxx]\nminor = \"3.10\"\n\n[digits-\(hash)]\nminor = \"3.9\"\npatch = \"3.9.18\"\n")
        #expect(try found().prefix == older)
    }

    @Test func `the environment of another project is not taken, nor one of a project without pyproject.toml`() throws {
        _ = try make("3.11", for: "/elsewhere")
        #expect(throws: AgentError.self) { try found() }
        _ = try make("3.11")
        #expect(try found().source == "poetry")
        try FileSystem.remove(ground.path.appending("project/pyproject.toml"))
        #expect(throws: AgentError.self) { try found() }
    }
}
