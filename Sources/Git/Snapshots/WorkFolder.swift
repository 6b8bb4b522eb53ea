/// A file, link or folder of a work tree.
///
/// There may be a million: what it has is in such an order that it takes eighty bytes.
struct WorkEntry {
    /// What it is, in a tree of git's.
    enum Kind: UInt8 {
        case file, executable, link, folder
        /// A file that says where a link leads to, on a disk that has none.
        case linkText

        var mode: UInt32 {
            switch self {
            case .file: 0o100644
            case .executable: 0o100755
            case .link, .linkText: 0o120000
            case .folder: 0o40000
            }
        }
    }

    private let nameStart: UInt32
    // A directory's own records have no longer ones.
    private let nameCount: UInt16
    let kind: Kind
    /// Whether the last snapshot knew just this of it.
    var isRemembered = false
    /// What stat said of it; of a folder nothing.
    var stamp: FileStamp
    /// What is known of its content; nil until it was read.
    var content: KnownContent?
    /// Whether it may change without stat telling, as it changed just now.
    var isUnsettled = false
    /// What is below it.
    var folder: WorkFolder?

    /// An entry whose name is at a place among the names of its folder.
    init(name: Range<Int>, kind: Kind, stamp: FileStamp) {
        nameStart = UInt32(name.lowerBound)
        nameCount = UInt16(name.count)
        self.kind = kind
        self.stamp = stamp
    }

    /// Where its name is among the names of its folder.
    var name: Range<Int> { Int(nameStart)..<Int(nameStart) + Int(nameCount) }

    /// What the tree has of it.
    var id: ObjectID { content?.id ?? .none }

    var isFile: Bool { kind != .link && kind != .folder }
}

/// A folder of a work tree as a walk found it: only what belongs into the snapshot.
final class WorkFolder {
    /// From the root of the walk, without a slash at its end; empty for the root.
    let path: [UInt8]
    /// The repository whose files these are.
    let tracked: TrackedFiles?
    /// How many bytes of the path lie before those that this repository has for it.
    let base: Int
    /// Names of entries, each with a zero behind it.
    var names: [UInt8] = []
    /// In git's order.
    var entries: [WorkEntry] = []
    /// The commit that the repository around has to compare, when this is a submodule.
    var link: ObjectID?
    /// The tree of what is here; nil when nothing is.
    var tree: ObjectID?
    /// The same tree with submodules as git has them.
    var compared: ObjectID?

    init(path: [UInt8], tracked: TrackedFiles?, base: Int) {
        self.path = path
        self.tracked = tracked
        self.base = base
    }

    /// The path of an entry, from the root of the walk.
    func path(of entry: WorkEntry) -> [UInt8] {
        (path.isEmpty ? path : path + [UInt8(ascii: "/")]) + names[entry.name]
    }

    /// The same for the repository that it is tracked by.
    func trackedPath(of entry: WorkEntry) -> [UInt8] { Array(path(of: entry)[base...]) }

    /// The entry with a name.
    func entry(named name: [UInt8]) -> WorkEntry? { place(of: name[...]).map { entries[$0] } }

    /// What a tree of git's would have of an entry; nil of a folder in which is nothing.
    func version(of entry: WorkEntry) -> (id: ObjectID, mode: UInt32)? {
        guard let inner = entry.folder else { return (entry.id, entry.kind.mode) }
        if let link = inner.link { return (link, 0o160000) }
        return inner.compared.map { ($0, entry.kind.mode) }
    }

    /// Where the entry with a path is, seen from this folder.
    func find(_ path: ArraySlice<UInt8>) -> (folder: WorkFolder, place: Int)? {
        let name = path.prefix { $0 != UInt8(ascii: "/") }
        guard let place = place(of: name) else { return nil }
        if name.endIndex == path.endIndex { return (self, place) }
        return entries[place].folder?.find(path[(name.endIndex + 1)...])
    }

    /// Whether an entry is tracked.
    func tracks(_ entry: WorkEntry) -> Bool {
        guard let tracked else { return false }
        return trackedPath(of: entry).withZero { tracked.tracks($0) }
    }

    /// Says what is in the folder whose name stands at a place, or that nothing is to be said of it.
    func settle(_ name: Range<Int>, _ folder: WorkFolder?) {
        guard let place = place(of: names[name]) else { return }
        if let folder { entries[place].folder = folder } else { entries.remove(at: place) }
    }

    /// Calls `body` with each file and link in the folder and below it, in git's order; what it says of an entry stays.
    func forEachFile<Failure: Error>(
        _ body: (WorkFolder, inout WorkEntry) throws(Failure) -> Bool
    ) throws(Failure) {
        var dropped: [Int] = []
        for place in entries.indices {
            if let folder = entries[place].folder {
                try folder.forEachFile(body)
            } else if try !body(self, &entries[place]) {
                dropped.append(place)
            }
        }
        for place in dropped.reversed() { entries.remove(at: place) }
    }
}

extension WorkFolder {
    /// Where the entry with a name is: a file and a folder of that name have different places in the order.
    private func place(of name: ArraySlice<UInt8>) -> Int? {
        for end in [0, UInt8(ascii: "/")] {
            var (low, high) = (0, entries.count)
            while low < high {
                let middle = (low + high) / 2
                if isEntry(middle, before: name, end) { low = middle + 1 } else { high = middle }
            }
            if low < entries.count, names[entries[low].name].elementsEqual(name) { return low }
        }
        return nil
    }

    /// Whether an entry comes before a name behind which a byte is.
    private func isEntry(_ place: Int, before name: ArraySlice<UInt8>, _ end: UInt8) -> Bool {
        let own = names[entries[place].name]
        let ownEnd = entries[place].kind == .folder ? UInt8(ascii: "/") : 0
        for (first, second) in zip(own, name) where first != second { return first < second }
        if own.count == name.count { return ownEnd < end }
        return own.count < name.count
            ? ownEnd < name[name.startIndex + own.count] : own[own.startIndex + name.count] < end
    }

    /// What the tree has of files that were looked through for secrets: it has none.
    var lookedThrough: Set<ObjectID> {
        var found: Set<ObjectID> = []
        forEachFile { _, entry in
            let findings = entry.content?.findings ?? []
            if !findings.isDisjoint(with: [.isClean, .hasSecret]) { found.insert(entry.id) }
            return true
        }
        return found
    }

    /// Puts the entries into the order of git's trees: by their bytes, a folder as if a slash were behind it.
    func sort() {
        names.withUnsafeBufferPointer { names in
            func byte(_ entry: WorkEntry, _ place: Int) -> UInt8 {
                if place < entry.name.count { return names[entry.name.lowerBound + place] }
                return entry.kind == .folder && place == entry.name.count ? UInt8(ascii: "/") : 0
            }
            entries.sort { one, other in
                for place in 0...min(one.name.count, other.name.count) {
                    let (first, second) = (byte(one, place), byte(other, place))
                    if first != second { return first < second }
                }
                return false
            }
        }
    }
}
