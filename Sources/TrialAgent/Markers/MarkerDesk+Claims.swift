import Logging
import SystemCalls
import SystemPackage
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
                if try await claims.holds(content.identity) {
                    waiting.removeFirst()
                    continue
                }
                guard let claim = try await claim(content) else {
                    // Nobody can say yet whose work this is.
                    waiting.removeFirst()
                    looks.schedule(content.place, at: now + Self.retryDelay)
                    continue
                }
                if batch.mustPrecede(claim) {
                    // Judged once more, with what is remembered then.
                    try await commit(&batch)
                    continue
                }
                unread[content.place] = nil
                batch.add(claim, of: content)
                waiting.removeFirst()
            }
            try await commit(&batch)
        } catch {
            note(error)
            complete = batch.contents + waiting + complete
            retry = now + Self.retryDelay
        }
    }

    private func commit(_ batch: inout ClaimBatch) async throws(AgentError) {
        try await commit(batch.claims)
        batch = ClaimBatch()
    }

    /// Makes claims durable and hands on what comes of them.
    func commit(_ drafts: [Claim]) async throws(AgentError) {
        guard !drafts.isEmpty else { return }
        try await room()
        let durable = try await claims.append(drafts)
        lastFailure = nil
        waits.passed(.claims)
        count += durable.count
        for head in durable.map(\.head) {
            guard let rejection = head.rejection else { continue }
            let place = rejection.line.map { ":\($0):\(rejection.column ?? 1)" } ?? ""
            logger.warning("\(rejection.path)\(place): rejected: \(rejection.reason)")
            if let place = head.place, known(place.project)?.writesReceipts == true {
                tell(Receipt(rejection), at: place)
            }
        }
        let told = durable.flatMap(\.head.runs)
        outputs.told(told)
        // No event will tell of a process that is gone already, or of a marker that was deleted meanwhile.
        for run in told where run.isOpen && !run.isFollowed { runLooks.schedule(run.key, at: .now) }
        let runs = durable.flatMap(\.runs)
        if runs.isEmpty { return }
        outputs.claimed(runs)
    }

    private func tell(_ receipt: Receipt, at place: MarkerPlace) {
        do throws(AgentError) { try receipt.write(at: place) } catch { logger.warning("\(error)") }
    }

    /// The claim of a version; nil when it cannot be judged yet.
    private func claim(_ content: MarkerContent) async throws(AgentError) -> Claim? {
        let project = known(content.place.project)
        undecided[content.place] = nil
        switch try await author(of: content) {
        case .user: break
        case .git: return await claim(ofGit: content)
        case .checkout:
            return Claim(
                head: Claim.Head(sequence: 0, identity: content.identity, place: content.place, runs: []), runs: [])
        case .undecided(let work):
            undecided[content.place] = work
            return nil
        }
        var content = content
        content.overwritten += unread[content.place] ?? 0
        var draft = ClaimDraft(
            content, decoder: decoder, project: project, user: user(content.owner), host: host)
        if let project, !draft.parameterFiles.isEmpty { readParameters(&draft, project.scope(of: content.place)) }
        if let pid = draft.process {
            let variables = project?.variables ?? EnvironmentAllowList()
            draft.take(content.process ?? processes.named(pid, for: content, recording: variables))
        }
        var memory = try await claims.memory(of: content.place, named: draft.named)
        if draft.isEnd { draft.take(usages: usages(of: memory.open + [memory.named].compactMap { $0 })) }
        memory.isNamedAlive = memory.named.map(isAlive) ?? false
        return draft.claim(with: memory, seen: content.read ?? Clock.monotonic)
    }

    /// What git has put in place is the version of before: nothing comes of it but that it is known.
    private func claim(ofGit content: MarkerContent) async -> Claim {
        let runs = await claims.open(at: content.place).map { run in
            RunLifecycle.note(run) { run in
                run.version = content.identity
                run.isTakenByGit = nil
            }.record
        }
        return Claim(
            head: Claim.Head(
                sequence: 0, identity: content.identity, place: content.place, runs: runs, isByGit: true),
            runs: [])
    }

    private func readParameters(_ draft: inout ClaimDraft, _ scope: NamedFiles.Scope) {
        do throws(UnreadFile) {
            let read = ParameterFiles.merge(
                draft.parameterFiles, under: draft.parameters, through: try NamedFiles(scope))
            draft.take(parameters: read.parameters, problems: read.problems)
        } catch {
            draft.take(parameters: draft.parameters, problems: ["parameters_file: not read: \(error)"])
        }
    }

    private func user(_ identifier: UInt32) -> String {
        if let name = users[identifier] { return name }
        let name = (try? User(identifier))?.name ?? String(identifier)
        users[identifier] = name
        return name
    }

    /// What the processes of open runs have used: a run that its marker closes is not followed to its process's end.
    private func usages(of runs: [RunRecord]) -> [RunKey: UsageFacts] {
        var found: [RunKey: UsageFacts] = [:]
        for run in runs where run.isOpen && run.isFollowed {
            if let process = run.process { found[run.key] = usage(process) }
        }
        return found
    }

    private func isAlive(_ run: RunRecord) -> Bool {
        run.isFollowed && run.process.map { processes.isRunning($0) } ?? false
    }
}
