import Synchronization
import SystemCalls
import Trials

/// Tells of trials that have ended, as `notify:` asks: one after the other, and nobody waits for it.
///
/// It is a courtesy: what an agent that was killed had not told is not told later.
final class Announcer: Sendable {
    /// So many wait at most.
    static let most = 1000

    private let surroundings: Surroundings
    private let host: String?
    private let settings: @Sendable () -> Notification
    private let note: @Sendable (String) -> Void
    private let noteFailure: @Sendable (String, TrialReference) -> Void
    private let waiting: AsyncStream<Announcement>
    private let wait: AsyncStream<Announcement>.Continuation
    private let told = Mutex(Told())

    /// The newest ends that were told: an amended trial is not told of again.
    private struct Told {
        var known: Set<RunKey> = []
        var order: [RunKey] = []
        var dropped = 0
        var waiting = 0

        mutating func add(_ key: RunKey) -> Bool {
            guard known.insert(key).inserted else { return false }
            order.append(key)
            if order.count > Announcer.most { known.remove(order.removeFirst()) }
            return true
        }

        mutating func remove(_ key: RunKey) {
            guard known.remove(key) != nil else { return }
            order.removeAll { $0 == key }
        }
    }

    init(
        surroundings: Surroundings, host: String?, settings: @escaping @Sendable () -> Notification,
        telling note: @escaping @Sendable (String) -> Void,
        ofFailing noteFailure: @escaping @Sendable (String, TrialReference) -> Void
    ) {
        self.surroundings = surroundings
        self.host = host
        self.settings = settings
        self.note = note
        self.noteFailure = noteFailure
        (waiting, wait) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.most))
    }

    /// A run as a store has it.
    func take(_ run: FiledRun) {
        let settings = settings()
        guard !settings.command.isEmpty || settings.webhook != nil, case .filed(let state) = run.standing else {
            return
        }
        // It goes on: its next end is another one.
        guard state != .running else { return told.withLock { $0.remove(run.key) } }
        guard settings.on.contains(where: { $0.rawValue == state.rawValue }), told.withLock({ $0.add(run.key) }) else {
            return
        }
        told.withLock { $0.waiting += 1 }
        guard case .enqueued = wait.yield(Announcement(run, host: host)) else {
            let dropped = told.withLock { told in
                told.waiting -= 1
                told.dropped += 1
                return told.dropped
            }
            if dropped == 1 {
                note("notify: more than \(Self.most) trials wait to be told of; further ones are not told")
            }
            return
        }
    }

    /// Tells until `finish`, or until it is cancelled; says how many trials nobody was told of.
    func run() async {
        let desk = AnnouncementDesk()
        for await announcement in waiting {
            // A stream that is broken off still gives what waits in it.
            guard !Task.isCancelled else { break }
            for failure in await desk.tell(announcement, by: settings(), surroundings) {
                noteFailure(failure, announcement.reference)
            }
            told.withLock { $0.waiting -= 1 }
        }
        let untold = told.withLock { $0.waiting + $0.dropped }
        if untold > 0 {
            note("notify: the agent stops; of \(untold) \(untold == 1 ? "trial" : "trials") nobody was told")
        }
    }

    /// Ends `run` when what waits has been told.
    func finish() { wait.finish() }
}

/// Where programs are waited for.
private actor AnnouncementDesk {
    private let executor = BlockingExecutor("trialwatch.announcing")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func tell(_ announcement: Announcement, by settings: Notification, _ surroundings: Surroundings) -> [String] {
        var programs: [AnnouncementProgram] = []
        if !settings.command.isEmpty {
            programs.append(AnnouncementProgram(command: settings.command, announcement, surroundings))
        }
        if let webhook = settings.webhook {
            programs.append(AnnouncementProgram(webhook: webhook, announcement, surroundings))
        }
        return programs.compactMap { $0.run() }
    }
}
