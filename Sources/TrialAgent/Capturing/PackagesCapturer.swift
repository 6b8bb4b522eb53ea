public import Git
internal import SystemPackage
internal import Trials

/// Captures the packages of a run's Python, as `pip freeze --all` of that environment prints them, without running it.
public struct PackagesCapturer: Capturer {
    /// `packages`.
    public static let name = "packages"
    /// The project's.
    public static let scope = CaptureScope.project
    /// It reads thousands of files that a project may have written.
    public static let place = CapturePlace.worker

    private let git: GitLibrary?

    /// With a library it tells which commit an editable install is at.
    public init(git: GitLibrary?) { self.git = git }

    /// Fills `requirements`.
    public func capture(_ subject: CaptureSubject, pulse: CapturePulse) throws(AgentError) -> CapturedPart {
        let python = try PythonFinder(subject: subject).find().environment
        let installed = InstalledPackages(of: python, subject: subject, pulse: pulse)
        let requirements = installed.packages.compactMap { package -> FrozenRequirement? in
            pulse.beat()
            guard !FrozenRequirement.unlisted.contains(InstalledPackage.canonical(package.metadata.name)) else {
                return nil
            }
            return FrozenRequirement(package, git: git)
        }
        var part = CapturedPart()
        part.problems = installed.problems
        part.environment[.requirements] = .text(
            FrozenRequirement.inOrder(requirements).flatMap(\.lines).joined(separator: "\n"))
        return part
    }
}

extension InstalledPackages {
    init(of python: PythonEnvironment, subject: CaptureSubject, pulse: CapturePulse) {
        let home = subject.variables["HOME"].map { FilePath($0) }
        self.init(
            of: python, before: subject.searchPath.map { FilePath($0) }, home: home, owners: subject.owners,
            pulse: pulse)
    }
}
