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

    @Test(arguments: [("pip", 200), ("uv", 200), ("virtualenv", 170), ("paths", 200), ("odd", 200), ("user", 20)])
    func `an environment by pip, uv or virtualenv is listed line by line as pip lists it`(
        kind: String, packages: Int
    ) throws {
        let made = try PythonTools.make(kind, in: folder.path, packages: packages)
        let part = try capture(made)
        let ours = try #require(part.environment[.requirements]?.lines)
        #expect(kind == "user" || ours.count > 200)
        #expect(!made.lists.isEmpty)
        for (tool, list) in made.lists {
            let theirs = list.split(separator: "\n").map(String.init)
            #expect(theirs.difference(from: ours).map(\.told) == [], "\(tool)")
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
