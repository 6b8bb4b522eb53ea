import Synchronization
import SystemPackage
public import Trials

/// Something that waits because the agent's own disk does not take it, as `trialwatch status` shows it.
public struct DiskWait: Codable, Sendable, Equatable {
    /// Since when it waits.
    public var since: Timestamp
    /// What went wrong last, and what the user can do.
    public var reason: String
}

/// What waits because the agent's own disk does not take it: it is full, read-only or broken. All of it is tried again until
/// it passes.
final class DiskWaits: Sendable {
    /// What waits.
    enum Subject: Hashable, Sendable {
        /// Versions of markers, and ends of runs.
        case claims
        /// What was claimed of a project, on its way to the spool.
        case spool(FilePath)
        /// What was found in files that a run names.
        case findings(RunKey)
        /// Which markers were there before a project was watched.
        case baseline(FilePath)
    }

    private let state = Mutex<[Subject: DiskWait]>([:])
    private let now: @Sendable () -> Timestamp

    init(now: @escaping @Sendable () -> Timestamp = { .now }) { self.now = now }

    /// Something could not be written, and is tried again; says whether that is news.
    @discardableResult
    func failed(_ subject: Subject, _ error: AgentError) -> Bool {
        let now = now()
        return state.withLock { state in
            let before = state[subject]
            state[subject] = DiskWait(since: before?.since ?? now, reason: error.description)
            return before == nil
        }
    }

    /// It could be written, or is not wanted any more; says whether it had waited.
    @discardableResult
    func passed(_ subject: Subject) -> Bool { state.withLock { $0.removeValue(forKey: subject) != nil } }

    /// All that waits, the longest first, each reason once.
    var all: [DiskWait] {
        var told: Set<String> = []
        return state.withLock { $0.values.sorted { ($0.since, $0.reason) < ($1.since, $1.reason) } }
            .filter { told.insert($0.reason).inserted }
    }

    /// Throws while something that was claimed cannot be spooled.
    func checkSpool() throws(AgentError) {
        let reason = state.withLock { state in
            state.lazy.filter { if case .spool = $0.key { true } else { false } }.map(\.value.reason).first
        }
        guard let reason else { return }
        throw AgentError(
            .spooling, "markers", "none is claimed until what was claimed before is spooled: \(reason)",
            isTransient: true)
    }
}
