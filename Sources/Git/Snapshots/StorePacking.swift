internal import SystemCalls
public import SystemPackage

/// Makes fewer packs of a store's, with objects as differences to one another.
///
/// While one of these lives no other process packs the store. Captures go on meanwhile: packs are made and put in place without
/// the store's lock, which is held only while old ones are removed. An end at any moment loses nothing, and the next packing
/// goes on from there.
public struct StorePacking: ~Copyable {
    /// A pack that is in place.
    public struct Pack: Sendable {
        /// Without `.pack` and `.idx`.
        public let name: String
        /// Bytes of pack and index.
        public let size: Int
        /// What is in it.
        public let entries: [PackFile.Entry]
    }

    /// What came of it.
    public struct Outcome: Sendable, Equatable {
        /// How many packs there were, and are.
        public var packs = (before: 0, after: 0)
        /// How many bytes they had, and have.
        public var bytes = (before: 0, after: 0)

        /// Whether all of it is the same.
        public static func == (one: Outcome, other: Outcome) -> Bool {
            one.packs == other.packs && one.bytes == other.bytes
        }
    }

    private let store: FilePath
    private let library: GitLibrary
    private let turn: OwnedDescriptor
    private let progress: @Sendable () -> Void

    /// Where a pack is made, in the store's folder. It goes when all is done that belongs to the pack.
    static let workplace = "packing"
    /// Larger files are not packed anew while an agent is at work: each is in memory whole then.
    private static let largestObject = 64 << 20
    /// What zlib makes of zeros.
    private static let bestCompression = 1032
    /// A capture that is under way is waited for so long; else the old packs stay until the next time.
    private static let patience = Duration.seconds(30)
    /// A pack that was packed anew before is left as it is while it is so many times as large as all smaller ones together: the
    /// work goes with what is new, not with what there is.
    private static let factor = 4

    /// Waits for another process that packs the store; nil when that takes longer. `progress` is called while there is some.
    public init?(
        of store: FilePath, _ library: GitLibrary, within patience: Duration,
        progress: @escaping @Sendable () -> Void = {}
    ) throws(SnapshotError) {
        guard let turn = try StoreLock.locked("packing.lock", of: store, within: patience) else { return nil }
        do throws(SystemCallError) {
            try SnapshotStore.writeSettings(of: store)
            for entry in try FileSystem.entries(of: store) where DurableFile.isLeftover(entry.name) {
                try? FileSystem.remove(store.appending(entry.name))
            }
        } catch {
            throw SnapshotError("packing \(store.shown)", error)
        }
        self.store = store
        self.library = library
        self.turn = turn
        self.progress = progress
    }

    private var folder: FilePath { store.appending("objects/pack") }

    // MARK: All at once

    /// Makes one pack of a store's packs when there are too many, and removes those that are all in others; `isWhole` has those
    /// packed anew, too, that would be left as they are because they are large.
    public borrowing func consolidate(isWhole: Bool = false) throws(SnapshotError) -> Outcome {
        var outcome = Outcome()
        do throws(GitError) {
            var packs = try packs().packs
            outcome.packs.before = packs.count
            outcome.bytes.before = packs.reduce(0) { $0 + $1.size }
            // What was put in place before an end, and not taken away.
            packs = try removeContained(packs)
            if packs.count > SnapshotStores.mostPacks {
                let chosen = try chosen(packs, isWhole: isWhole)
                if chosen.count > 1 {
                    let objects = chosen.reduce(into: Set<ObjectID>()) { $0.formUnion($1.entries.lazy.map(\.object)) }
                    let fresh = try pack(objects, trees: trees())
                    packs = try removeContained(packs.filter { $0.name != fresh.name } + [fresh])
                }
            }
            outcome.packs.after = packs.count
            outcome.bytes.after = packs.reduce(0) { $0 + $1.size }
        } catch {
            throw SnapshotError("packing \(store.shown)", "\(error)")
        }
        return outcome
    }

    private func chosen(_ packs: [Pack], isWhole: Bool) throws(GitError) -> [Pack] {
        let objects = try ObjectStore(library, objects: store.appending("objects"))
        var chosen: [Pack] = []
        for pack in packs.sorted(by: { $0.size > $1.size }) {
            var isTooLarge = false
            for entry in pack.entries where entry.size * Self.bestCompression > Self.largestObject && !isTooLarge {
                isTooLarge = try objects.header(of: entry.object).map { $0.size > Self.largestObject } ?? false
            }
            if !isTooLarge { chosen.append(pack) }
        }
        while !isWhole, let largest = chosen.first {
            let rest = chosen.dropFirst().reduce(0) { $0 + $1.size }
            guard largest.size > Self.factor * rest, try PackFile(largest.name, in: folder).hasDifferences() else {
                break
            }
            chosen.removeFirst()
        }
        return chosen
    }

    // MARK: Step by step

    /// The packs that are in place, and why others cannot be read.
    public borrowing func packs() throws(GitError) -> (packs: [Pack], notes: [String]) {
        try Self.packs(of: store)
    }

    /// The same, of a store that nobody is to pack.
    public static func packs(of store: FilePath) throws(GitError) -> (packs: [Pack], notes: [String]) {
        let folder = store.appending("objects/pack")
        var (packs, notes) = ([Pack](), [String]())
        for name in try Self.files({ () throws(SystemCallError) in try names(in: folder) }) {
            guard name.hasSuffix(".idx") else { continue }
            let stem = String(name.dropLast(4))
            do throws(GitError) {
                let file = try PackFile(stem, in: folder)
                packs.append(Pack(name: stem, size: file.size, entries: file.entries))
            } catch {
                notes.append("\(folder.appending(stem).shown): left as it is: \(error)")
            }
        }
        return (packs, notes)
    }

    private static func names(in folder: FilePath) throws(SystemCallError) -> [String] {
        guard try FileStatus.ifPresent(folder) != nil else { return [] }
        return try FileSystem.entries(of: folder).map(\.name.string).sorted()
    }

    /// Puts a pack with these objects in place, and nothing more; it is on the device then, with its index.
    ///
    /// `trees` lead to them, those first of which others are to be told as differences. `finish` is called when what the pack was
    /// made for is done.
    public borrowing func pack(_ objects: Set<ObjectID>, trees: [ObjectID]) throws(GitError) -> Pack {
        let workplace = store.appending(Self.workplace)
        try Self.files { () throws(SystemCallError) in
            // What a killed one left.
            try FileSystem.removeTree(workplace)
            try FileSystem.makeDirectories(workplace)
        }
        var building = try PackBuilding(of: store)
        let all = try ObjectStore(library, objects: store.appending("objects"))
        var (rest, reachable) = (objects, ReachableObjects())
        for tree in trees where !rest.isEmpty {
            try reachable.add(tree, in: all) { (object, path) throws(GitError) in
                progress()
                if rest.remove(object) != nil { try building.add(object, path: path) }
            }
        }
        for object in rest.sorted() { try building.add(object, path: []) }
        let name = try building.write(into: workplace, progress: progress)
        // Its index was made of what it really holds.
        let made = try PackFile(name, in: workplace)
        guard objects.isSubset(of: made.entries.lazy.map(\.object)) else {
            throw GitError(function: "git_packbuilder_write", code: 0, message: "the new pack lacks objects")
        }
        try Self.files { () throws(SystemCallError) in
            for ending in [".pack", ".idx"] {
                try OwnedDescriptor(opening: workplace.appending(name + ending), .readOnly, options: .noFollow)
                    .synchronize()
            }
            // Readers look for the index: the pack has to be there first.
            for ending in [".pack", ".idx"] {
                try FileSystem.rename(workplace.appending(name + ending), to: folder.appending(name + ending))
            }
            try OwnedDescriptor(directory: folder).synchronize()
        }
        return Pack(name: name, size: made.size, entries: made.entries)
    }

    /// Removes those of all packs whose objects are all in larger ones, as an end before the last step leaves them; gives those that
    /// are left.
    public borrowing func removeContained(_ packs: [Pack]) throws(GitError) -> [Pack] {
        var known: Set<ObjectID> = []
        var (kept, dropped) = ([Pack](), [Pack]())
        for pack in packs.sorted(by: { ($0.entries.count, $1.size) > ($1.entries.count, $0.size) }) {
            progress()
            if pack.entries.allSatisfy({ known.contains($0.object) }) {
                dropped.append(pack)
            } else {
                kept.append(pack)
                known.formUnion(pack.entries.lazy.map(\.object))
            }
        }
        guard !dropped.isEmpty else {
            try finish()
            return kept
        }
        do throws(SnapshotError) {
            guard let lock = try StoreLock(of: store, within: Self.patience) else { return packs }
            try remove(dropped, holding: lock)
        } catch {
            throw GitError(function: "unlink", code: 0, message: "\(error)")
        }
        try finish()
        return kept
    }

    /// Removes packs, and what was begun of others and left.
    public borrowing func remove(_ packs: [Pack], holding lock: borrowing StoreLock) throws(SnapshotError) {
        do throws(SystemCallError) {
            for pack in packs {
                // Without its index a pack is none.
                for ending in [".idx", ".pack"] { try Self.remove(folder.appending(pack.name + ending)) }
            }
            // With both locks held nobody is at work on these.
            let names = Set(try Self.names(in: folder))
            for name in names {
                let isAlone = name.hasSuffix(".pack") && !names.contains(name.dropLast(5) + ".idx")
                if isAlone || name.hasPrefix("tmp_") { try Self.remove(folder.appending(name)) }
            }
            try OwnedDescriptor(directory: folder).synchronize()
        } catch {
            throw SnapshotError("removing packs of \(store.shown)", error)
        }
    }

    /// Nothing is left to be done.
    public borrowing func finish() throws(GitError) {
        let workplace = store.appending(Self.workplace)
        try Self.files { () throws(SystemCallError) in try FileSystem.removeTree(workplace) }
    }

    /// The newest first: of them the older ones are told as differences, and the oldest are asked for the least.
    private func trees() throws(GitError) -> [ObjectID] {
        let store = store
        return try Self.files { () throws(SystemCallError) in
            try SnapshotStores.references(of: store).sorted { $0.found > $1.found }.map(\.tree)
        }
    }

    private static func remove(_ path: FilePath) throws(SystemCallError) {
        do throws(SystemCallError) { try FileSystem.remove(path) } catch {
            if error.errno != .noSuchFileOrDirectory { throw error }
        }
    }

    private static func files<Value>(_ body: () throws(SystemCallError) -> Value) throws(GitError) -> Value {
        do throws(SystemCallError) { return try body() } catch {
            throw GitError(function: error.call, code: 0, message: "\(error)")
        }
    }
}
