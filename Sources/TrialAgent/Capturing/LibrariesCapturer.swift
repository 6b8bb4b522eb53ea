internal import SystemPackage
internal import Trials

/// Captures the versions of NumPy, SciPy and pandas.
///
/// daskperiment keeps what each library prints of its own configuration; that needs a run of the interpreter, so these
/// texts say what their metadata says, and that it is no more.
public struct LibrariesCapturer: Capturer {
    /// `libraries`.
    public static let name = "libraries"
    /// The project's.
    public static let scope = CaptureScope.project
    /// It reads files that a project may have written.
    public static let place = CapturePlace.worker

    /// A capturer that needs nothing else.
    public init() {}

    /// Fills `numpy`, `scipy` and `pandas`.
    public func capture(_ subject: CaptureSubject, pulse: CapturePulse) throws(AgentError) -> CapturedPart {
        let python = try PythonFinder(subject: subject).find().environment
        let installed = InstalledPackages(of: python, subject: subject, pulse: pulse)
        var part = CapturedPart()
        for (category, name, shown) in [
            (EnvironmentCategory.numpy, "numpy", "NumPy"), (.scipy, "scipy", "SciPy"), (.pandas, "pandas", "pandas"),
        ] {
            part.environment[category] = .text(
                installed[name].map { libraryText(name, $0) } ?? "\(shown) is not installed")
        }
        return part
    }
}

/// Name, version and place of a library, and what is not known of it.
func libraryText(_ name: String, _ package: InstalledPackage) -> String {
    """
    \(name): \(package.metadata.version)
    location: \((package.editableFolder ?? package.location.appending(name)).string)
    configuration: read from metadata, without running the interpreter
    """
}
