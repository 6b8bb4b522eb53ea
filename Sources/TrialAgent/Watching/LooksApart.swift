import Synchronization
import SystemCalls
import SystemPackage

/// Looks that are made on another thread than whoever wants them.
final class LooksApart: Sendable {
    private struct State {
        var made: [FolderLook] = []
        var isOver = false
        /// What is done when the look returns that nobody waits for any more.
        var returned: (@Sendable () -> Void)?
    }

    /// Raised after each look.
    let gotOn: EventDescriptor
    private let requests: ArraySlice<FolderLook.Request>
    private let rules: FolderLook.Rules
    private let root: OwnedDescriptor
    private let state = Mutex(State())

    /// Looks into folders below `root`.
    init(
        _ requests: ArraySlice<FolderLook.Request>, _ rules: FolderLook.Rules, root: consuming OwnedDescriptor
    ) throws(SystemCallError) {
        gotOn = try EventDescriptor()
        self.requests = requests
        self.rules = rules
        self.root = root
    }

    /// Makes them, until nobody waits any more.
    func make() {
        for request in requests {
            let look = FolderLook(request, rules, below: root)
            let returned = state.withLock { state in
                if state.returned == nil { state.made.append(look) }
                return state.returned
            }
            if let returned { return returned() }
            gotOn.raise()
        }
        state.withLock { $0.isOver = true }
        gotOn.raise()
    }

    /// What has been made, in the order of the requests.
    var made: [FolderLook] { state.withLock { $0.made } }

    /// Whether no further one is made.
    var isOver: Bool { state.withLock { $0.isOver } }

    /// Waits no more: the look that has not returned is one at a folder that does not answer, and those after it are not made.
    ///
    /// `body` is told of that folder, and gives what is to be done when the look does return. Nothing happens when all were made.
    func leave(_ body: (FilePath) -> @Sendable () -> Void) {
        state.withLock { state in
            guard state.made.count < requests.count else { return }
            let request = requests[requests.startIndex + state.made.count]
            state.made.append(FolderLook(silent: request))
            state.returned = body(request.absolute)
            state.isOver = true
        }
    }

    /// Folders that were not looked into.
    var rest: [FilePath] { requests.dropFirst(made.count).map(\.path) }
}
