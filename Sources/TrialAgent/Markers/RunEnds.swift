import Trials

/// When a run ends that no version of its marker ends: by its process, with its marker, or after a long silence. No I/O.
enum RunEnds {
    /// What is found when an open run is looked at.
    struct Circumstances: Sendable {
        var now: Timestamp
        /// Since when its marker is gone; nil while it is there, or when git has taken it away.
        var deleted: Timestamp?
        var settings: EndSettings
    }

    /// What is to be done.
    enum Verdict: Equatable, Sendable {
        /// It goes on; it is to be looked at again after so long, if nothing happens before.
        case open(again: Duration?)
        case close(RunEnd)
    }

    /// The verdict on an open run.
    static func verdict(on run: RunRecord, _ found: Circumstances) -> Verdict {
        let settings = found.settings
        if let ended = run.ended {
            let rest = rest(of: settings.grace, since: ended.at, at: found.now)
            return rest > .zero ? .open(again: rest) : .close(.process(ended.exit, at: ended.at, settings.unknownExit))
        }
        // Whatever becomes of its marker, its process will tell.
        if run.process != nil { return .open(again: nil) }
        if let deleted = found.deleted {
            let rest = rest(of: settings.search, since: deleted, at: found.now)
            return rest > .zero ? .open(again: rest) : .close(.deletion(at: deleted))
        }
        guard settings.staleClose else { return .open(again: nil) }
        let rest = rest(of: settings.stale, since: run.seen, at: found.now)
        return rest > .zero ? .open(again: rest) : .close(.silence(of: settings.stale, at: found.now))
    }

    /// What is left of a span; nothing when the clock was set back, since nobody knows how much has passed.
    private static func rest(of span: Duration, since start: Timestamp, at now: Timestamp) -> Duration {
        let passed = now.since(start)
        return passed < .zero ? .zero : span - passed
    }
}

/// What a project's configuration says of the ends of its runs.
struct EndSettings: Equatable, Sendable {
    /// How long a last version is waited for.
    var grace: Duration = .seconds(2)
    /// How long a marker that is gone is looked for at another place.
    var search: Duration = .seconds(2)
    /// How long a run may be silent of which nothing can be followed.
    var stale: Duration = .seconds(86_400)
    /// Whether it is closed then.
    var staleClose = false
    /// What becomes of a run whose process ended nobody knows how.
    var unknownExit = TrialState.failed
}

/// Why a run ends that its marker does not end.
enum RunEnd: Equatable, Sendable {
    /// Its process has ended; an exit that nobody knows is what the configuration says.
    case process(RunExit, at: Timestamp, TrialState)
    /// Its marker was deleted, and it has no process.
    case deletion(at: Timestamp)
    /// Nothing was heard of it.
    case silence(of: Duration, at: Timestamp)
    /// Its user says so.
    case request(TrialState, at: Timestamp)

    /// When it ended.
    var moment: Timestamp {
        switch self {
        case .process(_, let moment, _), .deletion(let moment), .silence(_, let moment), .request(_, let moment): moment
        }
    }

    /// The trial's state.
    var state: TrialState {
        switch self {
        case .process(.unknown, _, let state): state
        case .process(let exit, _, _): exit.error == nil ? .succeeded : .failed
        case .deletion: .aborted
        case .silence: .lost
        case .request(let state, _): state
        }
    }

    /// What a failed trial says of its failure.
    var error: TrialError? {
        guard state == .failed else { return nil }
        if case .process(let exit, _, _) = self { return exit.error }
        return TrialError(type: "Failed", message: "")
    }

    /// What is to be said of it on the trial; nil when its state says all.
    var problem: String? {
        switch self {
        case .process(.unknown, let moment, let state):
            "its process ended, and its exit status is not known: it counts as \(state.rawValue); noticed at \(moment)"
        case .process: nil
        case .deletion(let moment):
            "its marker was deleted at \(moment), and it named no process that could be waited for"
        case .silence(let span, _): "nothing was heard of it for \(span)"
        case .request(let state, let moment): "it was closed as \(state.rawValue) by its user at \(moment)"
        }
    }
}
