internal import Synchronization
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
    /// Its files are where the snapshots are.
    public nonisolated var isReadByOtherHosts: Bool { false }

    let places: ExperimentPlaces
    let settings: ExperimentStoreSettings
    /// Experiments whose files are open, the one used last at the end.
    private var open: [ExperimentStore] = []
    /// Experiments whose pickle may lag behind, and since when.
    private let lagging = Mutex<[Experiment.ID: ContinuousClock.Instant]>([:])
    /// Those of them that are to be written, and those whose replaced pickles are to be looked at.
    private var behind: Set<Experiment.ID> = []
    /// Experiments that this process has seen in the store, and the device where that was.
    var known: (device: UInt64, experiments: Set<Experiment.ID>)?
    /// Wakes whoever keeps the store current.
    private var lag: AsyncStream<Void>.Continuation?

    /// Each has eight files open: a process has a thousand at least.
    private static let mostOpen = 32

    /// A store below `directory`, which is made when something is filed.
    ///
    /// `recordedDirectory` is what a new pickle says of where it is: daskperiment finds code, environment and persisted
    /// values by it. Nil for `directory` itself; a path relative to the project when the project chose its own directory,
    /// so that the record can be moved with it. `boot` is the start of the machine, ``SystemCalls/Clock/bootIdentifier()``.
    /// What is found out of experiments that Python alone made is kept in `cache`; nil for a directory in the store.
    /// No call waits longer than `patience` for another process that has an experiment's lock; it then throws, and may be
    /// tried again.
    public init(
        directory: FilePath, recordedDirectory: FilePath? = nil, cache: FilePath? = nil, boot: String,
        patience: Duration = .seconds(10), now: @escaping @Sendable () -> Timestamp
    ) {
        self.init(
            .below(directory, recordedAs: recordedDirectory), objects: directory.appending("trialwatch.objects"),
            cache, boot, patience, now)
    }

    /// A store whose only experiment is the one in `folder`, whatever that directory is called: what
    /// `daskperiment.Experiment(id, backend=pathlib.Path(folder))` opens.
    ///
    /// Here `recordedDirectory` is what a new pickle says of the folder itself.
    public init(
        experiment: Experiment.ID, at folder: FilePath, recordedDirectory: FilePath? = nil, cache: FilePath? = nil,
        boot: String, patience: Duration = .seconds(10), now: @escaping @Sendable () -> Timestamp
    ) {
        let folder = ExperimentFolder(experiment, at: folder, recordedAs: recordedDirectory)
        // Nothing is written beside a folder that was chosen for one experiment.
        self.init(.only(folder), objects: folder.objects, cache, boot, patience, now)
    }

    private init(
        _ places: ExperimentPlaces, objects: FilePath, _ cache: FilePath?, _ boot: String, _ patience: Duration,
        _ now: @escaping @Sendable () -> Timestamp
    ) {
        self.places = places
        settings = ExperimentStoreSettings(
            now: now, boot: IndexHeader.boot(boot), patience: patience, objects: objects,
            shadows: cache ?? places.directory.appending("trialwatch.cache"))
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
            try? await QuietClock().sleep(for: pause)
            let before = ContinuousClock.now
            writePickles(within: .zero)
            // However large the pickles are, writing them takes a tenth of the time at most.
            pause = max(interval, (ContinuousClock.now - before) * 9)
            if !behind.isEmpty { lag.yield() }
        }
        writePickles(within: Self.patienceWithReaders)
    }

    /// How long a pickle that somebody has open is waited for at the end: loading one takes a moment.
    static let patienceWithReaders = Duration.seconds(1)

    /// How long a pickle has lagged behind, of all experiments the longest; nil when none does.
    ///
    /// A lag of more than a few seconds tells that somebody keeps a pickle open, or that it cannot be written. It waits for
    /// no call that is under way.
    public nonisolated var pickleLag: Duration? {
        lagging.withLock { $0.values.min() }.map { ContinuousClock.now - $0 }
    }

    /// What could not be written stays behind, and is tried again.
    private func writePickles(within patience: Duration) {
        for experiment in behind {
            guard let store = try? experimentStore(experiment) else { continue }
            do throws(StoreError) {
                let isCurrent = try store.locked { () throws(StoreError) in
                    try store.mergeReplacedPickles()
                    let isCurrent = try store.bringPickleUpToDate(within: patience)
                    return isCurrent && store.isLayoutCurrent
                }
                if isCurrent { pickleIsCurrent(experiment, store) }
            } catch {
                let notice = Notice("\(error)")
                // Told once, however often it is tried.
                if !store.notices.contains(notice) { store.notices.append(notice) }
                // Somebody has to do something first; the next filing tells the same.
                if !error.isTransient { behind.remove(experiment) }
            }
        }
    }

    static func pickleInUse(_ store: ExperimentStore) -> StoreError {
        StoreError(
            .unavailable, "writing the pickle", store.folder.pickle.shown, reason: "another process has it open",
            remedy: "look with `fuser \(store.folder.pickle.shown)` which one", isTransient: true)
    }

    static func layoutIsBehind(_ store: ExperimentStore) -> StoreError {
        let reason = store.takeNotices().last?.text ?? "its files lag behind its journal"
        return StoreError(
            .unavailable, "writing the files of trials", store.folder.path.shown, reason: reason, isTransient: true)
    }

    // MARK: Experiments

    /// The open files of an experiment; nil when there is none and it is not to be made.
    func experimentStore(_ experiment: Experiment.ID, creating: Bool = false) throws(StoreError) -> ExperimentStore? {
        if let place = open.firstIndex(where: { $0.folder.experiment == experiment }) {
            let store = open.remove(at: place)
            if try store.isStillThere(), try isRight(store, creating) {
                open.append(store)
                return store
            }
        }
        guard var folder = places.folder(of: experiment) else { return nil }
        if !creating, try folder.isPythons() { folder = folder.shadow(in: settings.shadows) }
        guard let store = try ExperimentStore(folder, settings, creating: creating || folder.isShadow) else {
            return nil
        }
        if open.count == Self.mostOpen { open.removeFirst() }
        open.append(store)
        return store
    }

    /// Whether what is open is what is to be used: Python's experiment becomes one of ours when something is filed into it.
    private func isRight(_ store: ExperimentStore, _ creating: Bool) throws(StoreError) -> Bool {
        guard store.folder.isShadow else { return true }
        guard !creating, let folder = places.folder(of: store.folder.experiment) else { return false }
        return try folder.isPythons()
    }

    /// The ids of all experiments that have a journal; those that Python alone made too, when asked for.
    func experimentIDs(withPythons: Bool = false) throws(StoreError) -> [Experiment.ID] {
        let folders: [ExperimentFolder]
        do throws(SystemCallError) { folders = try places.folders() } catch {
            throw StoreError("listing the experiments", places.directory, error)
        }
        var found: [Experiment.ID] = []
        for folder in folders {
            do throws(SystemCallError) {
                if try FileStatus.ifPresent(folder.journal) != nil {
                    found.append(folder.experiment)
                    continue
                }
            } catch {
                throw StoreError("listing the experiments", places.directory, error)
            }
            if withPythons, try folder.isPythons() { found.append(folder.experiment) }
        }
        return found.sorted()
    }

    func pickleMayLag(_ experiment: Experiment.ID) {
        behind.insert(experiment)
        lagging.withLock { if $0[experiment] == nil { $0[experiment] = .now } }
        lag?.yield()
    }

    func pickleIsCurrent(_ experiment: Experiment.ID, _ store: ExperimentStore) {
        lagging.withLock { $0[experiment] = nil }
        // One that was just replaced is looked at again.
        if store.replacedPickles.isEmpty { behind.remove(experiment) } else { behind.insert(experiment) }
    }
}
