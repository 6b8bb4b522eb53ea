import Trials

/// When something is tried again, and what is never tried again by itself. Pure: the attempt, the error and chance go in.
struct RetryPolicy: Hashable, Sendable {
    /// What becomes of an entry after an error.
    enum Verdict: Hashable, Sendable {
        /// It waits, together with everything else for its store: the store is out of reach.
        case waitForStore
        /// It waits, and later entries of its run with it; other runs go on.
        case waitForRun
        /// It is set aside with the reason, and later entries of its run with it: only a person can help.
        case setAside
    }

    /// The longest wait before the second attempt.
    var base: Duration
    /// The longest wait of all.
    var cap: Duration

    /// Waits of up to a second at first, up to a minute in the end.
    init(base: Duration = .seconds(1), cap: Duration = .seconds(60)) {
        self.base = base
        self.cap = cap
    }

    /// How long to wait when `attempts` in a row have failed: anything between nothing and a bound that doubles each time.
    ///
    /// The whole range is drawn from ("full jitter"), so that agents that lost the same store do not come back together.
    func delay(after attempts: Int, using random: inout some RandomNumberGenerator) -> Duration {
        bound(after: attempts) * Double.random(in: 0...1, using: &random)
    }

    /// The longest wait when `attempts` in a row have failed.
    func bound(after attempts: Int) -> Duration {
        var bound = base
        for _ in 1..<max(1, min(attempts, 64)) where bound < cap { bound *= 2 }
        return min(bound, cap)
    }

    /// What an answer to a single entry means.
    ///
    /// Only a refusal is the entry's own fault. What is wrong with the store is repaired some day, and what waits for it is
    /// then filed without anybody asking for it; as long as that takes a person, it may concern a single experiment.
    func verdict(on error: StoreError) -> Verdict {
        switch (error.kind, error.isTransient) {
        case (.refused, false), (.notFound, false): .setAside
        case (.unavailable, true): .waitForStore
        default: .waitForRun
        }
    }

    /// True when an error that a whole batch met may be the fault of one entry in it.
    func mayConcernOneEntry(_ error: StoreError) -> Bool {
        switch error.kind {
        case .refused, .damaged, .notFound: !error.isTransient
        case .unavailable, .misconfigured: false
        }
    }
}
