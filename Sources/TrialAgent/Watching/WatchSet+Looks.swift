import Logging
import SystemCalls
import SystemPackage

/// Looks into folders of a project, which may lie where nobody answers any more.
extension WatchSet {
    /// What came of looks that were asked for.
    struct Looks {
        var made: [FolderLook] = []
        /// Folders into which nobody has looked yet.
        var rest: [FilePath] = []
    }

    /// Looks into folders, each after setting its watch; nil when the project itself is lost.
    ///
    /// What is on a server that does not answer is not touched: a look at it fails.
    mutating func look(
        _ requests: [FolderLook.Request], of project: FilePath, onTwoThreads: Bool = false
    ) -> Looks? {
        guard let path = projects[project]?.root?.path else { return nil }
        let mounts = answering.mounts(around: path)
        let silent = answering.silent(among: mounts)
        guard !silent.contains(where: { path.starts(with: $0) }) else {
            lose(project, .silent(path))
            return nil
        }
        guard let root = openRoot(of: project), let rules = rules(of: project) else { return nil }
        guard !mounts.isEmpty else {
            return Looks(made: FolderLook.many(requests, rules, below: root, onTwoThreads: onTwoThreads))
        }
        var looks = Looks()
        let isRefused = { (request: FolderLook.Request) in silent.contains { request.absolute.starts(with: $0) } }
        looks.made = requests.filter(isRefused).map(FolderLook.init(silent:))
        let asked = requests.filter { !isRefused($0) }
        let half = onTwoThreads ? asked.count / 2 : 0
        do throws(SystemCallError) {
            var apart: [LooksApart] = []
            for part in [asked[..<half], asked[half...]] where !part.isEmpty {
                apart.append(try LooksApart(part, rules, root: try root.duplicate()))
            }
            try answering.make(apart, among: mounts) { progressed() }
            for one in apart {
                looks.made += one.made
                looks.rest += one.rest
            }
        } catch {
            // No thread is to be had, and none that would hang may be risked.
            lose(project, error)
            return nil
        }
        return looks
    }

    /// Opens a project's folder; nil when it was lost, and then a scan is to look for it.
    private mutating func openRoot(of project: FilePath) -> OwnedDescriptor? {
        guard let root = projects[project]?.root else { return nil }
        do throws(SystemCallError) {
            return try root.open()
        } catch {
            lose(project, error)
            return nil
        }
    }

    /// A project's folder cannot be looked into any more.
    private mutating func lose(_ project: FilePath, _ error: SystemCallError) {
        drop(project)
        // Another folder has taken its place; anything else stands until the next scan: wanting one now would be a loop.
        if error.errno == .staleNFSFileHandle || error.errno == .noSuchFileOrDirectory {
            want(project)
        } else {
            if projects[project]?.missing == nil {
                logger.warning("\(project.shown): not watched any more: \(error); it is looked for again later")
            }
            projects[project]?.missing = "\(error)"
        }
    }

    private func rules(of project: FilePath) -> FolderLook.Rules? {
        guard let known = projects[project] else { return nil }
        return FolderLook.Rules(
            thread: thread, folder: known.folder, nested: known.nested, isNetwork: known.isNetwork,
            isOnNetwork: isOnNetwork)
    }

    func request(_ path: FilePath, of project: FilePath, on occasion: Occasion) -> FolderLook.Request {
        var request = FolderLook.Request(
            path: path, absolute: (projects[project]?.root?.path ?? project).pushing(path))
        // One try shows whether there are watches to be had again.
        request.triesWatch = occasion != .poll || !isExhausted
        // A folder that was watched before has been listed since: its watch tells of whatever came later. While a scan goes on
        // it is listed again all the same, because the scan did not know that the folder is new.
        request.isListedAnyway = occasion == .scan || scanned == project
        let isPolled = tree.isPolled(project)
        guard isPolled || !request.isListedAnyway, let place = tree.place(at: path, in: project) else { return request }
        request.watch = tree.watch(of: place)
        request.wasPolled = isPolled && tree.polled(at: place) != nil
        return request
    }
}
