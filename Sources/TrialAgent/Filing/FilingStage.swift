import Synchronization
import SystemCalls
import Trials

/// Files what waits in the spool: one filer a store, and the stores may change while it works.
final class FilingStage: Sendable {
    /// One store's filer while it works.
    private struct Station {
        let filer: Filer
        /// Ends it.
        let end: AsyncStream<Void>.Continuation
        /// Ends when it has ended.
        let ended: Ended
        var isLeaving = false
    }

    private struct State {
        var stations: [Station] = []
        var isOver = false
    }

    private let state = Mutex(State())
    private let spool: Spool
    private let events: AsyncStream<FilingEvent>.Continuation
    private let begun: AsyncStream<@Sendable () async -> Void>
    private let begin: AsyncStream<@Sendable () async -> Void>.Continuation

    /// Prepares to file in these stores.
    init(_ backends: [NamedBackend], spool: Spool, events: AsyncStream<FilingEvent>.Continuation) {
        self.spool = spool
        self.events = events
        (begun, begin) = AsyncStream.makeStream()
        replace(with: backends)
    }

    /// The filers of the stores that are filed to.
    var filers: [Filer] { state.withLock { $0.stations.filter { !$0.isLeaving }.map(\.filer) } }

    /// Whether this store is filed to, or was and its last call is under way.
    func isFiling(to name: String) -> Bool {
        state.withLock { $0.stations.contains { $0.filer.backend.name == name } }
    }

    /// Whether a call to some store has lasted longer than `limit`.
    func isStuck(after limit: Duration) -> Bool {
        state.withLock { $0.stations.contains { $0.filer.underWay.isStuck(after: limit) } }
    }

    /// Files to these stores and no others from now on. A store that stays is left alone; one of the same name as before that
    /// is another now begins when the call under way to the one before has returned.
    func replace(with backends: [NamedBackend]) {
        state.withLock { state in
            guard !state.isOver else { return }
            let wanted = Dictionary(backends.map { ($0.name, $0) }) { first, _ in first }
            for index in state.stations.indices where !state.stations[index].isLeaving {
                let known = state.stations[index].filer.backend
                guard wanted[known.name].map({ $0.isSame(as: known) }) != true else { continue }
                state.stations[index].isLeaving = true
                state.stations[index].end.finish()
            }
            let kept = Set(state.stations.filter { !$0.isLeaving }.map(\.filer.backend.name))
            for backend in backends where !kept.contains(backend.name) { start(backend, &state) }
        }
    }

    /// Files until `finish`, or until it is cancelled; then what is under way is finished.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await body in begun { group.addTask { await body() } }
            for station in state.withLock({ $0.stations }) { station.end.finish() }
        }
    }

    /// Ends `run`.
    func finish() {
        state.withLock { $0.isOver = true }
        begin.finish()
    }

    private func start(_ backend: NamedBackend, _ state: inout State) {
        let filer = Filer(backend, spool: spool, events: events, now: { .now })
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        let before = state.stations.filter { $0.filer.backend.name == backend.name }.map(\.ended)
        let ended = Ended()
        state.stations.append(Station(filer: filer, end: end, ended: ended))
        begin.yield { [weak self] in
            for one in before { await one.wait() }
            await withDiscardingTaskGroup { group in
                group.addTask { await filer.run() }
                group.addTask { await backend.upkeep() }
                for await _ in ends {}
                group.cancelAll()
            }
            self?.state.withLock { $0.stations.removeAll { $0.ended === ended } }
            ended.tell()
        }
    }
}

/// Something that ends once, and that others may wait for.
private final class Ended: Sendable {
    private let state = Mutex<(isOver: Bool, waiting: [AsyncStream<Void>.Continuation])>((false, []))

    func tell() {
        let waiting = state.withLock { state in
            state.isOver = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for one in waiting { one.finish() }
    }

    /// Waits until it has ended, or the task is cancelled.
    func wait() async {
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        state.withLock { state in
            if state.isOver { end.finish() } else { state.waiting.append(end) }
        }
        for await _ in ends {}
    }
}
