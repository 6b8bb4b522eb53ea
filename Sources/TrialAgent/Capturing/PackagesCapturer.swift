public import Git
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
    private let look: PythonLook

    /// With a library it tells which commit an editable install is at; with a look that it shares with other capturers.
    public init(git: GitLibrary?, _ look: PythonLook = PythonLook()) {
        self.git = git
        self.look = look
    }

    /// What was seen before counts no more.
    public func begin() { look.begin() }

    /// Fills `requirements`.
    public func capture(_ subject: CaptureSubject, pulse: CapturePulse) throws(AgentError) -> CapturedPart {
        let python = try look.find(subject).environment
        let installed = look.packages(of: python, subject, pulse: pulse)
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
