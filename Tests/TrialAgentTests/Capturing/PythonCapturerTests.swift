import SystemCalls
import SystemPackage
import Testing
import Trials

@testable import TrialAgent

@Suite struct PythonCapturerTests {
    let ground: CaptureGround
    var subject: CaptureSubject

    init() throws {
        ground = try CaptureGround()
        // An installation, and links to it as a distribution makes them.
        try ground.write("base/lib/python3.11/os.py")
        try ground.write("base/include/python3.11/patchlevel.h", "#define PY_VERSION             \"3.11.7\"\n")
        try ground.program("base/bin/python3.11", "\u{7F}ELF")
        try FileSystem.makeSymbolicLink(at: ground.path.appending("base/bin/python3"), to: "python3.11")
        subject = ground.subject(variables: ["PATH": "\(ground.path)/base/bin"])
        subject.project = ground.path.appending("project").string
        try FileSystem.makeDirectory(FilePath(subject.project))
    }

    private func virtualEnvironment(_ name: String, settings: String = "") throws {
        try ground.write(
            name + "/pyvenv.cfg", "home = \(ground.path)/base/bin\nversion = 3.11.2\n" + settings)
        try ground.write(name + "/lib/python3.11/site-packages/x")
        try FileSystem.makeDirectory(ground.path.appending(name).appending("bin"))
        let link = ground.path.appending(name).appending("bin/python")
        try FileSystem.makeSymbolicLink(at: link, to: ground.path.appending("base/bin/python3"))
    }

    private func document() throws -> Fields {
        try #require(try PythonCapturer().capture(subject).environment[.python]?.fields)
    }

    @Test func `the document has daskperiment's nine keys in its order, and our own name and path`() throws {
        try virtualEnvironment("project/.venv")
        let fields = try document()
        #expect(
            fields == [
                "Python Implementation": .text("CPython"), "Python Version": .text("3.11.7"),
                "Python Shell Mode": .text("File"), "Python Prefix": .text("\(ground.path)/project/.venv"),
                "Python Base Prefix": .text("\(ground.path)/base"), "Python venv Flag": .bool(true),
                "Python venv Name": .text(".venv"), "Daskperiment Version": .text("trialwatch 1.2.3"),
                "Daskperiment Path": .text("/usr/bin/trialwatch"),
            ])
    }

    @Test func `an installation is no virtual environment`() throws {
        let fields = try document()
        #expect(fields["Python Prefix"] == fields["Python Base Prefix"])
        #expect(fields["Python venv Flag"] == .bool(false))
        #expect(fields["Python venv Name"] == .text(""))
    }

    @Test mutating func `the marker comes before the configuration, the project's own environment and PATH`() throws {
        func source(_ subject: CaptureSubject) throws -> String? {
            try PythonCapturer().capture(subject).interpreter?.source
        }
        #expect(try source(subject) == "path")
        subject.variables["CONDA_PREFIX"] = ground.path.appending("conda").string
        try ground.write("conda/conda-meta/python-3.12.1-h1_0.json")
        try ground.write("conda/lib/python3.12/os.py")
        #expect(try source(subject) == "conda")
        try virtualEnvironment("project/env")
        #expect(try source(subject) == "project")
        try virtualEnvironment("other")
        subject.configuredPython = "../other"
        #expect(try source(subject) == "config")
        subject.markerPython = "../other/bin/python"
        #expect(try source(subject) == "marker")
    }

    @Test mutating func `conda's own record tells the version`() throws {
        try ground.write("conda/conda-meta/python-3.12.1-h1_0.json")
        try ground.write("conda/lib/python3.12/os.py")
        subject.configuredPython = ground.path.appending("conda").string
        #expect(try document()["Python Version"] == .text("3.12.1"))
    }

    @Test mutating func `a link into a virtual environment leads to the environment, not to the installation below`()
        throws
    {
        try virtualEnvironment("other")
        let link = FilePath(subject.project).appending("python")
        try FileSystem.makeSymbolicLink(at: link, to: "../other/bin/python")
        subject.markerPython = "python"
        #expect(try document()["Python Prefix"] == .text("\(ground.path)/other"))
    }

    @Test mutating func `links in a circle end, and are no Python`() throws {
        let link = FilePath(subject.project).appending("python")
        try FileSystem.makeSymbolicLink(at: link, to: "python")
        subject.markerPython = "python"
        #expect(throws: AgentError.self) { try document() }
    }

    @Test mutating func `a script that would choose a Python is passed over, and the trial says so`() throws {
        try ground.program("shims/python3", "#!/bin/sh\n")
        subject.variables["PATH"] = "\(ground.path)/shims:\(ground.path)/base/bin"
        let part = try PythonCapturer().capture(subject)
        #expect(part.interpreter?.path == "\(ground.path)/base/bin/python3")
        #expect(part.problems.count == 1)
        #expect(part.problems.first?.contains("shims/python3") == true)
    }

    @Test(
        arguments: [
            ("3.11.7\n", nil, nil, "3.11.7"), ("3.12\n", nil, nil, "3.12.10"),
            ("3.11.7\n", "3.12.9 # why\n", nil, "3.12.9"), ("3.11.7\n", "3.12.9\n", "python-3.12.10", "3.12.10"),
            ("3.11.7\n", "../../base\n", nil, nil), ("3.11.7\n", "system\n", nil, nil),
        ] as [(String, String?, String?, String?)])
    mutating func `a shim of pyenv stands for the version that is in force`(
        general: String, own: String?, variable: String?, version: String?
    ) throws {
        for version in ["3.11.7", "3.12.9", "3.12.10"] {
            try ground.write("pyenv/versions/\(version)/lib/python\(version.prefix(4))/os.py")
        }
        try ground.program("pyenv/shims/python3", "#!/bin/sh\n")
        try ground.write("pyenv/version", general)
        if let own { try ground.write("project/.python-version", own) }
        subject.variables["PATH"] = "\(ground.path)/pyenv/shims:\(ground.path)/base/bin"
        subject.variables["PYENV_VERSION"] = variable
        let prefix = try document()["Python Prefix"]?.plain
        #expect(prefix == ground.path.string + (version.map { "/pyenv/versions/\($0)" } ?? "/base"))
    }

    @Test(arguments: [("PYENV_ROOT", "pyenv"), ("HOME", ".pyenv")])
    mutating func
        `what a project chooses of pyenv counts without shims in PATH, and the user's general choice does not`(
            variable: String, folder: String
        ) throws
    {
        try ground.write("\(folder)/versions/3.12.9/lib/python3.12/os.py")
        try ground.write("\(folder)/version", "3.12.9\n")
        subject.variables[variable] = ground.path.string + (variable == "HOME" ? "" : "/pyenv")
        #expect(try PythonCapturer().capture(subject).interpreter?.source == "path")
        try ground.write("project/.python-version", "3.12\n")
        let part = try PythonCapturer().capture(subject)
        #expect(part.interpreter?.source == "pyenv")
        #expect(
            part.environment[.python]?.fields?["Python Prefix"] == .text("\(ground.path)/\(folder)/versions/3.12.9"))
        // What somebody made active for the agent is nearer to a run than what is chosen for everybody.
        try virtualEnvironment("active")
        subject.variables["VIRTUAL_ENV"] = "\(ground.path)/active"
        #expect(try PythonCapturer().capture(subject).interpreter?.source == "virtualenv")
    }

    @Test func `an environment of pixi with a name of its own counts when it is the only one`() throws {
        try ground.write("project/.pixi/envs/cuda/conda-meta/python-3.12.1-h1_0.json")
        try ground.write("project/.pixi/envs/cuda/lib/python3.12/os.py")
        #expect(try document()["Python Prefix"] == .text("\(subject.project)/.pixi/envs/cuda"))
        try ground.write("project/.pixi/envs/cpu/conda-meta/python-3.11.1-h1_0.json")
        try ground.write("project/.pixi/envs/cpu/lib/python3.11/os.py")
        #expect(try PythonCapturer().capture(subject).interpreter?.source == "path")
        try ground.write("project/.pixi/envs/default/conda-meta/python-3.10.1-h1_0.json")
        try ground.write("project/.pixi/envs/default/lib/python3.10/os.py")
        #expect(try document()["Python Prefix"] == .text("\(subject.project)/.pixi/envs/default"))
    }

    @Test mutating func `an active environment counts when the project has none`() throws {
        try virtualEnvironment("active")
        subject.variables["VIRTUAL_ENV"] = "\(ground.path)/active"
        #expect(try PythonCapturer().capture(subject).interpreter?.source == "virtualenv")
        try virtualEnvironment("project/.venv")
        #expect(try PythonCapturer().capture(subject).interpreter?.source == "project")
    }

    @Test func `capturers of one capture look for Python and packages once, those of the next anew`() throws {
        let python = PythonLook()
        let (first, second) = (PythonCapturer(python), PackagesCapturer(git: nil, python))
        func packages() throws -> String? { try second.capture(subject).environment[.requirements]?.plain }
        func found() throws -> String? { try first.capture(subject).interpreter?.source }
        first.begin()
        #expect(try found() == "path")
        #expect(try packages() == "")
        try virtualEnvironment("project/.venv")
        try ground.write(
            "project/.venv/lib/python3.11/site-packages/new-1.0.dist-info/METADATA", "Name: new\nVersion: 1.0\n")
        #expect(try found() == "path")
        #expect(try packages() == "")
        second.begin()
        #expect(try found() == "project")
        #expect(try packages() == "new==1.0")
        // Outside of a capture nothing is kept.
        let alone = PythonCapturer()
        #expect(try alone.capture(subject).interpreter?.source == "project")
        try FileSystem.remove(ground.path.appending("project/.venv/pyvenv.cfg"))
        #expect(try alone.capture(subject).interpreter?.source == "path")
    }

    @Test(arguments: ["missing", ".", "data.txt"])
    mutating func `what a marker names is never replaced by another Python`(name: String) throws {
        try ground.write("project/data.txt")
        subject.markerPython = name
        let error = #expect(throws: AgentError.self) { try document() }
        #expect(error?.remedy != nil)
    }

    @Test(.timeLimit(.minutes(1))) func `settings that are a pipe, or a link to another file, are none`() throws {
        try ground.write("project/.venv/lib/python3.11/site-packages/x")
        let settings = ground.path.appending("project/.venv/pyvenv.cfg")
        try makePipe(settings)
        #expect(try document()["Python venv Flag"] == .bool(false))
        try FileSystem.remove(settings)
        try ground.write("project/other.cfg", "home = \(ground.path)/base/bin\nversion = 3.11.2\n")
        try FileSystem.makeSymbolicLink(at: settings, to: ground.path.appending("project/other.cfg"))
        #expect(try document()["Python venv Flag"] == .bool(false))
    }

    @Test func `an environment folder that is none is not taken for one`() throws {
        try ground.write("project/env/settings.txt")
        #expect(try PythonCapturer().capture(subject).interpreter?.source == "path")
    }

    @Test(arguments: [
        ("version_info = 3.13.0.candidate.1", "3.13.0rc1"), ("version_info = 3.13.0.final.0", "3.13.0"),
        ("version = 3.13.0", "3.13.0"), ("", "3.13"),
    ])
    func `without a header the environment's own settings tell the version`(settings: String, version: String) throws {
        try ground.write("project/venv/pyvenv.cfg", "home = /nonexistent/bin\n" + settings + "\n")
        try ground.write("project/venv/lib/python3.13/x")
        #expect(try document()["Python Version"] == .text(version))
    }
}

extension CaptureGround {
    /// A file that may be executed.
    func program(_ name: String, _ content: String) throws {
        let file = path.appending(name)
        try FileSystem.makeDirectories(file.removingLastComponent())
        try OwnedDescriptor(opening: file, .writeOnly, options: [.create], permissions: .ownerReadWriteExecute)
            .write(Array(content.utf8))
    }
}
