internal import SystemCalls
internal import SystemPackage
internal import Trials

/// Where the experiments of a store are.
enum ExperimentPlaces: Sendable {
    /// Each in the directory of its name below one; pickles say `recordedAs` of that one, or its path where that is nil.
    case below(FilePath, recordedAs: FilePath?)
    /// One experiment, wherever it is.
    case only(ExperimentFolder)

    /// The directory that has to be there before anything is filed.
    var directory: FilePath {
        switch self {
        case .below(let directory, _): directory
        case .only(let folder): folder.path
        }
    }

    /// The place of an experiment, whether anything is there or not; nil when this store is that of another one alone.
    func folder(of experiment: Experiment.ID) -> ExperimentFolder? {
        switch self {
        case .below(let directory, let recorded): ExperimentFolder(experiment, in: directory, recordedIn: recorded)
        case .only(let folder): folder.experiment == experiment ? folder : nil
        }
    }

    /// Directories that may hold an experiment.
    func folders() throws(SystemCallError) -> [ExperimentFolder] {
        let directory: FilePath, recorded: FilePath?
        switch self {
        case .only(let folder): return [folder]
        case .below(let below, let recordedAs): (directory, recorded) = (below, recordedAs)
        }
        let entries: [DirectoryEntry]
        do throws(SystemCallError) { entries = try FileSystem.entries(of: directory) } catch {
            if error.errno == .noSuchFileOrDirectory { return [] }
            throw error
        }
        return entries.compactMap { entry in
            guard entry.kind == .directory || entry.kind == .symbolicLink,
                let id = String(validating: entry.name).flatMap(Experiment.ID.init)
            else { return nil }
            return ExperimentFolder(id, in: directory, recordedIn: recorded)
        }
    }

    /// Why nothing of another experiment is filed in the directory of one.
    func hasNoRoom(for experiment: Experiment.ID) -> StoreError {
        StoreError(
            .refused, "filing", experiment.text, reason: "\(directory.shown) is the directory of another experiment",
            remedy: "file it into a store of several experiments", isTransient: false)
    }
}
