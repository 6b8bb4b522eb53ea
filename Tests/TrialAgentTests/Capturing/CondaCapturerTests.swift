import JSON
import SystemCalls
import SystemPackage
import Testing
import Trials

@testable import TrialAgent

@Suite struct CondaCapturerTests {
    private static let notes = FilePath(#filePath).removingLastComponent().appending("Conda")

    /// Who wrote the notes of the tree in `Conda`.
    enum Maker: String, CaseIterable {
        /// The library that pixi installs with.
        case rattler
        /// Nobody's tool: they are written after conda's published schema, as there was no conda to write them.
        case schema
    }

    @Test(arguments: Maker.allCases)
    func `an environment made by rattler, and one made after conda's schema, is listed as conda list does`(
        maker: Maker
    ) throws {
        let ground = try CaptureGround()
        try ground.write("env/lib/python3.12/os.py")
        let notes = try SafeFolder(Self.notes.appending(maker.rawValue), owners: [User.currentIdentifier, 0])
        var explicit: [String] = []
        var listed: [String] = []
        for entry in try notes.entries() {
            let bytes = try notes.read(FilePath(root: nil, [entry.name]), limit: 1 << 20)
            try ground.write("env/conda-meta/\(entry.name.string)", String(decoding: bytes, as: UTF8.self))
            guard entry.name.extension == "json" else { continue }
            let note = try JSON(parsing: bytes)
            func text(_ key: String) throws -> String { try #require(note[key]?.string) }
            listed.append("\(try text("name")) \(try text("version")) \(try text("build"))")
            explicit.append("\(try text("url"))#\(try text("md5"))")
        }
        #expect(listed.count == 4)
        var subject = ground.subject()
        subject.configuredPython = "env"
        let part = try CondaCapturer().capture(subject)
        let lines = try #require(part.environment[.conda]?.plain).split(separator: "\n").map(String.init)
        #expect(lines.prefix(2) == ["conda: not in this environment", "environment: \(ground.path)/env"])
        let end = try #require(lines.firstIndex(of: "@EXPLICIT"))
        #expect(lines[..<end].suffix(4) == listed.sorted()[...])
        #expect(lines[(end + 1)...].sorted() == explicit.sorted())
        #expect(part.problems == [])
        #expect(try PythonCapturer().capture(subject).interpreter?.version == "3.12.1")
    }
}
