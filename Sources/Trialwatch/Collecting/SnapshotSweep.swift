internal import Git
internal import SystemCalls
internal import SystemPackage
internal import Trials

/// Removes from a snapshot repository what no trial needs, and makes one pack of many; see `Snapshot` for who holds which lock.
///
/// It looks twice. What takes long is made of the first look, while captures go on: packs with what is to be kept of others. The
/// second one, with captures waiting, tells what may go. First the references go, then objects that none of the others leads
/// to: an end at any moment leaves every kept tree whole, and the next sweep goes on.
struct SnapshotSweep {
    /// What was, or would be, removed.
    struct Result: Equatable {
        var trees = 0
        var bytes = 0
        /// How many packs were made one of.
        var packs = 0
        /// What could not be done, each as a sentence.
        var notes: [String] = []
    }

    /// What is in the repository at one moment.
    private struct Look {
        /// The trees that are kept, the newest first.
        var kept: [ObjectID]
        /// Those whose references go.
        var old: [ObjectID]
        var reachable: ReachableObjects
    }

    private let path: FilePath
    private let library: GitLibrary
    private let now: Int64
    private let needed: Set<ObjectID>
    private var result = Result()

    /// What is younger may belong to a run whose entry is not spooled yet, or be in the making.
    private static let grace: Int64 = 24 * 3600 * 1_000_000_000
    /// A capture that is under way is waited for so long.
    private static let patience = Duration.seconds(30)

    /// All but what these trees need, and what is too young to be known, is to go; `now` is in nanoseconds, and from before it was
    /// looked which trees are needed.
    init(of path: FilePath, _ library: GitLibrary, keeping needed: Set<ObjectID>, now: Int64) {
        self.path = path
        self.library = library
        self.needed = needed
        self.now = now
    }

    /// Says what would be removed.
    mutating func plan() throws(CommandFailure) -> Result {
        let seen = try seen(since: nil)
        result.trees = seen.old.count
        let (packs, notes) = try packing { () throws(GitError) in try StorePacking.packs(of: path) }
        result.notes = notes
        for pack in packs { result.bytes += waste(of: pack, seen.reachable.all) ?? 0 }
        do throws(SystemCallError) {
            try sweepLoose(seen.reachable.all, isMeant: false)
            try sweepLeftovers(isMeant: false)
            try sweepShared(isMeant: false)
        } catch {
            throw failure("\(error)")
        }
        return result
    }

    /// Removes it.
    ///
    /// Throws when others are at work in the repository for longer than a moment.
    mutating func run() throws(CommandFailure) -> Result {
        guard let work = try work() else {
            throw CommandFailure(subject, "it is being packed just now", remedy: "try again")
        }
        try run(work)
        return result
    }

    private mutating func run(_ work: borrowing StorePacking) throws(CommandFailure) {
        let (found, notes) = try packing { () throws(GitError) in try work.packs() }
        result.notes = notes
        let packs = try packing { () throws(GitError) in try work.removeContained(found) }
        let first = try seen(since: nil)
        let isCrowded = packs.count > SnapshotStores.mostPacks
        let anew = isCrowded ? packs : packs.filter { waste(of: $0, first.reachable.all) != nil }
        let wanted = anew.reduce(into: Set<ObjectID>()) { wanted, pack in
            for entry in pack.entries where first.reachable.all.contains(entry.object) { wanted.insert(entry.object) }
        }
        var fresh: StorePacking.Pack?
        if !wanted.isEmpty { fresh = try packing { () throws(GitError) in try work.pack(wanted, trees: first.kept) } }
        guard let lock = try lock() else {
            throw CommandFailure(subject, "a snapshot is being made in it", remedy: "try again")
        }
        let second = try seen(since: first)
        result.trees = second.old.count
        do throws(SystemCallError) {
            // What a capture takes for being here must never be more than is here.
            try removeIfPresent(path.appending("known"))
            // A failure of power must not bring it back after the objects are gone.
            try sync(path)
            for tree in second.old { try removeIfPresent(path.appending("refs/snapshots/\(tree)")) }
            try sync(path.appending("refs/snapshots"))
            try sweepLoose(second.reachable.all, isMeant: true)
        } catch {
            throw failure("\(error)")
        }
        // A capture may have come to need what was not needed at the first look: its pack stays until the next sweep.
        let there = Set(fresh?.entries.map(\.object) ?? [])
        let done = anew.filter { pack in
            pack.name != fresh?.name
                && pack.entries.allSatisfy { !second.reachable.all.contains($0.object) || there.contains($0.object) }
        }
        for pack in done { result.bytes += waste(of: pack, second.reachable.all) ?? 0 }
        if isCrowded { result.packs = done.count }
        do throws(SnapshotError) { try work.remove(done, holding: lock) } catch { throw failure("\(error)") }
        do throws(SystemCallError) {
            try sweepLeftovers(isMeant: true)
            try sweepShared(isMeant: true)
        } catch {
            throw failure("\(error)")
        }
        // Captures wait until here.
        _ = consume lock
        try packing { () throws(GitError) in try work.finish() }
    }

    private var subject: String { "gc of \(path.shown)" }

    private func failure(_ reason: String) -> CommandFailure {
        CommandFailure(subject, reason, remedy: "nothing that is needed is gone; try again")
    }

    private func seen(since before: Look?) throws(CommandFailure) -> Look {
        do throws(SystemCallError) { return try look(since: before) } catch { throw failure("\(error)") }
    }

    private func packing<Value>(_ body: () throws(GitError) -> Value) throws(CommandFailure) -> Value {
        do throws(GitError) { return try body() } catch { throw failure("\(error)") }
    }

    private func work() throws(CommandFailure) -> StorePacking? {
        do throws(SnapshotError) { return try StorePacking(of: path, library, within: Self.patience) } catch {
            throw failure("\(error)")
        }
    }

    private func lock() throws(CommandFailure) -> StoreLock? {
        do throws(SnapshotError) { return try StoreLock(of: path, within: Self.patience) } catch {
            throw failure("\(error)")
        }
    }

    // MARK: Looking

    /// What there is now; what was reachable before counts as reachable still.
    private func look(since before: Look?) throws(SystemCallError) -> Look {
        var look = Look(kept: [], old: [], reachable: before?.reachable ?? ReachableObjects())
        for (tree, found) in try SnapshotStores.references(of: path).sorted(by: { $0.found > $1.found }) {
            let isKept = found > now - Self.grace || needed.contains(tree)
            if isKept { look.kept.append(tree) } else { look.old.append(tree) }
        }
        look.kept += needed.subtracting(look.kept).sorted()
        look.kept += try packedReferences()
        do throws(GitError) {
            let objects = try ObjectStore(library, objects: path.appending("objects"))
            for tree in look.kept { try look.reachable.add(tree, in: objects) }
        } catch {
            // A tree that cannot be read leads to nobody knows what.
            throw SystemCallError(call: "reading its trees: \(error)", subject: path.shown, errno: .ioError)
        }
        return look
    }

    /// Those that somebody's `git pack-refs` took: they have no times, and are kept.
    private func packedReferences() throws(SystemCallError) -> [ObjectID] {
        let file = path.appending("packed-refs")
        guard try FileStatus.ifPresent(file) != nil else { return [] }
        let bytes = try OwnedDescriptor(opening: file, .readOnly, options: .noFollow).readToEnd(limit: 1 << 28)
        return bytes.split(separator: 0x0A).compactMap { ObjectID(hex: String(decoding: $0.prefix(40), as: UTF8.self)) }
    }

    /// Bytes of a pack that are not needed; nil when it is to stay as it is.
    private func waste(of pack: StorePacking.Pack, _ reachable: Set<ObjectID>) -> Int? {
        let (wanted, all) = pack.entries.reduce(into: (0, 0)) { sums, entry in
            if reachable.contains(entry.object) { sums.0 += entry.size }
            sums.1 += entry.size
        }
        if wanted == 0 { return pack.size }
        let waste = all - wanted
        // However little: it may be the one file that somebody wanted gone.
        return waste > 0 ? waste : nil
    }

    // MARK: Removing

    private mutating func sweepLoose(_ reachable: Set<ObjectID>, isMeant: Bool) throws(SystemCallError) {
        let folder = path.appending("objects")
        for fan in try FileSystem.entries(of: folder) where fan.kind == .directory && fan.name.string.utf8.count == 2 {
            let place = folder.appending(fan.name)
            for entry in try FileSystem.entries(of: place) {
                guard let object = ObjectID(hex: fan.name.string + entry.name.string), !reachable.contains(object)
                else { continue }
                let file = place.appending(entry.name)
                result.bytes += Int(try FileStatus.ifPresent(file)?.size ?? 0)
                if isMeant { try removeIfPresent(file) }
            }
        }
    }

    /// What killed captures and others left: a pack is put in place before its index, and made under another name.
    private mutating func sweepLeftovers(isMeant: Bool) throws(SystemCallError) {
        let folder = path.appending("objects/pack")
        guard try FileStatus.ifPresent(folder) != nil else { return }
        let names = Set(try FileSystem.entries(of: folder).map(\.name.string))
        for name in names.sorted() where !(name.hasPrefix("pack-") && name.hasSuffix(".idx")) {
            if name.hasSuffix(".pack"), names.contains(name.dropLast(5) + ".idx") { continue }
            let file = folder.appending(name)
            guard let status = try FileStatus.ifPresent(file), status.kind == .regular,
                status.modified <= now - Self.grace
            else { continue }
            result.bytes += Int(status.size)
            if isMeant { try removeIfPresent(file) }
        }
    }

    /// The last pack and bundle that were made for other hosts, each when no capture has asked for it of late: the next one makes
    /// it anew.
    private mutating func sweepShared(isMeant: Bool) throws(SystemCallError) {
        for name in ["shared", "shared-commits"] { try sweepShared(path.appending(name), isMeant: isMeant) }
    }

    private mutating func sweepShared(_ folder: FilePath, isMeant: Bool) throws(SystemCallError) {
        guard try FileStatus.ifPresent(folder) != nil else { return }
        var files: [(path: FilePath, status: FileStatus)] = []
        for entry in try FileSystem.entries(of: folder) {
            let file = folder.appending(entry.name)
            if let status = try FileStatus.ifPresent(file) { files.append((file, status)) }
        }
        guard files.allSatisfy({ $0.status.modified <= now - Self.grace }) else { return }
        for (file, status) in files {
            result.bytes += Int(status.size)
            if isMeant { try removeIfPresent(file) }
        }
    }

    private func sync(_ folder: FilePath) throws(SystemCallError) {
        guard try FileStatus.ifPresent(folder) != nil else { return }
        try OwnedDescriptor(directory: folder).synchronize()
    }

    private func removeIfPresent(_ path: FilePath) throws(SystemCallError) {
        do throws(SystemCallError) { try FileSystem.remove(path) } catch {
            if error.errno != .noSuchFileOrDirectory { throw error }
        }
    }
}
