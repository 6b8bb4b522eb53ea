import SystemCalls
import SystemPackage
import Trials

extension Pipeline {
    /// Answers what is asked over the control socket.
    func answer(_ request: ControlRequest) async -> ControlAnswer {
        switch request {
        case .status: return .status(await status())
        case .flush:
            do throws(AgentError) {
                try await flush(within: Agent.timeToFile)
                return .done
            } catch {
                return .failed("\(error)")
            }
        }
    }

    /// What the agent is doing.
    func status() async -> AgentStatus {
        var status = AgentStatus(
            version: parts.version, pid: Int(Machine.processIdentifier), since: began,
            configuration: parts.configuration.files.first?.shown, state: state.shown)
        status.phase = bulletin.phase
        let watched = await watcher.status
        for project in projects {
            let found = watched[project.root]
            status.projects.append(
                ProjectStatus(
                    path: project.root.shown, experiment: project.experiment, backend: project.backend.name,
                    watched: found?.watched ?? 0, polled: found?.polled ?? 0,
                    isMissing: found.map { $0.missing != nil || $0.watched + $0.polled == 0 } ?? false,
                    baseline: await desk.baselineCount(of: project.root)))
        }
        status.open = await claims.open.sorted { $0.seen < $1.seen }.map { run in
            OpenRunStatus(
                experiment: run.experiment, number: bulletin.number(of: run.key), marker: run.place.shown,
                lastSeen: run.seen)
        }
        status.backends = filers.map(\.status)
        let known = Set(status.backends.map(\.name))
        for (name, counts) in spool.counts.sorted(by: { $0.key < $1.key }) where !known.contains(name) {
            guard counts.waiting + counts.setAside > 0 else { continue }
            status.backends.append(
                BackendStatus(
                    name: name, kind: "not configured", waiting: counts.waiting, setAside: counts.setAside,
                    unreachableSince: began, lastError: "no backend of this name is configured any more"))
        }
        let unreadable = await desk.unreadable
        status.rejected = (await claims.rejected + unreadable).sorted { $0.observed < $1.observed }.suffix(100)
        status.rejectedCount = await claims.rejectedCount + unreadable.count
        status.notices = bulletin.notices
        for (project, found) in watched.sorted(by: { $0.key.shown < $1.key.shown }) {
            for (folder, reason) in found.unreadable.sorted(by: { $0.key.shown < $1.key.shown }) {
                status.notices.append("\(project.pushing(folder).shown): not watched: \(reason)")
            }
        }
        for (folder, reason) in await desk.damagedBaselines {
            status.notices.append("\(folder.shown): which markers were there before is not known any more: \(reason)")
        }
        if spool.quarantined > 0 {
            status.notices.append("\(spool.quarantined) damaged entries lie in \(state.shown)/spool/quarantine")
        }
        status.claimed = await desk.count
        status.capturing = progress.under
        status.captures = progress.captures
        status.lastError = bulletin.lastError
        return status
    }
}
