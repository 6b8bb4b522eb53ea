import Synchronization
import Trials

/// What a filer tells of its store: the status that is shown, and the events that others wait for.
final class BackendReport: Sendable {
    private let name: String
    private let events: AsyncStream<FilingEvent>.Continuation
    private let now: @Sendable () -> Timestamp
    private let shown: Mutex<BackendStatus>

    /// Nothing is known of the store yet.
    init(
        _ backend: NamedBackend, events: AsyncStream<FilingEvent>.Continuation, now: @escaping @Sendable () -> Timestamp
    ) {
        name = backend.name
        self.events = events
        self.now = now
        shown = Mutex(BackendStatus(name: backend.name, kind: backend.kind))
    }

    /// The store as it was found last, without what waits for it.
    var status: BackendStatus { shown.withLock { $0 } }

    /// Something that the user should know, as a sentence.
    func note(_ sentence: String) { events.yield(.notice(sentence)) }

    /// The store holds these runs.
    func filed(_ runs: [FiledRun]) {
        if !runs.isEmpty { events.yield(.filed(runs)) }
        shown.withLock { $0.filed += runs.count }
    }

    /// Something could not be filed, and is tried again.
    func failed(_ reason: String) { shown.withLock { $0.lastError = reason } }

    /// The store refused an entry for good.
    func setAside(_ entry: SpoolEntry, _ reason: String) {
        failed(reason)
        events.yield(.setAside(entry.filing.key, entry.filing.experiment, backend: name, reason: reason))
    }

    /// The store takes filings; it may still need somebody's help for some of them.
    func reached(afterHindrance wasHindered: Bool, needsHelp: Bool) {
        if wasHindered { events.yield(.reachable(backend: name)) }
        let now = now()
        shown.withLock { $0.unreachableSince = needsHelp ? $0.unreachableSince ?? now : nil }
    }

    /// The store takes no filings; it is told once, not at each try.
    func hindered(_ reason: String, isNews: Bool) {
        if isNews { events.yield(.unreachable(backend: name, reason: reason)) }
        let now = now()
        shown.withLock {
            $0.unreachableSince = $0.unreachableSince ?? now
            $0.lastError = reason
        }
    }
}
