import Logging
import SystemCalls
import SystemPackage
import Trials

/// The ends of open runs that no version of their marker tells.
extension MarkerDesk {
    /// Takes up the runs that an earlier agent left open: their processes are followed from now on.
    func resume() async { outputs.told(await claims.open + claims.unfinished) }

    /// A process has ended that a run named; it counts only while that is the run's process.
    func processEnded(_ end: ProcessWatch.End, at now: ContinuousClock.Instant) async {
        guard await claims.run(end.key)?.process?.isSame(as: end.process) == true else { return }
        // Told a second time, of a process that is gone, it is not known any more how that ended.
        if endings[end.key]?.process.isSame(as: end.process) != true { endings[end.key] = end }
        await lookAtRuns([end.key], now)
    }

    /// Looks whether runs have ended, and closes those that have.
    func lookAtRuns(_ keys: [RunKey], _ now: ContinuousClock.Instant) async {
        var told: [RunLifecycle.Told] = []
        for key in keys {
            if let run = await claims.run(key), run.isOpen {
                if let next = look(at: run, now) { told.append(next) }
            } else {
                deletions[key] = nil
                endings[key] = nil
                closing.remove(key)
            }
        }
        await append(told, at: now)
        for run in told.lazy.map(\.record) where run.isOpen { runLooks.schedule(run.key, at: now) }
    }

    private func look(at run: RunRecord, _ now: ContinuousClock.Instant) -> RunLifecycle.Told? {
        let moment = Timestamp.now
        if let end = endings[run.key] {
            // It is written down first: should the agent end now, nobody could find out any more how the process ended.
            if run.isFollowed, run.process?.isSame(as: end.process) == true {
                return RunLifecycle.note(run) {
                    $0.ended = RunRecord.Ending(exit: end.exit, at: end.at, usage: end.usage)
                }
            }
            endings[run.key] = nil
        }
        let isByGit = noteDeletion(of: run, at: moment)
        if isByGit, run.isTakenByGit != true { return RunLifecycle.note(run) { $0.isTakenByGit = true } }
        let found = RunEnds.Circumstances(
            now: moment, deleted: deletions[run.key], settings: endSettings(of: run.place.project))
        switch RunEnds.verdict(on: run, found) {
        case .open(let span):
            if let span { runLooks.schedule(run.key, at: now + span) }
            if run.ended != nil || deletions[run.key] != nil {
                closing.insert(run.key)
            } else {
                closing.remove(run.key)
            }
            return nil
        case .close(let end):
            // A last version may have been written that is not read yet.
            if let due = candidates.due(of: run.place) ?? nextLook(at: run.place, now) {
                runLooks.schedule(run.key, at: max(due, now + .milliseconds(1)))
                return nil
            }
            deletions[run.key] = nil
            closing.remove(run.key)
            return RunLifecycle.close(run, end)
        }
    }

    /// Looks where the marker is; true when git has taken it away, which ends nothing.
    private func noteDeletion(of run: RunRecord, at moment: Timestamp) -> Bool {
        guard let gone = goneSince(run) else {
            deletions[run.key] = nil
            return false
        }
        if run.isTakenByGit == true { return true }
        let since = deletions[run.key] ?? min(gone, moment)
        deletions[run.key] = since
        let signs = GitWork(around: run.place.full.removingLastComponent())?.signs()
        guard let signs, signs.isAtWork(at: Int64(since.nanoseconds)) else { return false }
        deletions[run.key] = nil
        return true
    }

    /// When the marker's name went from a folder that is still there: the folder's last change, at the latest.
    ///
    /// Nil while it is there, and when its disk was taken out, which deletes nothing.
    private func goneSince(_ run: RunRecord) -> Timestamp? {
        guard let version = run.version, let project = known(run.place.project),
            let root = try? OwnedDescriptor(directory: project.root)
        else { return nil }
        do throws(SystemCallError) {
            _ = try root.openBeneath(run.place.path)
            return nil
        } catch {
            guard error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory else { return nil }
        }
        var folder = run.place.path.removingLastComponent()
        while true {
            if let there = try? root.openBeneath(folder.isEmpty ? "." : folder, options: .directory),
                let status = try? there.status(), let volume = try? FileStamp.volume(of: there, status)
            {
                return volume == version.stamp.volume ? Timestamp(atNanoseconds: Int(status.modified)) : nil
            }
            if folder.isEmpty { return nil }
            folder.removeLastComponent()
        }
    }

    /// A version that is known stands at another place: the runs that it speaks of have moved there.
    ///
    /// Without its digest the version is told by its stamp alone.
    func noteMoved(
        _ stamp: FileStamp, digest: String? = nil, to place: MarkerPlace, at now: ContinuousClock.Instant
    ) async {
        let moved = await claims.open(as: stamp).filter { run in
            run.place != place && (digest == nil || run.version?.digest == digest) && goneSince(run) != nil
        }
        guard let version = moved.first?.version else { return }
        let runs = moved.map { run in RunLifecycle.note(run) { $0.place = place }.record }
        let head = Claim.Head(sequence: 0, identity: version, place: place, runs: runs)
        await append([Claim(head: head, runs: [])], at: now)
        for run in runs { deletions[run.key] = nil }
    }

    /// Makes what is told of runs durable; what cannot be now is looked at again.
    func append(_ told: [RunLifecycle.Told], at now: ContinuousClock.Instant) async {
        await append(
            told.map { told in
                let run = ClaimedRun(told)
                return Claim(head: Claim.Head(sequence: 0, runs: [told.record]), runs: run.map { [$0] } ?? [])
            }, at: now)
    }

    private func append(_ drafts: [Claim], at now: ContinuousClock.Instant) async {
        do throws(AgentError) {
            try await commit(drafts)
        } catch {
            note(error)
            retry = now + Self.retryDelay
            for run in drafts.flatMap(\.head.runs) { runLooks.schedule(run.key, at: now + Self.retryDelay) }
        }
    }
}
