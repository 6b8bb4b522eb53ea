import SystemCalls
import SystemPackage

/// Which directories are known, and which watch each has. A value; it makes no system call.
///
/// One watch may belong to several places: a directory that a bind mount shows twice has one inode, and so one watch.
struct WatchTree {
    /// A directory of a project.
    struct Place: Hashable {
        fileprivate var index: Int
    }

    private struct Node {
        var project: FilePath
        var name: FilePath.Component?
        var parent: Int
        var children: [FilePath.Component: Int] = [:]
        var watch: Inotify.Watch?
        /// What it held when it was last looked into; nil when a watch tells of it, or it was not looked into yet.
        var polled: PolledFolder?
        /// The scan that has last seen it.
        var scan: Int
    }

    private var nodes: [Node?] = []
    private var free: [Int] = []
    private var roots: [FilePath: Int] = [:]
    private var places: [Inotify.Watch: [Int]] = [:]
    /// By project, the folders that have no watch and are polled.
    private var polled: [FilePath: Set<Int>] = [:]

    /// The project's own folder, made known if it was not.
    mutating func root(of project: FilePath, seenBy scan: Int) -> Place {
        if let index = roots[project] {
            nodes[index]?.scan = scan
            return Place(index: index)
        }
        let index = insert(Node(project: project, name: nil, parent: -1, scan: scan))
        roots[project] = index
        return Place(index: index)
    }

    /// The project's own folder, if it is known.
    func root(of project: FilePath) -> Place? { roots[project].map(Place.init) }

    /// A folder below a project, made known, with those above it, if it was not.
    mutating func place(at path: FilePath, in project: FilePath, seenBy scan: Int) -> Place {
        var place = root(of: project, seenBy: scan)
        for name in path.components { place = child(name, of: place, seenBy: scan) }
        return place
    }

    /// A folder below a project, if it is known.
    func place(at path: FilePath, in project: FilePath) -> Place? {
        path.components.reduce(root(of: project)) { place, name in place.flatMap { child(name, of: $0) } }
    }

    /// A folder's folder of this name, if it is known.
    func child(_ name: FilePath.Component, of place: Place) -> Place? {
        nodes[place.index]?.children[name].map(Place.init)
    }

    /// The project that the folder belongs to.
    func project(of place: Place) -> FilePath? { nodes[place.index]?.project }

    /// The folder's path below its project; empty for the project's own.
    func path(of place: Place) -> FilePath {
        var names: [FilePath.Component] = []
        var node = nodes[place.index]
        while let current = node, let name = current.name {
            names.append(name)
            node = nodes[current.parent]
        }
        return FilePath(root: nil, names.reversed())
    }

    /// Whether this is a project's own folder.
    func isRoot(_ place: Place) -> Bool { nodes[place.index]?.parent == -1 }

    /// The folder's watch, if it has one.
    func watch(of place: Place) -> Inotify.Watch? { nodes[place.index]?.watch }

    /// The folders that a watch belongs to; none when the watch is not known.
    func places(of watch: Inotify.Watch) -> [Place] { places[watch, default: []].map(Place.init) }

    /// Whether a folder above this one has the same watch: then the folder shows itself again, and so on for ever.
    func isLoop(_ watch: Inotify.Watch, at place: Place) -> Bool {
        guard let others = places[watch] else { return false }
        var index = nodes[place.index]?.parent ?? -1
        while index >= 0 {
            if others.contains(index) { return true }
            index = nodes[index]?.parent ?? -1
        }
        return false
    }

    /// Gives a folder this watch, or none; answers the watch that no folder has any more because of it.
    mutating func bind(_ place: Place, to watch: Inotify.Watch?) -> Inotify.Watch? {
        let old = nodes[place.index]?.watch
        guard old != watch else { return nil }
        nodes[place.index]?.watch = watch
        if watch != nil { clearPolled(place.index) }
        if let watch { places[watch, default: []].append(place.index) }
        return old.flatMap { unbind(place.index, from: $0) }
    }

    /// The kernel has dropped a watch: answers the folders that had it.
    mutating func forget(_ watch: Inotify.Watch) -> [Place] {
        let indices = places.removeValue(forKey: watch) ?? []
        for index in indices { nodes[index]?.watch = nil }
        return indices.map(Place.init)
    }

    /// Forgets a folder and all below it; answers the watches that no folder has any more.
    mutating func remove(_ place: Place) -> [Inotify.Watch] {
        guard let top = nodes[place.index] else { return [] }
        if let name = top.name { nodes[top.parent]?.children[name] = nil } else { roots[top.project] = nil }
        var orphaned: [Inotify.Watch] = []
        var rest = [place.index]
        while let index = rest.popLast() {
            guard let node = nodes[index] else { continue }
            if let watch = node.watch, let unused = unbind(index, from: watch) { orphaned.append(unused) }
            rest += node.children.values
            clearPolled(index)
            nodes[index] = nil
            free.append(index)
        }
        return orphaned
    }

    /// Forgets the project's folders that this scan has not seen; answers the watches that no folder has any more.
    mutating func removeUnseen(in project: FilePath, by scan: Int) -> [Inotify.Watch] {
        var orphaned: [Inotify.Watch] = []
        var rest = roots[project].map { [$0] } ?? []
        while let index = rest.popLast() {
            guard let node = nodes[index] else { continue }
            if node.scan < scan { orphaned += remove(Place(index: index)) } else { rest += node.children.values }
        }
        return orphaned
    }

    /// How many of a project's folders have a watch, and how many have none.
    func count(in project: FilePath) -> (watched: Int, unwatched: Int) {
        var (watched, unwatched) = (0, 0)
        var rest = roots[project].map { [$0] } ?? []
        while let index = rest.popLast() {
            guard let node = nodes[index] else { continue }
            if node.watch == nil { unwatched += 1 } else { watched += 1 }
            rest += node.children.values
        }
        return (watched, unwatched)
    }

    /// What a folder held when it was last looked into; nil unless it is polled.
    func polled(at place: Place) -> PolledFolder? { nodes[place.index]?.polled }

    /// A folder without a watch is polled from now on, and held this.
    mutating func poll(_ place: Place, _ folder: PolledFolder) {
        guard let project = nodes[place.index]?.project else { return }
        nodes[place.index]?.polled = folder
        polled[project, default: []].insert(place.index)
    }

    /// The folders of a project that are polled.
    func polled(in project: FilePath) -> [Place] { polled[project, default: []].map(Place.init) }

    /// Whether a folder of the project is polled.
    func isPolled(_ project: FilePath) -> Bool { polled[project] != nil }

    /// How many of a project's folders are polled, by reason.
    func polledCount(in project: FilePath) -> [PolledFolder.Reason: Int] {
        polled[project, default: []].reduce(into: [:]) { count, index in
            if let reason = nodes[index]?.polled?.reason { count[reason, default: 0] += 1 }
        }
    }

    private mutating func clearPolled(_ index: Int) {
        guard nodes[index]?.polled != nil, let project = nodes[index]?.project else { return }
        nodes[index]?.polled = nil
        polled[project]?.remove(index)
        if polled[project]?.isEmpty == true { polled[project] = nil }
    }

    private mutating func child(_ name: FilePath.Component, of place: Place, seenBy scan: Int) -> Place {
        if let index = nodes[place.index]?.children[name] {
            nodes[index]?.scan = scan
            return Place(index: index)
        }
        let project = nodes[place.index]?.project ?? FilePath()
        let index = insert(Node(project: project, name: name, parent: place.index, scan: scan))
        nodes[place.index]?.children[name] = index
        return Place(index: index)
    }

    private mutating func insert(_ node: Node) -> Int {
        if let index = free.popLast() {
            nodes[index] = node
            return index
        }
        nodes.append(node)
        return nodes.count - 1
    }

    private mutating func unbind(_ index: Int, from watch: Inotify.Watch) -> Inotify.Watch? {
        guard var indices = places[watch] else { return nil }
        indices.removeAll { $0 == index }
        places[watch] = indices.isEmpty ? nil : indices
        return indices.isEmpty ? watch : nil
    }
}
