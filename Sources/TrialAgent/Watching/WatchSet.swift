import Logging
import SystemCalls
import SystemPackage

/// The watches of all projects and what they tell: turns what happened in directories into sightings of markers.
///
/// Wherever a folder comes into view its watch is set before it is listed, so that nothing falls between the two; what is
/// seen twice because of it does no harm. Whatever cannot be followed makes its project wanted for a scan: events are
/// hints, the truth is in the directory.
struct WatchSet {
    struct Project {
        var folder: WatchedFolder
        var root: FoundRoot?
        /// Folders of other projects below this one: a file belongs to the deepest.
        var nested: Set<FilePath> = []
        /// Folders that cannot be read, and why.
        var unreadable: [FilePath: String] = [:]
        /// Whether a device's files may change without this kernel knowing.
        var isNetwork: [UInt64: Bool] = [:]
        /// Whether some of it has no watch, because the user's limit of watches is used up; it is told once.
        var isLimited = false
        /// Why the project is not there; nil when it is, or was not looked for yet.
        var missing: String?
    }

    let thread: EventThread
    let logger: Logger
    /// Whether a folder's files may change without this kernel knowing.
    let isOnNetwork: @Sendable (borrowing OwnedDescriptor) throws(SystemCallError) -> Bool
    /// A folder that does not answer is as good as missing.
    let answering: AnsweringFolders
    /// How many folders scans have looked into since the start.
    var looked = 0
    /// Called after each part of something long.
    private let gotOn: @Sendable () -> Void
    var tree = WatchTree()
    var projects: [FilePath: Project] = [:]
    /// Projects that are to be scanned, in order.
    private(set) var wanted: [FilePath] = []
    /// Watches that were taken away; until the kernel says so, what happened under them before still comes.
    private var retired: Set<Inotify.Watch> = []
    /// Folders in which projects may appear; those without a watch are only looked into now and then.
    var parents: [FilePath: Inotify.Watch?] = [:]
    /// Whether a project may have appeared or gone since this was last asked.
    var mayHaveOthers = false
    /// The project whose scan is not over.
    var scanned: FilePath?
    var scan = 0
    /// Whether there was no watch to be had when this was last tried.
    var isExhausted = false

    init(
        thread: EventThread, logger: Logger,
        isOnNetwork: @escaping @Sendable (borrowing OwnedDescriptor) throws(SystemCallError) -> Bool,
        answering: AnsweringFolders = AnsweringFolders(),
        gettingOn: @escaping @Sendable () -> Void = {}
    ) {
        self.thread = thread
        gotOn = gettingOn
        self.logger = logger
        self.isOnNetwork = isOnNetwork
        self.answering = answering
    }

    /// Watches these folders and no others from now on; what is new or has changed is wanted.
    mutating func replace(_ folders: [WatchedFolder]) {
        let kept = Set(folders.map(\.project))
        var changed = folders.map(\.project).filter { projects[$0] == nil }
        for project in projects.keys where !kept.contains(project) {
            changed.append(project)
            drop(project)
            projects[project] = nil
            wanted.removeAll { $0 == project }
        }
        for folder in folders where projects[folder.project]?.folder != folder {
            projects[folder.project, default: Project(folder: folder)].folder = folder
            want(folder.project)
        }
        wantThose(around: changed)
    }

    /// Asks for a scan of the projects that others lie in which came or went: whose folder is whose has changed.
    private mutating func wantThose(around others: [FilePath]) {
        let places = others.compactMap { place(of: $0) }
        for (project, known) in projects {
            guard let root = known.root?.path else { continue }
            if places.contains(where: { $0 != root && $0.starts(with: root) }) { want(project) }
        }
    }

    /// Asks for a scan of a project.
    mutating func want(_ project: FilePath) {
        if projects[project] != nil, !wanted.contains(project) { wanted.append(project) }
    }

    /// Asks for a scan of every project.
    mutating func wantAll() {
        for project in projects.keys.sorted(by: { $0.string < $1.string }) { want(project) }
    }

    /// The next project to scan.
    mutating func nextWanted() -> FilePath? {
        wanted.isEmpty ? nil : wanted.removeFirst()
    }

    /// A folder of many is done.
    func progressed() {
        thread.progressed()
        gotOn()
    }

    /// Takes what happened, in the kernel's order.
    mutating func take(_ events: [Inotify.Event]) -> [Sighting] {
        var sightings: [Sighting] = []
        for event in events { take(event, &sightings) }
        return sightings
    }

    private mutating func take(_ event: Inotify.Event, _ sightings: inout [Sighting]) {
        if event.happening.contains(.overflowed) {
            logger.notice("more happened at once than the kernel remembers; all projects are looked through")
            mayHaveOthers = true
            return wantAll()
        }
        if event.happening.contains(.ignored) {
            loseParent(event.watch)
            if retired.remove(event.watch) == nil { lose(event.watch) }
            return
        }
        let isOfParent = takeOfParent(event)
        let places = tree.places(of: event.watch)
        if places.isEmpty, !isOfParent, !retired.contains(event.watch) {
            logger.debug("something happened under a watch that is not known; all projects are looked through")
            return wantAll()
        }
        for place in places {
            if let name = event.name {
                take(event.happening, name, in: place, &sightings)
            } else if tree.isRoot(place), !event.happening.isDisjoint(with: [.selfDeleted, .selfMoved, .unmounted]) {
                lose(place)
            } else if event.happening.contains(.unmounted), let project = tree.project(of: place) {
                want(project)
            }
        }
    }

    private mutating func take(
        _ happening: Inotify.Happening, _ name: FilePath.Component, in place: WatchTree.Place,
        _ sightings: inout [Sighting]
    ) {
        guard let project = tree.project(of: place), let folder = projects[project]?.folder else { return }
        let path = tree.path(of: place).appending(name)
        let comes = !happening.isDisjoint(with: [.created, .movedIn])
        guard happening.contains(.toDirectory) else {
            if comes, IgnoreRules.marksEnvironment(name), !tree.isRoot(place) { return forget(place) }
            guard folder.isMarker(path) else { return }
            sightings.append(Sighting(project: project, path: path, kind: Sighting.Kind(happening)))
            return
        }
        if comes, folder.isEntered(path) {
            if IgnoreRules.marksEnvironment(name), !tree.isRoot(place) { return forget(place) }
            enter(path, of: project, &sightings)
        } else if !comes, folder.isEntered(path) {
            if let child = tree.child(name, of: place) { forget(child) }
            sightings.append(Sighting(project: project, path: path, kind: .folderGone))
        }
    }

    /// Takes a folder's watch and those of all below it away.
    mutating func forget(_ place: WatchTree.Place) {
        retire(tree.remove(place))
    }

    mutating func retire(_ watches: [Inotify.Watch]) {
        for watch in watches where !isOfParent(watch) {
            retired.insert(watch)
            thread.remove(watch)
        }
    }

    /// Where a folder really is; nil when it is not there or does not answer.
    func place(of folder: FilePath) -> FilePath? {
        answering.answers(folder) ? try? FileSystem.resolve(folder) : nil
    }

    /// Lets go of a project's watches, as if it had never been seen.
    mutating func drop(_ project: FilePath) {
        if let place = tree.root(of: project) { forget(place) }
        projects[project]?.root = nil
    }

    /// The kernel has dropped a watch that nobody took away.
    private mutating func lose(_ watch: Inotify.Watch) {
        for place in tree.forget(watch) {
            if tree.isRoot(place) { lose(place) } else { forget(place) }
        }
    }

    /// A project's own folder is gone, or is another. That deletes no marker: a disk may have been taken out.
    private mutating func lose(_ root: WatchTree.Place) {
        guard let project = tree.project(of: root) else { return }
        drop(project)
        want(project)
    }
}

extension Sighting.Kind {
    fileprivate init(_ happening: Inotify.Happening) {
        if happening.contains(.closedAfterWrite) {
            self = .closedAfterWrite
        } else if happening.contains(.movedIn) {
            self = .renamedIn
        } else if happening.contains(.created) {
            self = .created
        } else {
            self = .deleted
        }
    }
}
