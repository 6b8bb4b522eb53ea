import SystemCalls
import Trials
import YAML

/// What is asked about runs and entries on their way to the stores, and about what the stores derive from theirs.
extension Pipeline {
    /// Waits until all that had happened before is filed or set aside, and the stores are up to date.
    ///
    /// Throws what hinders it.
    func flush(within limit: Duration) async throws(AgentError) {
        let isIdle = await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await watcher.settled()
                await stage.whenIdle()
                await files.caughtUp()
                await progress.whenIdle()
                return !Task.isCancelled
            }
            group.addTask {
                try? await QuietClock().sleep(for: limit)
                return false
            }
            let first = await group.next() ?? false
            group.cancelAll()
            return first
        }
        guard isIdle else {
            let waiting = await desk.waitingMarkers
            var reasons =
                waiting.isEmpty || progress.under > 0
                ? ["\(progress.under) runs are still being captured or spooled after \(limit)"] : []
            if let first = waiting.first { reasons.append(first) }
            if waiting.count > 1 { reasons.append("and \(waiting.count - 1) more") }
            throw AgentError(
                .capturing, "flush", reasons.joined(separator: "; "), remedy: "see what trialwatch status says",
                isTransient: true)
        }
        for filer in filing.filers { try await filer.flush(within: limit) }
    }

    /// Tries entries again that were set aside, or gives those of one backend, or of all that are not configured any more, to
    /// another.
    func retry(of backend: String?, to target: String?) async -> ControlAnswer {
        let configured = filing.filers.map(\.backend.name)
        let counts = spool.counts.filter { $0.value.waiting + $0.value.setAside > 0 }
        if let target, !configured.contains(target) { return Self.unknown(target, among: configured) }
        if let backend, !configured.contains(backend), spool.counts[backend] == nil {
            return Self.unknown(backend, among: configured + counts.keys)
        }
        let homeless = counts.keys.filter { !configured.contains($0) }.sorted()
        var retried = Retried()
        do throws(AgentError) {
            if let target {
                for name in backend.map({ [$0] }) ?? homeless where name != target {
                    let isConfigured = configured.contains(name)
                    guard isConfigured || !filing.isFiling(to: name) else {
                        return .failed("\(name): its last call has not returned yet; ask again in a moment")
                    }
                    if !isConfigured, let failure = await moveRuns(from: name, to: target) { return .failed(failure) }
                    retried.moved += try await spool.move(from: name, to: target, onlyRefused: isConfigured)
                }
            }
            for name in configured where target == nil && (backend ?? name) == name {
                retried.again += try await spool.retry(name)
            }
        } catch {
            return .failed("\(error)")
        }
        for (name, left) in spool.counts.sorted(by: { $0.key < $1.key }) where !configured.contains(name) {
            let count = left.waiting + left.setAside
            guard count > 0 else { continue }
            retried.homeless += count
            retried.homelessBackends.append(name)
        }
        return .retried(retried)
    }

    /// Has what is still to come of a store's open runs go to another, behind what was claimed of them before.
    private func moveRuns(from old: String, to new: String) async -> String? {
        let failure = await stage.ask { desk, now in await desk.move(from: old, to: new, at: now) }
        guard let failure else { return "the agent is stopping" }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [progress] in await progress.whenIdle() }
            group.addTask { try? await QuietClock().sleep(for: Self.timeToSpool) }
            await group.next()
            group.cancelAll()
        }
        return failure
    }

    /// What was claimed for a store that is gone gets so long to reach the spool, before what is there is moved.
    private static let timeToSpool: Duration = .seconds(5)

    /// Brings what the stores derive from their records up to date.
    func synchronize() async -> ControlAnswer {
        var failures: [String] = []
        for filer in filing.filers { if let failure = await filer.synchronize() { failures.append("\(failure)") } }
        return failures.isEmpty ? .done : .failed(failures.joined(separator: "\n"))
    }

    private static func unknown(_ name: String, among names: [String]) -> ControlAnswer {
        let nearest = nearestName(to: name, among: names).map { "did you mean '\($0)'?" }
        let all = Set(names).sorted().joined(separator: ", ")
        return .failed("there is no backend \(name) (\(nearest ?? "there are \(all)"))")
    }
}
