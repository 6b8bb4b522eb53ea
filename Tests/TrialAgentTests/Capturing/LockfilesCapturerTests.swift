import Bytes
import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials

@testable import TrialAgent

@Suite struct LockfilesCapturerTests {
    let ground: CaptureGround
    let subject: CaptureSubject

    init() throws {
        ground = try CaptureGround()
        try FileSystem.makeDirectory(ground.path.appending("project"))
        var subject = ground.subject(variables: ["PATH": ""])
        subject.project = "\(ground.path)/project"
        self.subject = subject
    }

    private func made(_ subject: CaptureSubject? = nil) throws -> MadeCapture {
        var made = MadeCapture(TrialCapture(began: .now, agent: "1"))
        made.take(try LockfilesCapturer().capture(subject ?? self.subject))
        return made
    }

    @Test(arguments: [
        "uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pixi.lock", "conda-lock.yml", "environment.yml",
        "environment.yaml", "requirements.txt", "requirements-dev.txt", "pyproject.toml", "renv.lock", "Project.toml",
        "Manifest.toml", "JuliaProject.toml", "JuliaManifest.toml", "Manifest-v1.11.toml", "JuliaManifest-v1.12.toml",
        "Dockerfile", "apptainer.def", "flake.lock",
    ])
    func `each file of the list is recorded and kept by its content`(name: String) throws {
        let file = try ground.write("project/\(name)", "what it takes: größe ✓\n")
        let made = try made()
        let digest = SHA256.digest(of: "what it takes: größe ✓\n").hex
        let modified = Timestamp(atNanoseconds: Int(try FileStatus(of: file).modified))
        #expect(
            made.record.lockfiles == [ArtifactFacts(path: name, size: 27, modified: modified, sha256: digest)])
        #expect(
            made.parts.map(\.reference) == [PartReference(digest: digest, size: 27, role: .lockfile, name: name)])
        #expect(made.parts.map(\.bytes) == [Array("what it takes: größe ✓\n".utf8)])
        #expect(made.record.problems == [])
    }

    @Test(arguments: [
        ".env", "secrets.yml", "credentials.json", "uv.lock.orig", "requirements.in", "sub/uv.lock",
        "Manifest-v1.11.toml.bak", "OtherManifest.toml",
    ])
    func `no other file is read`(name: String) throws {
        try ground.write("project/\(name)", "x")
        let made = try made()
        #expect(made.record.lockfiles == [])
        #expect(made.record.problems == [])
    }

    @Test func `what is not read is a problem, and the rest is kept`() throws {
        try ground.write("project/uv.lock", "x")
        try ground.write("elsewhere", "x")
        try FileSystem.makeSymbolicLink(
            at: ground.path.appending("project/poetry.lock"), to: ground.path.appending("elsewhere"))
        try makePipe(ground.path.appending("project/pdm.lock"))
        let made = try made()
        #expect(made.record.lockfiles.map(\.path) == ["uv.lock"])
        #expect(made.record.problems.count == 2)
        #expect(made.record.problems.contains { $0.hasPrefix("poetry.lock was left out") })
        #expect(made.record.problems.contains { $0.hasPrefix("pdm.lock was left out") })
    }

    @Test func `a large file is recorded by its hash, and that it is not kept is said`() throws {
        let text = String(repeating: "x", count: LockfilesCapturer.largestKept + 1)
        try ground.write("project/uv.lock", text)
        let made = try made()
        #expect(made.record.lockfiles.map(\.sha256) == [SHA256.digest(of: text).hex])
        #expect(made.parts.isEmpty)
        #expect(made.record.problems.count == 1)
        #expect(made.record.problems.first?.hasPrefix("uv.lock is recorded by its hash and not kept") == true)
    }

    @Test func `no more is kept in all than there is room for`() throws {
        let count = LockfilesCapturer.mostKept / LockfilesCapturer.largestKept + 1
        let text = String(repeating: "y", count: LockfilesCapturer.largestKept)
        for number in 1...count { try ground.write("project/requirements-\(number).txt", text) }
        let made = try made()
        #expect(made.record.lockfiles.count == count)
        #expect(made.parts.count == count - 1)
        #expect(made.record.problems.count == 1)
    }

    @Test func `files beyond the most that are recorded are left out, which is said`() throws {
        for number in 0...LockfilesCapturer.mostFiles { try ground.write("project/requirements\(number).txt", "x") }
        let made = try made()
        #expect(made.record.lockfiles.count == LockfilesCapturer.mostFiles)
        #expect(made.record.problems.count == 1)
    }

    @Test(arguments: [
        ("--index-url https://ada:secret@pypi.example.org/simple", false),
        ("git+https://ghp_abc@github.com/o/r.git", false), ("url = \"https://h/a.whl?X-Amz-Signature=1\"", false),
        ("https://h/a?access_token=1", false), ("https://${USER}:${TOKEN}@h/simple", true),
        ("git+ssh://git@github.com/o/r.git", true), ("https://h/a.whl?raw=true#sha256=00", true),
        ("mail = 'ada@example.org' # see https://example.org", true), ("https://h/a?token=$TOKEN", true),
        ("https://h/path@1.0", true),
    ])
    func `a file with a secret in an address is not kept`(line: String, isKept: Bool) throws {
        try ground.write("project/requirements.txt", "numpy\n\(line)\n")
        let made = try made()
        #expect(made.record.lockfiles.count == 1)
        #expect(made.parts.isEmpty == !isKept)
        #expect(made.record.problems.count == (isKept ? 0 : 1))
    }

    @Test(arguments: [("../.venv", "/uv.lock"), ("member/.venv", "member/uv.lock"), ("../../other/.venv", nil)])
    func `the lockfile beside the environment counts, above the project or below it, and nowhere else`(
        environment: String, recorded: String?
    ) throws {
        var subject = subject
        subject.configuredPython = environment
        let place = FilePath("project").pushing(FilePath(environment)).lexicallyNormalized()
        let folder = environment.hasPrefix("../../") ? FilePath("other/.venv") : place
        if environment.hasPrefix("../../") {
            // The project one level further down, so that the other folder is no parent of it.
            subject.project = "\(ground.path)/a/project"
            try FileSystem.makeDirectories(FilePath(subject.project))
        }
        try ground.write("\(folder)/pyvenv.cfg", "home = /usr/bin\nversion = 3.11.2\n")
        try ground.write("\(folder)/lib/python3.11/site-packages/x")
        try ground.write("\(folder.removingLastComponent().appending("uv.lock"))", "x")
        let paths = try made(subject).record.lockfiles.map(\.path)
        #expect(paths == (recorded.map { $0.hasPrefix("/") ? [ground.path.string + $0] : [$0] } ?? []))
    }

    @Test func `bytes that are not those of the hash are not kept`() throws {
        try ground.write("project/uv.lock", "x")
        var part = try LockfilesCapturer().capture(subject)
        part.lockfiles[0].content = Base64.text(Array("y".utf8))
        var made = MadeCapture(TrialCapture(began: .now, agent: "1"))
        made.take(part)
        #expect(made.parts.isEmpty)
        #expect(made.record.problems.count == 1)
    }
}
