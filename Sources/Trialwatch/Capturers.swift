internal import Git
internal import TrialAgent

/// Everything that is captured around a run.
enum Capturers {
    /// One line a capturer, in the order in which they run; only the capture worker needs a `git` library.
    static func all(git: GitLibrary?) -> [any Capturer] {
        [
            PlatformCapturer(),
            CPUCapturer(),
            HardwareCapturer(),
            AcceleratorCapturer(),
            FileSystemCapturer(),
            PythonCapturer(),
            PackagesCapturer(git: git),
            CondaCapturer(),
            LockfilesCapturer(),
            RCapturer(),
            LibrariesCapturer(),
            GitCapturer(git),
            CodeCapturer(),
        ]
    }
}
