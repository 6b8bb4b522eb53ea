internal import SystemCalls
public import SystemPackage

/// The real scikit-learn, which lies beside the newer daskperiment.
public enum ScikitLearn {
    /// The Python that has it.
    public static let python = RealDaskperiment.newer.python

    /// The packages that a virtual environment of that Python's version may take it from.
    public static let packages = python.removingLastComponent().removingLastComponent()
        .appending("lib/python3.9/site-packages")

    /// Whether the tests that need it are run: in continuous integration they are, be it there or not.
    public static var isWanted: Bool {
        FileSystem.isPermitted(packages.appending("sklearn")) || ContinuousIntegration.isRunning
    }

    /// Why they are passed over.
    public static let advice = "no scikit-learn beside daskperiment on Python 3.9: let scripts/test put it there"

    /// The script that scripts/try runs, too: it trains a small classifier, with a fixed seed.
    public static let script = FilePath(#filePath).appending("../../../scripts/sample/train.py").lexicallyNormalized()
}
