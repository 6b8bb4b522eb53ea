internal import SystemPackage
internal import Trials

/// Where the files of one experiment are.
struct ExperimentFolder {
    let experiment: Experiment.ID
    /// The experiment's directory: what daskperiment calls `cache_dir`.
    let path: FilePath
    /// What a new pickle says of where that is; see ``LocalBackend``.
    let recorded: FilePath

    /// The experiment's directory as it is called in a store of many.
    init(_ experiment: Experiment.ID, in directory: FilePath, recordedIn recorded: FilePath? = nil) {
        self.init(
            experiment, at: directory.appending(experiment.text), recordedAs: recorded?.appending(experiment.text))
    }

    /// A directory that may be called anything.
    init(_ experiment: Experiment.ID, at path: FilePath, recordedAs recorded: FilePath? = nil) {
        self.experiment = experiment
        self.path = path
        self.recorded = recorded ?? path
    }

    /// The file that `daskperiment.Experiment` opens.
    var pickle: FilePath { path.appending("\(experiment).pkl") }

    func code(_ number: Int) -> FilePath { codeDirectory.appending("\(experiment)_\(number).py") }

    func persist(_ step: String, _ number: Int) -> FilePath {
        persistDirectory.appending("\(experiment)_\(step)_\(number).pkl")
    }

    func environment(_ name: String, _ number: Int, isDocument: Bool) -> FilePath {
        environmentDirectory.appending("\(name)_\(experiment)_\(number).\(isDocument ? "json" : "txt")")
    }

    var codeDirectory: FilePath { path.appending("code") }
    var environmentDirectory: FilePath { path.appending("environment") }
    var persistDirectory: FilePath { path.appending("persist") }
    /// The name by which the written description of the layout has `environment`.
    var environmentAlias: FilePath { path.appending("environmemt") }

    /// Our own part.
    var own: FilePath { path.appending("trialwatch") }
    var lock: FilePath { own.appending("lock") }
    var journal: FilePath { own.appending("trials.jsonl") }
    var index: FilePath { own.appending("index") }
    var objects: FilePath { own.appending("objects") }
    /// What is being written before it gets its name; only the holder of the lock writes here.
    var temporary: FilePath { own.appending("temporary") }

    /// All directories, outermost first.
    var directories: [FilePath] {
        [path, codeDirectory, environmentDirectory, persistDirectory, own, index, objects, temporary]
    }
}
