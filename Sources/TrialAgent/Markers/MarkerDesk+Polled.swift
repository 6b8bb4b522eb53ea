import SystemCalls
import SystemPackage

/// Markers in folders without a watch: no event tells when they are complete.
extension MarkerDesk {
    /// What is known of a marker that is not complete yet.
    struct Standing {
        var reason: PolledFolder.Reason
        /// What it held when it was last read.
        var identity: VersionIdentity?
        /// Since when.
        var since: ContinuousClock.Instant
        /// Whether somebody had it open for writing then.
        var isWritten = false
    }

    /// Plans the look at a marker that was found; one of which no event tells has to be read more than once.
    func scheduleLook(at place: MarkerPlace, _ polled: PolledFolder.Reason?, _ now: ContinuousClock.Instant) {
        guard let polled else { return looks.schedule(place, at: now + settle) }
        if standing[place] == nil { standing[place] = Standing(reason: polled, since: now) }
        looks.schedule(place, at: polled == .network ? now : now + settle)
    }

    /// Whether what was read is a version; if not, the marker is looked at again.
    ///
    /// On a network file system others may write without this kernel knowing: it has to stand still for some time. For want of
    /// watches, the kernel can still be asked whether anybody has it open for writing; no event tells when that is over.
    func isComplete(_ reading: MarkerReader.Reading, at place: MarkerPlace, _ now: ContinuousClock.Instant) -> Bool {
        guard var known = standing[place] else { return true }
        let interval = pollInterval(of: place.project)
        switch reading {
        case .beingWritten:
            known.isWritten = true
            standing[place] = known
            looksAtWritten.schedule(place, at: now + interval)
            return false
        case .content(let content) where known.reason == .network:
            known.isWritten = false
            if known.identity != content.identity { (known.identity, known.since) = (content.identity, now) }
            standing[place] = known
            let due = known.since + max(settle, interval * 2)
            guard due > now else { break }
            looks.schedule(place, at: due)
            return false
        case .content, .absent, .refused: break
        }
        standing[place] = nil
        return true
    }

    /// When a run ends that its marker does not end. Where no event tells of markers, what was written last is only seen when
    /// they are looked at, and so is what was moved.
    func endSettings(of project: FilePath) -> EndSettings {
        var settings = known(project)?.ends ?? EndSettings()
        guard polled[project] != nil else { return settings }
        settings.grace = max(settings.grace, pollInterval(of: project) * 2)
        settings.search = max(settings.search, pollInterval(of: project) * 3)
        return settings
    }

    /// When a marker that is not complete is to be looked at again; nil when none is waited for.
    func nextLook(at place: MarkerPlace, _ now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        guard let known = standing[place], !known.isWritten else { return nil }
        return max(known.since + max(settle, pollInterval(of: place.project) * 2), now) + settle
    }

    private func pollInterval(of project: FilePath) -> Duration { known(project)?.folder?.pollInterval ?? settle }
}
