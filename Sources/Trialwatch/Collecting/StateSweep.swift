internal import Git
internal import SystemCalls
internal import SystemPackage
internal import TrialAgent
internal import Trials

/// Frees what the agent's state directory holds for nobody.
actor StateSweep {
    private let executor = BlockingExecutor("trialwatch.gc")
    /// It waits for the disk on a thread of its own.
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let state: FilePath
    private let world: World

    /// What Pythons printed of their libraries is printed again when it is needed.
    private static let libraryTextAge: Int64 = 30 * 24 * 3600 * 1_000_000_000

    init(state: FilePath, world: World) {
        self.state = state
        self.world = world
    }

    /// The snapshots that the spool's entries name.
    func spooled() throws(CommandFailure) -> SpooledSnapshots {
        do throws(AgentError) { return try SpooledSnapshots(in: state) } catch { throw CommandFailure(error) }
    }

    /// The stores that agents filed to from here.
    func filedStores() throws(CommandFailure) -> [FiledStores.Store] {
        do throws(AgentError) { return try FiledStores(in: state).all() } catch { throw CommandFailure(error) }
    }

    /// Forgets stores, for good.
    func forget(_ stores: [FiledStores.Store]) throws(CommandFailure) {
        do throws(AgentError) { for store in stores { try FiledStores(in: state).forget(store) } } catch {
            throw CommandFailure(error)
        }
    }

    /// Sweeps every repository of snapshots; one that cannot be swept keeps no other from it, and is told. `began` is from before
    /// the first look at what needs them, in nanoseconds.
    func sweepSnapshots(
        keeping needed: NeededSnapshots, since began: Int64, isMeant: Bool
    ) throws(CommandFailure) -> [(store: String, result: SnapshotSweep.Result)] {
        let stores: [FilePath]
        do throws(SystemCallError) {
            stores = try SnapshotStores.all(in: state.appending("snapshots"))
        } catch {
            throw CommandFailure("gc", "\(error)")
        }
        if stores.isEmpty { return [] }
        let surroundings = world.surroundings
        let library: GitLibrary
        do throws(GitError) {
            library = try GitLibrary(home: surroundings.home, configuration: surroundings.configurationHome)
        } catch {
            throw CommandFailure("starting libgit2", "\(error)")
        }
        var results: [(store: String, result: SnapshotSweep.Result)] = []
        for path in stores {
            let store = path.lastComponent?.stem ?? ""
            do throws(CommandFailure) {
                var sweep = SnapshotSweep(of: path, library, keeping: needed[store], now: began)
                results.append((store, isMeant ? try sweep.run() : try sweep.plan()))
            } catch {
                results.append((store, SnapshotSweep.Result(notes: error.lines)))
            }
        }
        return results
    }

    /// Removes texts that nothing has asked for in a month; gives how many bytes they had.
    func sweepLibraryTexts(isMeant: Bool) throws(CommandFailure) -> Int {
        let folder = state.appending("libraries")
        var bytes = 0
        do throws(SystemCallError) {
            guard try FileStatus.ifPresent(folder) != nil else { return 0 }
            for entry in try FileSystem.entries(of: folder) where entry.kind == .regular {
                let file = folder.appending(entry.name)
                guard let status = try FileStatus.ifPresent(file), status.modified < Clock.now - Self.libraryTextAge
                else { continue }
                bytes += Int(status.size)
                if isMeant { try FileSystem.remove(file) }
            }
        } catch {
            throw CommandFailure("gc of \(folder.shown)", "\(error)")
        }
        return bytes
    }
}
