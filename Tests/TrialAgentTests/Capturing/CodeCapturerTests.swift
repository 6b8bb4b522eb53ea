import SystemCalls
import SystemPackage
import Testing
import Trials

@testable import TrialAgent

@Suite struct CodeCapturerTests {
    let ground: CaptureGround

    init() throws { ground = try CaptureGround() }

    private func capture(_ globs: String...) throws -> CapturedPart {
        try CodeCapturer().capture(ground.subject(code: globs))
    }

    @Test func `files come in the order of the globs, then by path, each once`() throws {
        for name in ["train.py", "src/b.py", "src/a.py", "src/deep/c.py", "src/notes.txt"] {
            try ground.write(name, "# \(name)\n")
        }
        let part = try capture("train.py", "src/**/*.py", "*.py")
        #expect(part.code?.files.map(\.path) == ["train.py", "src/a.py", "src/b.py", "src/deep/c.py"])
        #expect(part.code?.files.first?.text == "# train.py\n")
        #expect(part.problems.isEmpty)
    }

    @Test func `without globs there is no code, and no problem`() throws {
        let part = try capture()
        #expect(part == CapturedPart())
    }

    @Test func `what is named and not there, and what matches nothing, is a problem`() throws {
        let problems = try capture("gone.py", "src/*.py", "[").problems
        #expect(problems.count == 3)
        #expect(problems[0].contains("gone.py"))
        #expect(problems[1].contains("src/*.py"))
    }

    @Test func `links, FIFOs and paths out of the project are refused, each with its reason`() throws {
        try FileSystem.makeSymbolicLink(at: ground.path.appending("link.py"), to: "/etc/passwd")
        try FileSystem.makeSymbolicLink(at: ground.path.appending("folder"), to: "/etc")
        try makePipe(ground.path.appending("pipe.py"))
        let part = try capture("link.py", "folder/passwd", "pipe.py", "../../etc/passwd", "*.py")
        #expect(part.code?.files == [])
        #expect(part.problems.count == 4)
    }

    @Test func `a glob does not enter environments, and links to folders are not followed`() throws {
        try ground.write("own/pyvenv.cfg")
        try ground.write("own/lib/x.py")
        try ground.write("venv/y.py")
        try ground.write("src/z.py")
        try FileSystem.makeSymbolicLink(at: ground.path.appending("src/loop"), to: "..")
        #expect(try capture("**/*.py").code?.files.map(\.path) == ["src/z.py"])
    }

    @Test func `beyond 200 files the rest is left out, counted and named`() throws {
        for number in 0..<203 { try ground.write("f/\(1000 + number).py", "x") }
        let part = try capture("f/*.py")
        #expect(part.code?.files.count == 200)
        #expect(part.problems.count == 1)
        #expect(part.problems.first?.hasPrefix("code: f/1200.py and 2 more left out") == true)
    }

    @Test func `beyond 4 MiB in all whole files are left out, smaller ones that fit are kept`() throws {
        try ground.write("a.py", String(repeating: "a", count: 3 << 20))
        try ground.write("b.py", String(repeating: "b", count: 2 << 20))
        try ground.write("c.py", "c")
        try ground.write("huge.py", String(repeating: "h", count: (4 << 20) + 1))
        let part = try capture("*.py")
        #expect(part.code?.files.map(\.path) == ["a.py", "c.py"])
        #expect(part.problems.count == 2)
    }

    @Test func `bytes that are no UTF-8 are shown as such, and told`() throws {
        let file = try ground.write("latin.py")
        try OwnedDescriptor(opening: file, .writeOnly).write([0x61, 0xE9, 0x0A])
        let part = try capture("latin.py")
        #expect(part.code?.files.first?.text == "a\u{FFFD}\n")
        #expect(part.problems.count == 1)
    }
}
