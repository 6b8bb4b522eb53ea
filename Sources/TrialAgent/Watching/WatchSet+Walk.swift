import Logging
import SystemCalls
import SystemPackage

extension WatchSet {
    /// A scan of a project on its way: which folders are still to be looked into.
    struct Scan {
        let project: FilePath
        let number: Int
        /// Whether nothing of the project is known yet.
        fileprivate let isFirst: Bool
        fileprivate var rest: [FilePath] = [FilePath()]
        /// False when a part could not be looked into for a reason that passes.
        fileprivate(set) var isComplete = true

        var isOver: Bool { rest.isEmpty }
    }

    /// Why a folder is looked into.
    enum Occasion {
        /// The whole project is scanned.
        case scan
        /// It was made or moved in.
        case entry
        /// It has no watch: what has changed since the last look is told.
        case poll
    }

    /// So many of the folders that were made or moved in are looked into at once.
    private static let enteredAtOnce = 64

    /// What one folder showed.
    struct View {
        var sightings: [Sighting] = []
        var folders: [FilePath] = []
        var isComplete = true
        /// Whether something could not be looked into for a reason that was not there before.
        var failsAnew = false
    }

    /// Begins a scan, looking for the project's folder first; nil when it is not there.
    mutating func beginScan(of project: FilePath) -> Scan? {
        guard projects[project] != nil else { return nil }
        do throws(SystemCallError) {
            guard answering.answers(project) else { throw SystemCallError.silent(project) }
            let found = try FoundRoot(of: project)
            // A folder that is there and may not be opened is as good as missing, until the next scan looks again.
            _ = try found.open()
            if let known = projects[project]?.root, known != found {
                logger.notice("\(project.shown) is another folder now; it is looked through anew")
                drop(project)
            }
            if projects[project]?.missing != nil { logger.notice("\(project.shown) is there and is watched") }
            projects[project]?.root = found
            projects[project]?.missing = nil
            let nested = nested(in: found, but: project)
            projects[project]?.nested = nested
        } catch {
            if projects[project]?.missing == nil {
                logger.warning("\(project.shown): not there to be watched: \(error); it is looked for again later")
            }
            drop(project)
            projects[project]?.missing = "\(error)"
            return nil
        }
        scan += 1
        scanned = project
        return Scan(project: project, number: scan, isFirst: tree.root(of: project) == nil)
    }

    /// Looks into at most so many of the folders that are still to be looked into.
    mutating func advance(_ scan: inout Scan, by count: Int) -> [Sighting] {
        var view = View()
        let requests = scan.rest.suffix(count).map { request($0, of: scan.project, on: .scan) }
        scan.rest.removeLast(requests.count)
        // Later scans have time, and two threads would wait for each other at the kernel's locks.
        let onTwoThreads = scan.isFirst && requests.count >= 64
        guard let looks = look(requests, of: scan.project, onTwoThreads: onTwoThreads) else {
            scan.isComplete = false
            scan.rest = []
            return []
        }
        looked += looks.made.count
        for look in looks.made { take(look, of: scan.project, on: .scan, &view) }
        scan.rest += looks.rest + view.folders
        view.folders = []
        scan.isComplete = scan.isComplete && view.isComplete
        return view.sightings
    }

    /// Forgets the folders that a scan that is over has not come by.
    mutating func sweep(_ scan: Scan) {
        if scan.isComplete { retire(tree.removeUnseen(in: scan.project, by: scan.number)) }
        forgetReadable(of: scan.project)
        noteLimit(of: scan.project)
    }

    /// Looks into a folder that was made or moved in, and into all below it.
    mutating func enter(_ path: FilePath, of project: FilePath, _ sightings: inout [Sighting]) {
        guard projects[project]?.nested.contains(path) != true else { return want(path: path, below: project) }
        guard projects[project]?.root != nil else { return want(project) }
        var view = View()
        view.folders = [path]
        while !view.folders.isEmpty {
            let requests = view.folders.suffix(Self.enteredAtOnce).map { request($0, of: project, on: .entry) }
            view.folders.removeLast(requests.count)
            guard let looks = look(requests, of: project) else { break }
            for look in looks.made { take(look, of: project, on: .entry, &view) }
            view.folders += looks.rest
            progressed()
        }
        if !view.isComplete { want(project) }
        sightings += view.sightings
    }

    /// Takes in what a look has shown.
    mutating func take(
        _ look: FolderLook, of project: FilePath, on occasion: Occasion, _ view: inout View
    ) {
        do throws(SystemCallError) {
            if let volume = look.volume { note(volume.device, isNetwork: volume.isNetwork, project) }
            let before =
                tree.isPolled(project)
                ? tree.place(at: look.path, in: project).flatMap { tree.polled(at: $0) } : nil
            // A watch that was set is remembered, whatever failed after it: else nobody takes it away.
            if look.watch != nil { try bind(look, of: project) }
            if let failure = look.failure { throw failure }
            if let listing = look.listing { take(listing, of: look, project, before, on: occasion, &view) }
            if projects[project]?.unreadable.isEmpty == false { projects[project]?.unreadable[look.path] = nil }
        } catch {
            fail(error, at: look.path, of: project, &view)
        }
    }

    /// Remembers a folder's watch, or that it has none.
    private mutating func bind(_ look: FolderLook, of project: FilePath) throws(SystemCallError) {
        let place = tree.place(at: look.path, in: project, seenBy: scan)
        let before = tree.watch(of: place)
        switch look.watch {
        case .set(let watch):
            isExhausted = false
            if watch == before { return }
            if tree.isLoop(watch, at: place) {
                throw SystemCallError(
                    call: "inotify_add_watch", subject: project.pushing(look.path).shown,
                    errno: .tooManySymbolicLinkLevels)
            }
            guard before != nil else {
                _ = tree.bind(place, to: watch)
                return
            }
            // Another folder has taken this one's place: what was known below it is known no more.
            forget(place)
            retire([tree.bind(tree.place(at: look.path, in: project, seenBy: scan), to: watch)].compactMap { $0 })
        case .missing(let reason):
            retire([tree.bind(place, to: nil)].compactMap { $0 })
            guard reason == .limit else { return }
            isExhausted = true
            warnOfLimit(project)
        case nil: break
        }
    }

    private mutating func warnOfLimit(_ project: FilePath) {
        guard projects[project]?.isLimited == false else { return }
        projects[project]?.isLimited = true
        logger.warning("\(project.shown): \(PolledFolder.Reason.limit.text): the rest is polled")
    }

    /// Says when all that had no watch for want of watches has one again.
    mutating func noteLimit(of project: FilePath) {
        guard projects[project]?.isLimited == true, tree.polledCount(in: project)[.limit] == nil else { return }
        projects[project]?.isLimited = false
        if projects[project]?.root != nil { logger.notice("\(project.shown): there are watches for all of it again") }
    }

    private mutating func take(
        _ listing: FolderLook.Listing, of look: FolderLook, _ project: FilePath, _ before: PolledFolder?,
        on occasion: Occasion, _ view: inout View
    ) {
        if listing.isEnvironment {
            if let place = tree.place(at: look.path, in: project) { forget(place) }
            return
        }
        var news = (markers: listing.markers, folders: listing.folders)
        if look.pollReason != nil || before != nil {
            news = compare(listing, of: look, project, with: before, on: occasion, &view)
        }
        view.sightings += news.markers.map {
            Sighting(
                project: project, path: look.path.appending($0), kind: occasion == .scan ? .listed : .found,
                polled: look.pollReason)
        }
        view.folders += news.folders.map { look.path.appending($0) }
    }

    private mutating func fail(
        _ error: SystemCallError, at path: FilePath, of project: FilePath, _ view: inout View
    ) {
        let place = tree.place(at: path, in: project)
        switch error.errno {
        case .noSuchFileOrDirectory, .notDirectory, .improperLink:
            // Gone since it was named, or something else by now: whoever did that left an event.
            if let place { forget(place) }
        case .permissionDenied, .notPermitted, .tooManySymbolicLinkLevels, .fileNameTooLong:
            _ = note(error, at: path, project)
            if let place { forget(place) }
        default:
            if note(error, at: path, project) { view.failsAnew = true }
            view.isComplete = false
        }
    }

    /// Says why a folder cannot be looked into, and gives whether that is new.
    private mutating func note(_ error: SystemCallError, at path: FilePath, _ project: FilePath) -> Bool {
        guard projects[project]?.unreadable[path] != "\(error)" else { return false }
        projects[project]?.unreadable[path] = "\(error)"
        logger.warning("\(project.pushing(path).shown): not watched: \(error)")
        return true
    }

    private mutating func note(_ device: UInt64, isNetwork: Bool, _ project: FilePath) {
        guard projects[project]?.isNetwork[device] == nil else { return }
        projects[project]?.isNetwork[device] = isNetwork
        if isNetwork { logger.notice("\(project.shown): a part is \(PolledFolder.Reason.network.text): it is polled") }
    }

    /// A project's own folder appeared below another project.
    private mutating func want(path: FilePath, below project: FilePath) {
        guard let absolute = projects[project]?.root?.path.pushing(path) else { return }
        for (other, known) in projects
        where known.root?.path == absolute || place(of: other) == absolute {
            want(other)
        }
    }

    /// The folders of other projects below this one.
    private func nested(in root: FoundRoot, but project: FilePath) -> Set<FilePath> {
        var nested: Set<FilePath> = []
        for (other, known) in projects where other != project {
            guard var path = known.root?.path ?? place(of: other), path != root.path else { continue }
            if path.removePrefix(root.path) { nested.insert(path) }
        }
        return nested
    }

    /// Speaks no longer of folders that could not be read and are not there any more.
    private mutating func forgetReadable(of project: FilePath) {
        guard let known = projects[project]?.unreadable, !known.isEmpty else { return }
        guard tree.root(of: project) != nil, let root = projects[project]?.root?.path else {
            projects[project]?.unreadable = [:]
            return
        }
        let silent = answering.silent(among: known.keys.map { root.pushing($0) })
        projects[project]?.unreadable = known.filter { path, _ in
            let path = root.pushing(path)
            return silent.contains(path) || (try? FileStatus.ifPresent(path)) != nil
        }
    }
}
