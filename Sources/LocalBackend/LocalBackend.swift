internal import SystemCalls
public import SystemPackage
public import Trials

/// A store in local files: a directory an experiment, as daskperiment lays it out, with our own part in it.
///
/// The truth is the journal `trialwatch/trials.jsonl`, one JSON line an event; everything else is derived from it. Several
/// processes may use one directory: each takes an experiment's lock (flock(2)) for as long as a call lasts.
/// `<id>.pkl` may lag behind by as much as the owner of ``keepCurrent(within:)`` allows.
public actor LocalBackend {
    private let executor = BlockingExecutor("trialwatch.local")
    /// Calls wait for the disk, so they run on a thread of their own.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// How much one call of `file` takes.
    public nonisolated var capacity: FilingCapacity { FilingCapacity(trials: 500, bytes: 16 << 20) }

    let places: ExperimentPlaces
    let settings: ExperimentStoreSettings
    /// Experiments whose files are open, the one used last at the end.
    private var open: [ExperimentStore] = []
    /// Experiments whose pickle lags behind.
    private var behind: Set<Experiment.ID> = []
    /// Wakes whoever keeps the store current.
    private var lag: AsyncStream<Void>.Continuation?

    /// Each has eight files open: a process has a thousand at least.
    private static let mostOpen = 32

    /// A store below `directory`, which is made when something is filed.
    ///
    /// `recordedDirectory` is what a new pickle says of where it is: daskperiment finds code, environment and persisted
    /// values by it. Nil for `directory` itself; a path relative to the project when the project chose its own directory,
    /// so that the record can be moved with it. `boot` is the start of the machine, ``SystemCalls/Clock/bootIdentifier()``.
    /// No call waits longer than `patience` for another process that has an experiment's lock; it then throws, and may be
    /// tried again.
    public init(
        directory: FilePath, recordedDirectory: FilePath? = nil, boot: String, patience: Duration = .seconds(10),
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.init(
            .below(directory, recordedAs: recordedDirectory), objects: directory.appending("trialwatch.objects"),
            boot, patience, now)
    }

    /// A store whose only experiment is the one in `folder`, whatever that directory is called: what
    /// `daskperiment.Experiment(id, backend=pathlib.Path(folder))` opens.
    ///
    /// Here `recordedDirectory` is what a new pickle says of the folder itself.
    public init(
        experiment: Experiment.ID, at folder: FilePath, recordedDirectory: FilePath? = nil, boot: String,
        patience: Duration = .seconds(10), now: @escaping @Sendable () -> Timestamp
    ) {
        let folder = ExperimentFolder(experiment, at: folder, recordedAs: recordedDirectory)
        // Nothing is written beside a folder that was chosen for one experiment.
        self.init(.only(folder), objects: folder.objects, boot, patience, now)
    }

    private init(
        _ places: ExperimentPlaces, objects: FilePath, _ boot: String, _ patience: Duration,
        _ now: @escaping @Sendable () -> Timestamp
    ) {
        self.places = places
        settings = ExperimentStoreSettings(
            now: now, boot: IndexHeader.boot(boot), patience: patience, objects: objects)
    }

    /// Writes a pickle at most this long after it began to lag, until the task is cancelled, and once more then.
    ///
    /// While nothing lags it waits, and makes no system call. For one caller.
    public func keepCurrent(within interval: Duration = .seconds(2)) async {
        let (lags, lag) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.lag = lag
        if !behind.isEmpty { lag.yield() }
        var pause = interval
        for await _ in lags {
            try? await Task.sleep(for: pause)
            let before = ContinuousClock.now
            writePickles()
            // However large the pickles are, writing them takes a tenth of the time at most.
            pause = max(interval, (ContinuousClock.now - before) * 9)
            if !behind.isEmpty { lag.yield() }
        }
        writePickles()
    }

    /// What could not be written stays behind, and is tried again.
    private func writePickles() {
        for experiment in behind {
            guard let store = try? experimentStore(experiment) else { continue }
            do throws(StoreError) {
                try store.locked { () throws(StoreError) in if store.pickleIsBehind { try store.writePickle() } }
                behind.remove(experiment)
            } catch {
                let notice = Notice("\(error)")
                // Told once, however often it is tried.
                if !store.notices.contains(notice) { store.notices.append(notice) }
                // Somebody has to do something first; the next filing tells the same.
                if !error.isTransient { behind.remove(experiment) }
            }
        }
    }

    // MARK: Experiments

    /// The open files of an experiment; nil when there is none and it is not to be made.
    func experimentStore(_ experiment: Experiment.ID, creating: Bool = false) throws(StoreError) -> ExperimentStore? {
        if let place = open.firstIndex(where: { $0.folder.experiment == experiment }) {
            let store = open.remove(at: place)
            if try store.isStillThere() {
                open.append(store)
                return store
            }
        }
        guard let folder = places.folder(of: experiment) else { return nil }
        guard let store = try ExperimentStore(folder, settings, creating: creating) else { return nil }
        if open.count == Self.mostOpen { open.removeFirst() }
        open.append(store)
        return store
    }

    /// The ids of all experiments that have a journal.
    func experimentIDs() throws(StoreError) -> [Experiment.ID] {
        do throws(SystemCallError) {
            var found: [Experiment.ID] = []
            for folder in try places.folders() where try FileStatus.ifPresent(folder.journal) != nil {
                found.append(folder.experiment)
            }
            return found.sorted()
        } catch {
            throw StoreError("listing the experiments", places.directory, error)
        }
    }

    func pickleMayLag(_ experiment: Experiment.ID) {
        behind.insert(experiment)
        lag?.yield()
    }

    func pickleIsCurrent(_ experiment: Experiment.ID) { behind.remove(experiment) }
}
