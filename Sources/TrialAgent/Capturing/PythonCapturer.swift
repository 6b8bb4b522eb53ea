internal import SystemPackage
internal import Trials

/// Captures the Python of a run as daskperiment describes it, without running it.
public struct PythonCapturer: Capturer {
    /// `python`.
    public static let name = "python"
    /// The project's.
    public static let scope = CaptureScope.project
    /// It walks folders that a project names.
    public static let place = CapturePlace.worker

    private let look: PythonLook

    /// With a look that it shares with other capturers.
    public init(_ look: PythonLook = PythonLook()) { self.look = look }

    /// What was seen before counts no more.
    public func begin() { look.begin() }

    /// Fills `python` and the interpreter; throws when there is no Python.
    public func capture(_ subject: CaptureSubject, pulse: CapturePulse) throws(AgentError) -> CapturedPart {
        let found = try look.find(subject)
        let python = found.environment
        var part = CapturedPart()
        part.problems = found.problems
        part.interpreter = InterpreterFacts(
            path: (python.executable ?? python.prefix).string, version: python.version, source: found.source)
        part.environment[.python] = .document([
            "Python Implementation": .text(python.implementation),
            "Python Version": .text(python.version),
            // A script that a marker speaks of is run as one.
            "Python Shell Mode": .text("File"),
            "Python Prefix": .text(python.prefix.string),
            "Python Base Prefix": .text(python.basePrefix.string),
            "Python venv Flag": .bool(python.isVirtual),
            "Python venv Name": .text(python.isVirtual ? python.prefix.lastComponent?.string ?? "" : ""),
            "Daskperiment Version": .text("trialwatch \(subject.agentVersion)"),
            "Daskperiment Path": .text(subject.agentPath),
        ])
        return part
    }
}
