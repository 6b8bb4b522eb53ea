import SystemCalls
import SystemPackage

/// What one folder showed: its watch was set, then it was listed.
///
/// A look asks the kernel only, and needs nothing that other looks find out, so that several may be made at once.
struct FolderLook: Sendable {
    /// What is looked into, and what is known before.
    struct Request: Sendable {
        /// The folder below its project; empty for the project's own.
        var path: FilePath
        var absolute: FilePath
        /// The watch that it had.
        var watch: Inotify.Watch?
        /// Whether it had none when it was last looked into, and what it held is known.
        var wasPolled = false
        /// False when there is no watch to be had.
        var triesWatch = true
        /// Whether it is listed also when it has the watch that it had: then that has told of whatever came since.
        var isListedAnyway = true
    }

    /// What holds for all folders of a project.
    struct Rules: Sendable {
        let thread: EventThread
        var folder: WatchedFolder
        /// Folders of other projects.
        var nested: Set<FilePath>
        /// Whether a device's files may change without this kernel knowing.
        var isNetwork: [UInt64: Bool]
        let isOnNetwork: @Sendable (borrowing OwnedDescriptor) throws(SystemCallError) -> Bool
    }

    /// Who tells of changes.
    enum Watch: Sendable {
        case set(Inotify.Watch)
        /// Nobody, and why.
        case missing(PolledFolder.Reason)
    }

    /// What was found in the folder and may be of interest.
    struct Listing: Sendable {
        var markers: [FilePath.Component] = []
        /// By which the markers are compared at the next look; empty unless they will be.
        var marks: [FilePath.Component: PolledFolder.Mark?] = [:]
        var folders: [FilePath.Component] = []
        /// Whether it is a Python environment, which is not entered.
        var isEnvironment = false
    }

    let path: FilePath
    /// Its device, and whether that is on the network; nil when the folder could not be opened.
    private(set) var volume: (device: UInt64, isNetwork: Bool)?
    private(set) var watch: Watch?
    /// Nil when it did not have to be listed.
    private(set) var listing: Listing?
    /// Why the look ended early.
    private(set) var failure: SystemCallError?

    /// Why it is to be looked into again and again; nil when a watch tells of it.
    var pollReason: PolledFolder.Reason? {
        if case .missing(let reason) = watch { reason } else { nil }
    }

    /// Looks into a folder below `root`.
    init(_ request: Request, _ rules: Rules, below root: borrowing OwnedDescriptor) {
        path = request.path
        do throws(SystemCallError) {
            let descriptor = try root.openBeneath(
                path.isEmpty ? "." : path, options: .directory, leavingNoTrace: true)
            let device = try descriptor.status().device
            let isNetwork =
                if let known = rules.isNetwork[device] { known } else { try rules.isOnNetwork(descriptor) }
            volume = (device, isNetwork)
            watch = isNetwork ? .missing(.network) : try Self.watch(request, rules)
            if case .set(let watch) = watch, watch == request.watch, !request.isListedAnyway { return }
            listing = try list(descriptor, request, rules)
        } catch {
            failure = error
        }
    }

    /// A look at a folder that does not answer.
    init(silent request: Request) {
        path = request.path
        failure = .silent(request.absolute)
    }

    /// Looks into folders; most of a look is the kernel's, and two threads are done earlier.
    static func many(
        _ requests: [Request], _ rules: Rules, below root: borrowing OwnedDescriptor, onTwoThreads: Bool
    ) -> [FolderLook] {
        guard onTwoThreads else { return requests.map { FolderLook($0, rules, below: root) } }
        let half = requests.count / 2
        do throws(SystemCallError) {
            let second = try LooksApart(requests[half...], rules, root: try root.duplicate())
            let thread = try DedicatedThread("looks") { second.make() }
            let looks = requests[..<half].map { FolderLook($0, rules, below: root) }
            // Waits for it.
            _ = consume thread
            return looks + second.made
        } catch {
            return requests.map { FolderLook($0, rules, below: root) }
        }
    }

    private static func watch(_ request: Request, _ rules: Rules) throws(SystemCallError) -> Watch {
        guard request.triesWatch else { return .missing(.limit) }
        do throws(SystemCallError) {
            return .set(try rules.thread.watch(request.absolute))
        } catch {
            guard error.errno == .noSpace || error.errno == .noMemory else { throw error }
            return .missing(.limit)
        }
    }

    private func list(
        _ descriptor: borrowing OwnedDescriptor, _ request: Request, _ rules: Rules
    ) throws(SystemCallError) -> Listing {
        var listing = Listing()
        try descriptor.forEachEntry(justOpened: true) { entry in
            let entered = path.appending(entry.name)
            listing.isEnvironment = listing.isEnvironment || IgnoreRules.marksEnvironment(entry.name)
            if entry.kind == .directory {
                if rules.folder.isEntered(entered), !rules.nested.contains(entered) {
                    listing.folders.append(entry.name)
                }
            } else if rules.folder.isMarker(entered) {
                listing.markers.append(entry.name)
            }
        }
        // The project itself may be the folder of a Python environment: its user says so.
        if path.isEmpty { listing.isEnvironment = false }
        if case .set = watch, !request.wasPolled { return listing }
        for name in listing.markers {
            let status = try? descriptor.status(of: FilePath(root: nil, [name]))
            listing.marks[name] = .some(status.map(PolledFolder.Mark.init))
        }
        return listing
    }
}
