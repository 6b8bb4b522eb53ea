import Glibc
import SystemCalls
import SystemPackage
import Testing
import Trials

@testable import TrialAgent

/// What NumPy, SciPy and pandas print of themselves, where the interpreter may be run for it.
@Suite struct LibrariesCapturerTests {
    private let ground: CaptureGround
    private var subject: CaptureSubject
    private let site = "env/lib/python3.11/site-packages/"

    init() throws {
        ground = try CaptureGround()
        subject = ground.subject(variables: ["PATH": ""])
        subject.configuredPython = "env/bin/python"
        subject.runsInterpreter = true
        subject.libraryTexts = "\(ground.path)/kept"
        try ground.write("env/pyvenv.cfg", "home = /usr/bin\nversion = 3.11.2\n")
        try ground.write("env/lib/python3.11/os.py")
        try FileSystem.makeDirectories(ground.path.appending("env/bin"))
        for name in ["numpy", "pandas"] {
            try ground.write(site + "\(name)-1.dist-info/METADATA", "Name: \(name)\nVersion: 1\n")
        }
        try interpreter("exec /usr/bin/python3 \"$@\"")
        try ground.write(
            site + "numpy.py", "import os\ndef show_config():\n  print('from', os.getcwd(), sorted(os.environ)[:1])\n")
        try ground.write(site + "pandas.py", "def show_versions():\n  print('\\nversions')\n")
        try ground.write(site + "code.pth", "import os; os.system('touch \(ground.path)/ran')\n")
    }

    private func interpreter(_ body: String) throws {
        let path = try ground.write("env/bin/python", "#!/bin/sh\n\(body)\n")
        #expect(chmod(path.string, 0o755) == 0)
    }

    private func texts(_ subject: CaptureSubject? = nil) throws -> (numpy: String?, pandas: String?, problems: [String])
    {
        let part = try LibrariesCapturer(LibraryPrinter(longest: .seconds(5))).capture(subject ?? self.subject)
        return (part.environment[.numpy]?.plain, part.environment[.pandas]?.plain, part.problems)
    }

    @Test func `what the libraries print is kept as they print it, and printed once for the same packages`() throws {
        for _ in 0..<2 {
            let found = try texts()
            #expect(found.numpy == "from / ['LC_CTYPE']\n" || found.numpy == "from / ['MKL_NUM_THREADS']\n", "\(found)")
            #expect(found.pandas == "\nversions\n")
            #expect(found.problems == [])
        }
        #expect(try FileSystem.entries(of: ground.path.appending("kept")).count == 1)
        #expect(try FileStatus.ifPresent(ground.path.appending("ran")) == nil)
        try ground.write(site + "other-1.dist-info/METADATA", "Name: other\nVersion: 1\n")
        try ground.write(site + "pandas.py", "def show_versions():\n  print('other versions')\n")
        #expect(try texts().pandas == "other versions\n")
        #expect(try FileSystem.entries(of: ground.path.appending("kept")).count == 2)
        // What is kept is taken, whatever the library would print by now.
        try ground.write(site + "pandas.py", "raise SystemExit\n")
        #expect(try texts().pandas == "other versions\n")
    }

    @Test func `without leave, and of an interpreter that only the project or the marker names, none is run`() throws {
        var unasked = subject
        unasked.runsInterpreter = false
        unasked.libraryTexts = nil
        #expect(try texts(unasked).problems == [])
        var barred = subject
        barred.libraryTexts = nil
        #expect(try texts(barred).problems.first?.contains("neither as root nor in a unit of the system's") == true)
        var named = subject
        named.configuredPython = nil
        named.markerPython = "env/bin/python"
        #expect(try texts(named).problems.first?.contains("only an interpreter that the configuration names") == true)
        for subject in [unasked, barred, named] {
            let found = try texts(subject)
            #expect(found.numpy?.hasPrefix("numpy: 1\n") == true)
            #expect(found.numpy?.contains("without running the interpreter") == true)
        }
        #expect(try FileStatus.ifPresent(ground.path.appending("kept")) == nil)
    }

    @Test func `nothing is imported from where a process's PYTHONPATH or a .pth file leads`() throws {
        let canary = "import os; open('\(ground.path)/ran', 'w')\n"
        for folder in ["path", "src"] {
            try ground.write("\(folder)/scipy.py", canary)
            try ground.write("\(folder)/scipy-2.dist-info/METADATA", "Name: scipy\nVersion: 2\n")
        }
        try ground.write("path/numpy.py", canary)
        try ground.write("path/numpy-3.dist-info/METADATA", "Name: numpy\nVersion: 3\n")
        try ground.write(site + "src.pth", "\(ground.path)/src\n")
        try ground.write(site + "pandas.py", "import scipy\ndef show_versions():\n  print('versions')\n")
        var searching = subject
        searching.searchPath = ["\(ground.path)/path"]
        let part = try LibrariesCapturer(LibraryPrinter(longest: .seconds(5))).capture(searching)
        #expect(try FileStatus.ifPresent(ground.path.appending("ran")) == nil)
        // What the run imports is told from its metadata; what is not the environment's is not printed for it.
        #expect(part.environment[.numpy]?.plain?.hasPrefix("numpy: 3\n") == true)
        #expect(part.environment[.scipy]?.plain?.hasPrefix("scipy: 2\n") == true)
        #expect(part.environment[.pandas]?.plain?.hasPrefix("pandas: 1\n") == true)
    }

    @Test(arguments: [
        ("exit 1", "it printed nothing that can be read"), ("echo '{}x'", "it printed nothing that can be read"),
        ("exec sleep 60", "it was not done in 0.5 s"),
        ("exec yes", "it printed more than 4 MiB"),
    ])
    func `a Python that fails or hangs is a problem, and is not run again`(body: String, reason: String) throws {
        try interpreter(body)
        let capturer = LibrariesCapturer(LibraryPrinter(longest: .milliseconds(500)))
        for round in 0..<2 {
            let begun = ContinuousClock.now
            let part = try capturer.capture(subject)
            #expect(part.environment[.numpy]?.plain?.hasPrefix("numpy: 1\n") == true)
            #expect(part.problems.count == 1)
            #expect(part.problems.first?.hasSuffix("failed: \(reason)") == true, "\(part.problems)")
            if round == 1 { #expect(ContinuousClock.now - begun < .milliseconds(400)) }
        }
    }
}
