internal import Git
internal import TrialAgent

/// Everything that is captured around a run.
enum Capturers {
    /// One line a capturer, in the order in which they run; only the capture worker needs a `git` library.
    static func all(git: GitLibrary?) -> [any Capturer] {
        let python = PythonLook()
        return [
            PlatformCapturer(),
            CPUCapturer(),
            HardwareCapturer(),
            AcceleratorCapturer(),
            FileSystemCapturer(),
            PythonCapturer(python),
            PackagesCapturer(git: git, python),
            CondaCapturer(python),
            LockfilesCapturer(python),
            RCapturer(),
            LibrariesCapturer(python),
            GitCapturer(git),
            CodeCapturer(),
        ]
    }
}
