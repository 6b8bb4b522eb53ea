import Synchronization
import SystemPackage

/// The run's Python and its packages, which several capturers ask for: looked up once a capture.
public final class PythonLook: Sendable {
    private struct State {
        /// Nothing is kept for who looks outside of a capture.
        var isInCapture = false
        var subject: CaptureSubject?
        var found: Result<PythonFinder.Found, AgentError>?
        var installed: InstalledPackages?
    }

    private let state = Mutex(State())

    /// Has looked at nothing.
    public init() {}

    /// A capture begins: what was seen for one before may not be so any more.
    func begin() { state.withLock { $0 = State(isInCapture: true) } }

    /// The run's Python.
    func find(_ subject: CaptureSubject) throws(AgentError) -> PythonFinder.Found {
        try state.withLock { state in
            if state.isInCapture, state.subject == subject, let found = state.found { return found }
            let found = Result { () throws(AgentError) in try PythonFinder(subject: subject).find() }
            state = State(isInCapture: state.isInCapture, subject: subject, found: found)
            return found
        }.get()
    }

    /// The packages of the Python that was found.
    func packages(
        of python: PythonEnvironment, _ subject: CaptureSubject, pulse: CapturePulse
    ) -> InstalledPackages {
        state.withLock { state in
            if state.isInCapture, state.subject == subject, let installed = state.installed { return installed }
            let home = subject.variables["HOME"].map { FilePath($0) }
            let installed = InstalledPackages(
                of: python, before: subject.searchPath.map { FilePath($0) }, home: home, owners: subject.owners,
                pulse: pulse)
            if state.subject == subject { state.installed = installed }
            return installed
        }
    }
}
