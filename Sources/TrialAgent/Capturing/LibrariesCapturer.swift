internal import SystemCalls
internal import SystemPackage
internal import Trials

/// Captures the versions of NumPy, SciPy and pandas.
///
/// daskperiment keeps what each library prints of its own configuration; that needs a run of the interpreter. Where the
/// configuration does not allow one, these texts say what their metadata says, and that it is no more.
public struct LibrariesCapturer: Capturer {
    /// `libraries`.
    public static let name = "libraries"
    /// The project's.
    public static let scope = CaptureScope.project
    /// It reads files that a project may have written.
    public static let place = CapturePlace.worker

    private let printed: PrintedLibraries
    private let look: PythonLook

    /// With a look that it shares with other capturers.
    public init(_ look: PythonLook = PythonLook()) { self.init(LibraryPrinter(), look) }

    /// One that has Pythons print by this.
    init(_ printer: LibraryPrinter, _ look: PythonLook = PythonLook()) {
        printed = PrintedLibraries(printer)
        self.look = look
    }

    /// What was seen before counts no more.
    public func begin() { look.begin() }

    /// Fills `numpy`, `scipy` and `pandas`.
    public func capture(_ subject: CaptureSubject, pulse: CapturePulse) throws(AgentError) -> CapturedPart {
        let found = try look.find(subject)
        let python = found.environment
        let installed = look.packages(of: python, subject, pulse: pulse)
        var part = CapturedPart()
        let texts = texts(of: found, installed, subject, pulse, &part.problems)
        for (category, name, shown) in [
            (EnvironmentCategory.numpy, "numpy", "NumPy"), (.scipy, "scipy", "SciPy"), (.pandas, "pandas", "pandas"),
        ] {
            part.environment[category] = .text(
                installed[name].map { package in
                    (installed.isOwn(package) ? texts[name] : nil) ?? libraryText(name, package)
                } ?? "\(shown) is not installed")
        }
        return part
    }

    /// What the libraries print, where the interpreter may be run for it: one that the configuration names, and no other.
    private func texts(
        of found: PythonFinder.Found, _ installed: InstalledPackages, _ subject: CaptureSubject, _ pulse: CapturePulse,
        _ problems: inout [String]
    ) -> LibraryPrinter.Texts {
        guard subject.runsInterpreter,
            ["numpy", "scipy", "pandas"].contains(where: { installed[$0].map(installed.isOwn) == true })
        else { return [:] }
        guard let folder = subject.libraryTexts else {
            problems.append(
                "libraries: their configuration is read from metadata: neither as root nor in a unit of the system's is an"
                    + " interpreter run, whatever `run_interpreter` says")
            return [:]
        }
        guard found.source == "config", let python = found.environment.executable else {
            problems.append(
                "libraries: their configuration is read from metadata: `run_interpreter` runs only an interpreter that the"
                    + " configuration names (say `python:` there)")
            return [:]
        }
        do throws(LibraryPrinter.Failure) {
            return try printed.texts(of: python, installed, keptIn: FilePath(folder), pulse: pulse)
        } catch {
            problems.append(
                "libraries: their configuration is read from metadata: running \(python.shown) failed: \(error)")
            return [:]
        }
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
