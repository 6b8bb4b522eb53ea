import SystemCalls
import SystemPackage
import TestFiles
import Testing

@testable import TrialAgent

@Suite struct CommandLineScriptTests {
    @Test func `a script that comes and goes while it is looked for is one, or none`() async throws {
        let files = try TemporaryDirectory()
        try files.file("train.sh", "echo")
        let script = files.path.appending("train.sh")
        let away = files.path.appending("away")
        let moving = Task.detached {
            while !Task.isCancelled {
                try FileSystem.rename(script, to: away)
                try FileSystem.rename(away, to: script)
            }
        }
        let line = CommandLineScript(["sh", "train.sh"], in: files.path)
        var (found, missed) = (0, 0)
        while found < 100 || missed < 100 {
            if line.script(below: files.path) == nil { missed += 1 } else { found += 1 }
        }
        moving.cancel()
        try await moving.value
        #expect(line.script(below: files.path) == "train.sh")
    }

    @Test(arguments: [
        (["python", "train.py"], true), (["python", "-u", "train.py", "-I"], true),
        (["python", "-E", "train.py"], false),
        (["python", "-uI", "train.py"], false), (["python", "-Wignore::ImportWarning", "train.py"], true),
        (["python", "-W", "Error", "train.py"], true), (["python", "-W", "error", "-E", "train.py"], false),
        (["python", "-XImporttime", "-m", "Exp"], true), (["python", "-c", "import E", "-E"], true),
        (["python", "-ucI", "x"], true), (["python", "--check-hash-based-pycs", "-I"], false),
        (["python", "-", "-I"], true),
        (["python"], true), ([], true),
    ])
    func `a PYTHONPATH counts unless Python's own options say otherwise`(command: [String], counts: Bool) {
        let found = CommandLineScript(command, in: "/work").searchPath("lib:/opt/lib")
        #expect(found == (counts ? ["/work/lib", "/opt/lib"] : nil))
    }

    @Test(arguments: [
        (["python3", "train.py"], "ENV/bin:INSTALLATION", nil, "ENV/bin/python3"),
        (["python3", "train.py"], "OTHER:ENV/bin:INSTALLATION", nil, "ENV/bin/python3"),
        (["python3", "train.py"], "INSTALLATION:ENV/bin", nil, "INSTALLATION/python3"),
        (["python3", "train.py"], "ENV/bin:INSTALLATION", "SECOND", "ENV/bin/python3"),
        (["python3", "train.py"], "OTHER", "SECOND", "SECOND/bin/python"),
        (["python3", "train.py"], nil, nil, "INSTALLATION/python3.12"),
        (["ENV/bin/python3", "train.py"], "INSTALLATION", nil, "ENV/bin/python3"),
        (["../env/bin/python3", "train.py"], "INSTALLATION", nil, "ENV/bin/python3"),
        (["train", "train.py"], "ENV/bin", nil, "INSTALLATION/python3.12"),
    ])
    func `a Python is known by the name through which it was found, which leads to its environment`(
        command: [String], path: String?, environment: String?, expected: String
    ) throws {
        let files = try TemporaryDirectory()
        let root = files.path.string
        func place(_ text: String) -> String {
            ["ENV": "env", "SECOND": "second", "OTHER": "other", "INSTALLATION": "usr/bin"].reduce(text) {
                $0.replacing($1.key, with: root + "/" + $1.value)
            }
        }
        try files.file("usr/bin/python3.12", "the interpreter")
        try files.file("other/python3", "another")
        for (name, target) in [
            ("usr/bin/python3", "python3.12"), ("env/bin/python3", root + "/usr/bin/python3"),
            ("second/bin/python", root + "/usr/bin/python3"),
        ] {
            let link = files.path.pushing(FilePath(name))
            try FileSystem.makeDirectories(link.removingLastComponent())
            try FileSystem.makeSymbolicLink(at: link, to: FilePath(target))
        }
        let line = CommandLineScript(command.map(place), in: files.path.appending("project"))
        let found = line.python(
            executable: files.path.appending("usr/bin/python3.12"), path: path.map(place),
            environment: environment.map(place))
        #expect(found == place(expected))
    }

    @Test(arguments: ["python3", "/image/bin/python3"])
    func `a Python whose files are not here is known by its executable, and no folder of PATH is guessed`(name: String)
    {
        let line = CommandLineScript([name, "train.py"], in: "/not/here")
        let found = line.python(
            executable: "/not/here/bin/python3.12", path: "/nor/here:/nor/there", environment: "/nor/env")
        #expect(found == "/not/here/bin/python3.12")
    }

    @Test(arguments: [
        (["python3", "-m", "ipykernel_launcher", "-f", "/run/kernel-5c78feef-7a28-4cee-8724-5ecf5ae63cb7.json"], true),
        (["R", "--slave", "-e", "IRkernel::main()", "--args", "/run/kernel-1234.json"], true),
        (["julia", "/opt/kernel.jl", "/run/kernel-0af.json"], true),
        (["python3", "train.py", "--config", "/conf/kernel-rbf.json"], false),
        (["python3", "train.py", "--config", "configs/kernel-3.json"], false),
        (["python3", "train.py", "/run/kernel-.json"], false), (["/run/kernel-1.json"], false), ([], false),
    ])
    func `a kernel of a notebook is known by the file that says where it listens`(command: [String], isKernel: Bool) {
        #expect(KernelCommand.runsKernel(command) == isKernel)
    }

    @Test func `a kernel's notebook is the one that its session names, where that lies in the project`() throws {
        let ground = try TemporaryDirectory()
        let kernel = CommandLineScript(["python3", "-m", "ipykernel_launcher", "-f", "/run/kernel-1.json"], in: "/")
        for name in ["a.ipynb", "a.py"] {
            try OwnedDescriptor(opening: ground.path.appending(name), .writeOnly, options: .create).write(
                Array("{}".utf8))
        }
        #expect(kernel.notebook("\(ground.path)/a.ipynb", below: ground.path) == "a.ipynb")
        #expect(kernel.notebook("\(ground.path)/a.ipynb", below: "/elsewhere") == nil)
        #expect(kernel.notebook("\(ground.path)/gone.ipynb", below: ground.path) == nil)
        #expect(kernel.notebook("\(ground.path)/a.py", below: ground.path) == nil)
        // What a kernel starts has its session's name, too.
        let started = CommandLineScript(["python3", "-m", "train"], in: "/")
        #expect(started.notebook("\(ground.path)/a.ipynb", below: ground.path) == nil)
    }
}
