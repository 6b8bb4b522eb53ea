import SystemCalls
import SystemPackage

/// Folders without a watch: each look is compared with the one before.
extension WatchSet {
    /// A look into a project's folders without a watch that is on its way.
    struct Poll {
        let project: FilePath
        fileprivate var known: [WatchTree.Place]
        fileprivate var found: [FilePath] = []

        var isOver: Bool { known.isEmpty && found.isEmpty }
    }

    /// Begins to look into the folders without a watch; nil where all have one, or a scan looks into them anyway.
    mutating func beginPoll(of project: FilePath) -> Poll? {
        guard scanned != project, tree.isPolled(project) else { return nil }
        isExhausted = false
        return Poll(project: project, known: tree.polled(in: project))
    }

    /// Looks into at most so many of the folders that are still to be looked into.
    mutating func advance(_ poll: inout Poll, by count: Int) -> [Sighting] {
        var view = View()
        var requests: [FolderLook.Request] = []
        while requests.count < count {
            if let path = poll.found.popLast() {
                requests.append(request(path, of: poll.project, on: .poll))
            } else if let place = poll.known.popLast() {
                // It may have been forgotten, or have a watch by now.
                guard tree.polled(at: place) != nil, tree.project(of: place) == poll.project else { continue }
                requests.append(request(tree.path(of: place), of: poll.project, on: .poll))
            } else {
                break
            }
        }
        guard let looks = look(requests, of: poll.project) else {
            poll = Poll(project: poll.project, known: [])
            return []
        }
        for look in looks.made { take(look, of: poll.project, on: .poll, &view) }
        poll.found += looks.rest + view.folders
        // What fails for good would want a scan of everything after each look.
        if view.failsAnew { want(poll.project) }
        return view.sightings
    }

    /// Compares what a folder holds with what it held `before`, tells what is gone, and gives what is to be told as being there.
    ///
    /// It is remembered for the next look when the folder has no watch, for this reason.
    mutating func compare(
        _ listing: FolderLook.Listing, of look: FolderLook, _ project: FilePath, with before: PolledFolder?,
        on occasion: Occasion, _ view: inout View
    ) -> (markers: [FilePath.Component], folders: [FilePath.Component]) {
        let (path, reason) = (look.path, look.pollReason)
        let held = (markers: listing.markers, folders: listing.folders)
        let (marks, folders) = (listing.marks, Set(listing.folders))
        if let reason, let place = tree.place(at: path, in: project) {
            tree.poll(place, PolledFolder(reason: reason, markers: marks, folders: folders))
        }
        guard let before else { return held }
        for name in before.markers.keys where marks[name] == nil {
            view.sightings.append(
                Sighting(project: project, path: path.appending(name), kind: .deleted, polled: reason))
        }
        for name in before.folders.subtracting(folders) {
            if let child = tree.place(at: path.appending(name), in: project) { forget(child) }
            view.sightings.append(
                Sighting(project: project, path: path.appending(name), kind: .folderGone, polled: reason))
        }
        guard occasion == .poll else { return held }
        return (
            held.markers.filter { before.markers[$0] != marks[$0] },
            held.folders.filter { !before.folders.contains($0) }
        )
    }

    /// Why some of a project has no watch; nil when all has.
    func polledReason(of project: FilePath) -> PolledFolder.Reason? {
        let count = tree.polledCount(in: project)
        return count[.network] == nil ? count.keys.first : .network
    }
}
