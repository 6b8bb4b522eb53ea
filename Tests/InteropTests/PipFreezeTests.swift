import Git
import ProgramTesting
import SystemCalls
import SystemPackage
import TestFiles
import Testing
import TrialAgent
import Trials

/// The requirements of a run are what `pip freeze --all` prints of its environment.
@Suite(.enabled(if: PythonTools.isWanted, Comment(rawValue: PythonTools.advice)))
struct PipFreezeTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    @Test func `an environment by pip, uv or virtualenv is listed line by line as pip lists it`() throws {
        let kinds = [("pip", 200), ("uv", 200), ("virtualenv", 170), ("paths", 200), ("odd", 200), ("user", 20)]
        // All at once: each spends half of its time waiting.
        let begun = try kinds.map { kind, packages in
            try PythonTools.begin(kind, in: folder.path.appending(kind), packages: packages)
        }
        for ((kind, _), making) in zip(kinds, begun) {
            let made = try making.environment()
            let part = try capture(made)
            let ours = try #require(part.environment[.requirements]?.lines)
            #expect(kind == "user" || ours.count > 200, "\(kind)")
            #expect(!made.lists.isEmpty)
            for (tool, list) in made.lists {
                let theirs = list.split(separator: "\n").map(String.init)
                #expect(theirs.difference(from: ours).map(\.told) == [], "\(kind), \(tool)")
            }
        }
    }

    private func capture(_ made: MadeEnvironment) throws -> CapturedPart {
        let subject = CaptureSubject(
            project: folder.path.string, configuredPython: made.python.string, owners: [User.currentIdentifier, 0],
            variables: ["HOME": made.home.string], agentVersion: "1", agentPath: "/usr/bin/trialwatch")
        return try PackagesCapturer(git: GitLibrary(home: made.home)).capture(subject)
    }
}

extension EnvironmentText {
    fileprivate var lines: [String]? {
        guard case .text(let text) = self else { return nil }
        return text.split(separator: "\n").map(String.init)
    }
}

extension CollectionDifference.Change where ChangeElement == String {
    fileprivate var told: String {
        switch self {
        case .insert(_, let line, _): "theirs: \(line)"
        case .remove(_, let line, _): "ours: \(line)"
        }
    }
}
