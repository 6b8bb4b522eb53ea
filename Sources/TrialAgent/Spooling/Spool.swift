import Synchronization
import SystemCalls
import SystemPackage
import Trials

/// What stands between making records and filing them: every entry is a file, durable before its claim is forgotten, and
/// removed when its store has acknowledged it.
///
/// In memory it has a few words an entry; contents are read when they are filed. Both sides may die at any moment: an entry
/// that is spooled again is the same file, and one that is filed again is the same trial.
actor Spool {
    /// What waits for one store.
    struct Shelf {
        var queue = EntryQueue()
        /// Runs with an entry that was refused: what else comes of them goes aside, too.
        var refused: Set<UInt64> = []
        var setAside = 0
        /// What it has acknowledged; nil until it is asked for.
        var done: DoneEntries?
        var wake: AsyncStream<Void>.Continuation?
    }

    private let executor = BlockingExecutor("trialwatch.spool")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    let files: SpoolFiles
    let stores: FiledStores
    let snapshots: FilePath
    private let writers: [EntryWriter]
    let ballast: Ballast
    var shelves: [String: Shelf] = [:]
    private nonisolated let tally = Mutex<[String: SpoolCounts]>([:])
    nonisolated let quarantine = Mutex(0)
    /// What entries that are read one after the other have in common.
    private var captures = EntryCaptures()
    /// How many calls spool entries.
    private(set) var appending = 0
    /// True while the ballast is used up, or could never be made.
    nonisolated let isShortOfRoom: Mutex<Bool>

    /// What is being brought to the device.
    private let underWay = UnfinishedWork()

    /// What was found odd at the start, as sentences for the user.
    nonisolated let notices: [String]

    /// Opens the spool of a state directory, or begins it, and looks through what waits there. Blocks meanwhile.
    init(
        in state: FilePath,
        synchronizeContent: @escaping SpoolFiles.Synchronize = { (file) throws(SystemCallError) in
            try file.synchronizeContent()
        }
    ) throws(AgentError) {
        let root = state.appending("spool")
        ballast = Ballast(in: root)
        stores = FiledStores(in: state)
        snapshots = state.appending(CaptureSubjects.stores)
        do throws(SystemCallError) {
            files = try SpoolFiles(at: root, synchronizeContent: synchronizeContent)
            writers = (0..<EntryWriter.count).map { [files] in EntryWriter($0, files: files) }
            var found = SpoolInventory()
            try found.take(from: files)
            for (name, backend) in found.waiting { shelves[backend, default: Shelf()].queue.insert(name) }
            for (name, backend) in found.setAside {
                shelves[backend, default: Shelf()].refused.insert(name.run)
                shelves[backend, default: Shelf()].setAside += 1
            }
            try files.sweepFiles(keeping: (found.waiting + found.setAside).map(\.name))
            notices = found.notices
            isShortOfRoom = Mutex(!Self.restore(ballast))
            let counts = shelves.mapValues { SpoolCounts(waiting: $0.queue.count, setAside: $0.setAside) }
            let quarantined = found.quarantined
            tally.withLock { $0 = counts }
            quarantine.withLock { $0 = quarantined }
        } catch {
            throw Self.failure("opening the spool", root, error)
        }
    }

    /// How much waits for each store, those that no configuration names any more among them.
    nonisolated var counts: [String: SpoolCounts] { tally.withLock { $0 } }

    /// How many files were found damaged and lie in `quarantine`.
    nonisolated var quarantined: Int { quarantine.withLock { $0 } }

    /// Gives a signal whenever something new waits for a store.
    func signal(_ wake: AsyncStream<Void>.Continuation, whenSpooledFor backend: String) {
        shelves[backend, default: Shelf()].wake = wake
        wake.yield()
    }

    /// Spools entries; when this returns they are there after a power failure, too.
    ///
    /// After a failure none of them counts as spooled: append all of them again. A full disk is a transient error; it comes
    /// when the ballast is used up, too.
    func append(_ entries: [SpoolEntry]) async throws(AgentError) {
        guard !entries.isEmpty else { return }
        underWay.added()
        appending += 1
        defer {
            appending -= 1
            underWay.finished()
        }
        var failure = await write(entries)
        if failure?.isFullDisk == true {
            isShortOfRoom.withLock { $0 = true }
            if ballast.release() { failure = await write(entries) }
        }
        if failure == nil {
            do throws(SystemCallError) { try files.settle() } catch {
                failure = Self.failure("spooling", files.path(of: .new), error)
            }
        }
        if let failure {
            takeBack(entries)
            throw failure
        }
        for entry in entries { shelves[entry.backend, default: Shelf()].queue.insert(entry.name) }
        for backend in Set(entries.map(\.backend)) {
            count(backend)
            shelves[backend]?.wake?.yield()
        }
    }

    /// Gives back the room of those of the entries that were written before one could not be.
    private func takeBack(_ entries: [SpoolEntry]) {
        // An entry that is being moved has its file from before.
        for entry in entries where !shelves.values.contains(where: { $0.queue.contains(entry.name) }) {
            // What stays is written over when they are appended again, or found by the next start.
            try? files.remove(entry.name)
        }
    }

    /// The oldest entries for a store that come after a place in the order, at most one a run, within the store's capacity
    /// but for a single one that exceeds it.
    ///
    /// Of runs that are `underWay`, with an entry that is being filed, there is none; later batches come back to them. What
    /// cannot be read goes to quarantine, later entries of a refused run go aside; both are told in the notices.
    func pending(
        for backend: String, after place: EntryName? = nil, excluding runs: Set<UInt64> = [],
        underWay: Set<UInt64> = [], limit: FilingCapacity
    ) throws(AgentError) -> SpoolBatch {
        var batch = SpoolBatch(end: place)
        var taken = underWay
        var (position, passedOver) = (place, 0)
        while let name = shelves[backend]?.queue.next(after: position) {
            guard batch.entries.count < max(1, limit.trials), passedOver <= limit.trials else {
                batch.isFull = true
                break
            }
            position = name
            if shelves[backend]?.refused.contains(name.run) == true {
                let reason = "an earlier filing of this run was refused and set aside"
                if let notice = putAside(name, of: backend, reason) { batch.notices.append(notice) }
            } else if taken.contains(name.run) {
                passedOver += 1
                continue
            } else if !runs.contains(name.run), let (entry, size) = try load(name, for: backend, &batch.notices) {
                guard batch.entries.isEmpty || batch.bytes + size <= limit.bytes else {
                    batch.isFull = true
                    break
                }
                batch.entries.append(entry)
                batch.bytes += size
                taken.insert(name.run)
            }
            if passedOver == 0 { batch.end = name }
        }
        return batch
    }

    /// Removes packs that were handed over, when the entries that are to have them are written, or none is.
    func removeBegun(_ packs: [FilePath]) {
        // What cannot be removed now is swept at the next start.
        for pack in packs { try? files.removeIfPresent(pack) }
    }

    /// Forgets entries that their store has acknowledged.
    ///
    /// When this throws they are forgotten all the same; a file that stays is filed again after the next start, which
    /// changes nothing.
    func remove(_ names: [EntryName], of backend: String) throws(AgentError) {
        var failure: AgentError?
        for name in names {
            shelves[backend]?.queue.remove(name)
            do throws(SystemCallError) {
                try files.remove(name)
                try files.removeFiles(of: name)
            } catch {
                failure = Self.failure("removing a filed entry", files.path(of: name.path, in: .new), error)
            }
        }
        count(backend)
        if let failure { throw failure }
    }

    /// Takes an entry that its store refused for good out of the order, and with it whatever else comes of its run; gives
    /// what went wrong with that.
    func setAside(_ name: EntryName, of backend: String, reason: String) -> String? {
        putAside(name, of: backend, reason)
    }

    /// Whether something has not got on to the device for longer than `limit`.
    nonisolated func isStuck(after limit: Duration) -> Bool {
        executor.isStuck(after: limit) || underWay.isStuck(after: limit)
    }

    /// The oldest and the newest entry that waits for a store.
    func range(of backend: String) -> ClosedRange<EntryName>? {
        guard let queue = shelves[backend]?.queue, let first = queue.first, let last = queue.last else { return nil }
        return first...last
    }

    private func write(_ entries: [SpoolEntry]) async -> AgentError? {
        // The same entry twice is one file, which two must not write at the same time.
        let entries = Array(Dictionary(entries.map { ($0.name, $0) }) { $1 }.values)
        return await withTaskGroup { group in
            for (number, writer) in writers.enumerated().prefix(entries.count) {
                let share = stride(from: number, to: entries.count, by: writers.count).map { entries[$0] }
                group.addTask { await writer.write(share) }
            }
            var failure: AgentError?
            for await one in group { failure = failure ?? one }
            return failure
        }
    }

    private func load(
        _ name: EntryName, for backend: String, _ notices: inout [String]
    ) throws(AgentError) -> (SpoolEntry, Int)? {
        let path = files.path(of: name.path, in: .new)
        do {
            let bytes = try files.read(name, in: .new)
            let (entry, size) = try EntryFile.sizedEntry(in: bytes, named: name, &captures)
            return (files.withFiles(entry), size)
        } catch let damage as DamagedEntry {
            notices.append(quarantine(name, of: backend, damage.description))
        } catch let error as SystemCallError where error.errno == .noSuchFileOrDirectory {
            shelves[backend]?.queue.remove(name)
            notices.append("\(path.shown): this spooled entry was removed by somebody else and is not filed")
        } catch let error as SystemCallError where error.isOfTheFile {
            notices.append(quarantine(name, of: backend, "\(error)"))
        } catch {
            throw Self.failure("reading a spooled entry", path, error)
        }
        count(backend)
        return nil
    }

    private func quarantine(_ name: EntryName, of backend: String, _ reason: String) -> String {
        shelves[backend]?.queue.remove(name)
        let path = files.path(of: name.path, in: .quarantine)
        do throws(SystemCallError) {
            try files.move(name.path, to: .quarantine, reason: reason)
        } catch {
            return "\(files.path(of: name.path, in: .new).shown): \(reason); moving it to quarantine: \(error)"
        }
        quarantine.withLock { $0 += 1 }
        return "\(path.shown): this spooled entry is damaged and is not filed: \(reason)"
    }

    private func putAside(_ name: EntryName, of backend: String, _ reason: String) -> String? {
        shelves[backend]?.queue.remove(name)
        shelves[backend]?.refused.insert(name.run)
        shelves[backend]?.setAside += 1
        count(backend)
        do throws(SystemCallError) {
            try files.move(name.path, to: .aside, reason: reason)
            return nil
        } catch {
            return "\(files.path(of: name.path, in: .new).shown): setting this entry aside: \(error)"
        }
    }

    func count(_ backend: String) {
        let counts = shelves[backend].map { SpoolCounts(waiting: $0.queue.count, setAside: $0.setAside) }
        tally.withLock { $0[backend] = counts }
    }

    static func failure(_ act: String, _ path: FilePath, _ error: any Error) -> AgentError {
        if let error = error as? AgentError { return error }
        let call = error as? SystemCallError
        return AgentError(
            .spooling, path.shown, "\(act): \(error)",
            remedy: call?.isFullDisk == true ? "free some space; nothing is lost meanwhile" : nil,
            isTransient: call?.isShortage == true, cause: error)
    }
}
