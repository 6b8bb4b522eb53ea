internal import Bytes
internal import SystemCalls
internal import SystemPackage
internal import Trials

/// Where the files of one experiment are.
struct ExperimentFolder {
    let experiment: Experiment.ID
    /// The experiment's directory: what daskperiment calls `cache_dir`.
    let path: FilePath
    /// What a new pickle says of where that is; see ``LocalBackend``.
    let recorded: FilePath
    /// Our own part.
    let own: FilePath
    /// Whether our own part is elsewhere: then nothing is written into the experiment's directory.
    let isShadow: Bool

    // Put together once, as each trial asks for all of them.

    /// The file that `daskperiment.Experiment` opens.
    let pickle: FilePath
    let codeDirectory: FilePath
    let environmentDirectory: FilePath
    let persistDirectory: FilePath
    let lock: FilePath
    let journal: FilePath
    let index: FilePath
    let objects: FilePath
    /// What is being written before it gets its name; only the holder of the lock writes here.
    let temporary: FilePath

    /// The experiment's directory as it is called in a store of many.
    init(_ experiment: Experiment.ID, in directory: FilePath, recordedIn recorded: FilePath? = nil) {
        self.init(
            experiment, at: directory.appending(experiment.text), recordedAs: recorded?.appending(experiment.text))
    }

    /// A directory that may be called anything.
    init(_ experiment: Experiment.ID, at path: FilePath, recordedAs recorded: FilePath? = nil) {
        self.init(
            experiment, at: path, recordedAs: recorded ?? path, own: path.appending("trialwatch"), isShadow: false)
    }

    private init(
        _ experiment: Experiment.ID, at path: FilePath, recordedAs recorded: FilePath, own: FilePath, isShadow: Bool
    ) {
        self.experiment = experiment
        self.path = path
        self.recorded = recorded
        self.own = own
        self.isShadow = isShadow
        pickle = path.appending("\(experiment).pkl")
        codeDirectory = path.appending("code")
        environmentDirectory = path.appending("environment")
        persistDirectory = path.appending("persist")
        lock = own.appending("lock")
        journal = own.appending("trials.jsonl")
        index = own.appending("index")
        objects = own.appending("objects")
        temporary = own.appending("temporary")
    }

    /// The same experiment with our own part in `directory`, by which one that Python alone made can be read and stays as
    /// it is.
    func shadow(in directory: FilePath) -> ExperimentFolder {
        let name = SHA256.digest(of: Array(pickle.shown.utf8)).hex
        return ExperimentFolder(
            experiment, at: path, recordedAs: recorded, own: directory.appending(String(name.prefix(32))),
            isShadow: true)
    }

    /// Whether Python made it, and nothing of ours is there.
    func isPythons() throws(StoreError) -> Bool {
        do throws(SystemCallError) {
            guard try FileStatus.ifPresent(journal) == nil else { return false }
            return try FileStatus.ifPresent(pickle, followingLinks: true)?.kind == .regular
        } catch {
            throw StoreError("opening the experiment", path, error)
        }
    }

    func code(_ number: Int) -> FilePath { codeDirectory.appending("\(experiment)_\(number).py") }

    func persist(_ step: String, _ number: Int) -> FilePath {
        persistDirectory.appending("\(experiment)_\(step)_\(number).pkl")
    }

    func environment(_ name: String, _ number: Int, isDocument: Bool) -> FilePath {
        environmentDirectory.appending("\(name)_\(experiment)_\(number).\(isDocument ? "json" : "txt")")
    }

    /// The name by which the written description of the layout has `environment`.
    var environmentAlias: FilePath { path.appending("environmemt") }

    /// What a shadow was made of: the pickle as it was then.
    var source: FilePath { own.appending("source") }

    /// All directories, outermost first.
    var directories: [FilePath] {
        (isShadow ? [] : [path, codeDirectory, environmentDirectory, persistDirectory])
            + [own, index, objects, temporary]
    }
}
