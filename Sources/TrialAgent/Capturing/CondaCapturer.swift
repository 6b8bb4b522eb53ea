internal import SystemPackage
internal import Trials

/// Captures the conda environment that a run's Python is in, from the records that conda keeps.
public struct CondaCapturer: Capturer {
    /// `conda`.
    public static let name = "conda"
    /// The project's.
    public static let scope = CaptureScope.project
    /// It reads folders that a project names.
    public static let place = CapturePlace.worker

    private let look: PythonLook

    /// With a look that it shares with other capturers.
    public init(_ look: PythonLook = PythonLook()) { self.look = look }

    /// What was seen before counts no more.
    public func begin() { look.begin() }

    /// Fills `conda`: the environment's packages, or daskperiment's words for there being none.
    public func capture(_ subject: CaptureSubject, pulse: CapturePulse) throws(AgentError) -> CapturedPart {
        let python = try look.find(subject).environment
        var part = CapturedPart()
        guard let packages = CondaPackage.installed(in: python.basePrefix) else {
            part.environment[.conda] = .text("conda is not installed")
            return part
        }
        let conda = packages.first { $0.name == "conda" }
        let origins = CondaOrigins(
            of: packages, in: python.basePrefix.appending("conda-meta"), owners: subject.owners, pulse: pulse)
        part.problems = origins.problems
        let lines = packages.map { "\($0.name) \($0.version) \($0.build)" }
        part.environment[.conda] = .text(
            """
            conda: \(conda?.version ?? "not in this environment")
            environment: \(python.basePrefix.string)
            configuration: read from metadata, without running conda
            packages:
            \(lines.joined(separator: "\n"))
            @EXPLICIT
            \(origins.lines.joined(separator: "\n"))
            """)
        return part
    }
}
