import JSON
import ProgramTesting
import SystemPackage
import Testing

/// The examples of the README, run as they stand there, in each language that Debian has.
@Suite(.serialized) struct ReadmeMarkerTests {
    struct Language: CustomTestStringConvertible, Sendable {
        /// The word after the fence.
        let testDescription: String
        /// Makes a program of the block, which lies in `block`, and runs it.
        let script: String
        let result: JSON

        init(_ name: String, _ script: String, result: JSON = 0.93) {
            (testDescription, self.script, self.result) = (name, script, result)
        }
    }

    static let languages = [
        Language("python", "grep -v '^\\.\\.\\.$' block > ../x.py; python3 ../x.py"),
        Language(
            "c",
            """
            { echo '#include <stdio.h>'; echo 'int main(void) { double tolerance = 0.1, residual = 0.93;'; cat block; echo '}'; } \
                > ../x.c; gcc -o ../x ../x.c; ../x
            """),
        Language("cpp", "cp block ../x.cpp; g++ -std=c++17 -o ../x ../x.cpp; ../x"),
        Language("r", "Rscript block"),
        Language("matlab", "octave-cli --norc block"),
    ]

    @Test(arguments: languages)
    func `an example makes the trial that it shows`(language: Language) async throws {
        let block = try #require(try Self.block(language.testDescription))
        let world = try Sandbox()
        let project = try world.makeProject()
        try world.configure("projects: [{path: \(project), experiment: e}]\n")
        try world.write(block, to: project.appending("block"))
        let agent = try await world.startAgent()
        let script = try await world.shell("set -e; cd project; \(language.script)")
        #expect(script.exit == .status(0), "\(script.errors)")
        try await world.flush()
        let trials = try await world.run("history", "e", "--json").json().array ?? []
        #expect(trials.map { $0["result"] } == [language.result])
        #expect(trials.map { $0["state"] } == ["succeeded"])
        #expect(trials.first?["parameters"]?.object?.members.first?.value.double == 0.1)
        #expect(await agent.stop() == .status(0))
    }

    @Test func `the shell's examples are markers`() async throws {
        let block = try #require(try Self.block("bash"))
        let world = try Sandbox()
        let project = try world.makeProject()
        try world.configure("projects: [{path: \(project), experiment: e, grace: 300ms}]\n")
        let lines = block.split(separator: "\n").map { "\($0)\nsleep 0.7\n" }
        try world.write(lines.joined(), to: project.appending("block"))
        let agent = try await world.startAgent()
        let script = try await world.shell("set -e; cd project; bash block")
        #expect(script.exit == .status(0), "\(script.errors)")
        let states: [JSON] = ["succeeded", "succeeded", "succeeded"]
        let isRight = try await world.eventually {
            try await world.flush()
            let trials = try await world.run("history", "e", "--json").json().array ?? []
            return trials.map { $0["state"] } == states
        }
        #expect(isRight)
        #expect(await agent.stop() == .status(0))
    }

    /// The README's first block of a language.
    private static func block(_ language: String) throws -> String? {
        let path = FilePath(#filePath).appending("../../../README.md").lexicallyNormalized()
        let text = try Sandbox().text(of: path)
        guard let start = text.firstRange(of: "```\(language)\n") else { return nil }
        let rest = text[start.upperBound...]
        return rest.firstRange(of: "```\n").map { String(rest[..<$0.lowerBound]) }
    }
}
