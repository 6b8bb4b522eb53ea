import SystemCalls
import SystemPackage
import Trials

extension Pipeline {
    /// Waits until all projects have been looked through and what was found in them has been taken.
    func watched() async {
        await watcher.settled()
        await stage.caughtUp()
    }

    /// Whether the look through the projects has got on within this time.
    func isScanning(within limit: Duration) -> Bool { !watcher.isStuck(after: limit) && !spool.isStuck(after: limit) }

    /// What the service manager shows until then.
    var scanStatus: String {
        let (projects, folders) = (current.plan.projects.count, watcher.looked)
        return "looking through \(projects == 1 ? "1 project" : "\(projects) projects"): "
            + (folders == 1 ? "1 folder so far" : "\(folders) folders so far")
    }

    /// What the service manager shows: what is watched, and which store cannot be reached since when.
    var serviceStatus: String {
        let outages = filing.filers.map(\.status).filter { $0.unreachableSince != nil }
        return outages.reduce(Planner.status(of: current.plan)) { text, store in
            text + "; \(store.name) is out of reach since \(store.unreachableSince.map { $0.brief } ?? "?"), "
                + (store.waiting == 1 ? "1 trial waits" : "\(store.waiting) trials wait")
        }
    }

    /// What the agent is doing.
    func status() async -> AgentStatus {
        let plan = current.plan
        var status = AgentStatus(
            version: parts.version, pid: Int(Machine.processIdentifier), since: began,
            configuration: plan.configuration.files.first?.shown, state: state.shown)
        status.phase = bulletin.phase
        status.configurationProblems = current.problems
        let watched = await watcher.status
        status.projects = await projectStatus(plan.projects, watched)
        let open = await claims.open.sorted { $0.seen < $1.seen }
        let rejected = await claims.rejected
        let numbers = await ledger.numbers(of: open.map(\.key) + rejected.compactMap(\.taken?.key))
        status.open = open.map { openStatus($0, number: numbers[$0.key]) }
        status.backends = filing.filers.map(\.status)
        let known = Set(status.backends.map(\.name))
        for (name, counts) in spool.counts.sorted(by: { $0.key < $1.key }) where !known.contains(name) {
            guard counts.waiting + counts.setAside > 0 else { continue }
            status.backends.append(
                BackendStatus(
                    name: name, kind: "not configured", waiting: counts.waiting, setAside: counts.setAside,
                    unreachableSince: began, lastError: "no backend of this name is configured any more"))
        }
        let unreadable = await desk.unreadable
        status.rejected = (rejected.map { $0.naming(numbers) } + unreadable).sorted { $0.observed < $1.observed }
            .suffix(100)
        status.rejectedCount = await claims.rejectedCount + unreadable.count
        status.notices = plan.notices + bulletin.notices
        if let notice = room.notice { status.notices.append(notice) }
        if let work = upkeep.work { status.notices.append("\(work), while nothing else goes on") }
        status.snapshotBytes = room.bytes
        status.isSnapshotRoomUsed = room.refusal != nil
        for (project, found) in watched.sorted(by: { $0.key.shown < $1.key.shown }) {
            for (reason, count) in found.reasons.sorted(by: { $0.value > $1.value }) {
                let folders = count == 1 ? "1 folder is" : "\(count) folders are"
                status.notices.append(
                    "\(project.shown): \(folders) polled every \(found.pollInterval): \(reason.text)")
            }
            for (folder, reason) in found.unreadable.sorted(by: { $0.key.shown < $1.key.shown }) {
                status.notices.append("\(project.pushing(folder).shown): not watched: \(reason)")
            }
        }
        for (folder, reason) in await desk.damagedBaselines {
            status.notices.append("\(folder.shown): \(reason); see trialwatch adopt --help")
        }
        let waiting = await desk.waitingMarkers
        status.notices += waiting.prefix(10)
        if waiting.count > 10 { status.notices.append("\(waiting.count - 10) more markers wait so") }
        if spool.quarantined > 0 {
            status.notices.append("\(spool.quarantined) damaged entries lie in \(state.shown)/spool/quarantine")
        }
        status.claimed = await desk.count
        status.capturing = progress.under
        status.captures = progress.captures
        status.waits = waits.all
        status.lastError = bulletin.lastError
        return status
    }

    private func projectStatus(_ projects: [Project], _ watched: [FilePath: Watcher.Status]) async -> [ProjectStatus] {
        let (passedOver, doubted) = (await claims.passedOver, await desk.damagedBaselines)
        var all: [ProjectStatus] = []
        for project in projects {
            let found = watched[project.root]
            var status = ProjectStatus(
                path: project.root.shown, experiment: project.experiment, backend: project.backend.name,
                watched: found?.watched ?? 0, polled: found?.polled ?? 0,
                isMissing: found.map { $0.missing != nil || $0.watched + $0.polled == 0 } ?? false,
                baseline: await desk.baselineCount(of: project.root))
            status.isDoubted = doubted[project.root] != nil
            status.byGit = passedOver[project.root]?.byGit ?? 0
            status.overwritten =
                (passedOver[project.root]?.overwritten ?? 0) + (await desk.unreadCount(of: project.root))
            all.append(status)
        }
        return all
    }

    private func openStatus(_ run: RunRecord, number: Int?) -> OpenRunStatus {
        var status = OpenRunStatus(
            experiment: run.experiment, number: number, marker: run.place.shown, lastSeen: run.seen)
        status.process = run.isFollowed ? run.process.map { Int($0.number) } : nil
        let stale = current.project(at: run.place.project)?.settings.stale ?? EndSettings().stale
        status.isSilent = !run.isFollowed && Timestamp.now.since(run.seen) >= stale
        return status
    }
}
