import Logging
import SystemCalls
import Trials

extension MarkerDesk {
    /// Claims what is complete, in order; versions of one marker one after the other, because each is judged by those before.
    ///
    /// What cannot be made durable now is kept as it is, and tried again.
    func claimComplete(at now: ContinuousClock.Instant) async {
        var waiting = complete[...]
        complete = []
        var batch = ClaimBatch()
        do throws(AgentError) {
            while let content = waiting.first {
                if batch.mustPrecede(content) { try await commit(&batch) }
                if await claims.holds(content.identity) {
                    waiting.removeFirst()
                    continue
                }
                let claim = try await claim(content)
                if batch.mustPrecede(claim) {
                    // Judged once more, with what is remembered then.
                    try await commit(&batch)
                    continue
                }
                batch.add(claim, of: content)
                waiting.removeFirst()
            }
            try await commit(&batch)
        } catch {
            if lastFailure != error.description { logger.error("\(error)") }
            lastFailure = error.description
            complete = batch.contents + waiting + complete
            retry = now + Self.retryDelay
        }
    }

    private func commit(_ batch: inout ClaimBatch) async throws(AgentError) {
        guard !batch.claims.isEmpty else { return }
        let durable = try await claims.append(batch.claims)
        batch = ClaimBatch()
        lastFailure = nil
        count += durable.count
        for rejection in durable.compactMap(\.head.rejection) {
            let place = rejection.line.map { ":\($0):\(rejection.column ?? 1)" } ?? ""
            logger.warning("\(rejection.path)\(place): rejected: \(rejection.reason)")
        }
        let runs = durable.flatMap(\.runs)
        if !runs.isEmpty { output(runs) }
    }

    private func claim(_ content: MarkerContent) async throws(AgentError) -> Claim {
        let draft = ClaimDraft(
            content, decoder: decoder, project: projects[content.place.project], user: user(content.owner), host: host)
        var memory = try await claims.memory(of: content.place, named: draft.named)
        memory.alive = Set(memory.open.lazy.filter { Self.isAlive($0) }.map(\.key))
        return draft.claim(with: memory, process: process(of: draft, content), seen: Clock.monotonic)
    }

    private func process(of draft: ClaimDraft, _ content: MarkerContent) -> RunProcess? {
        guard let pid = draft.process, let boot = try? Clock.bootIdentifier() else { return nil }
        let finding = ProcessSearch(boot: boot)
            .find(pid, of: content.owner, before: draft.observed, near: content.place.project)
        if case .running(let process) = finding { return process }
        return nil
    }

    private func user(_ identifier: UInt32) -> String {
        if let name = users[identifier] { return name }
        let name = (try? User(identifier))?.name ?? String(identifier)
        users[identifier] = name
        return name
    }

    /// A run whose process is there goes on beside a newer one of the same marker.
    private static func isAlive(_ run: RunRecord) -> Bool {
        guard let number = run.facts.pid.flatMap({ Int32(exactly: $0) }),
            let process = try? ProcessInformation(number)
        else { return false }
        return !process.hasEnded && process.started <= run.seen.nanoseconds
    }
}
