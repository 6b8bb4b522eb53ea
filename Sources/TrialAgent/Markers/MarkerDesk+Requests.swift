import Bytes
import Logging
import SystemCalls
import SystemPackage
import Trials

/// What people ask of the desk.
extension MarkerDesk {
    /// Files a marker whatever its project's baseline says; gives why it cannot be.
    func file(_ path: FilePath, at now: ContinuousClock.Instant) async -> String? {
        guard let place = place(of: path) else {
            return "\(path.shown): it lies in no project (trialwatch check lists them)"
        }
        guard let project = projects[place.project] else { return nil }
        do {
            switch try MarkerReader(owners: project.owners).read(place, askingForWriters: true) {
            case .content(let content):
                if try await claims.holds(content.identity) { return "\(path.shown): it is filed already" }
                complete += candidates.complete(content)
                await claimComplete(at: now)
                return try await claims.holds(content.identity) ? nil : "\(path.shown): \(lastFailure ?? "it waits")"
            case .absent: return "\(path.shown): nothing is there"
            case .beingWritten: return "\(path.shown): it is being written to; it is filed when it is closed"
            case .refused(let reason): return "\(path.shown): \(reason)"
            }
        } catch {
            return error is AgentError ? "\(error)" : "\(path.shown): reading the marker: \(error)"
        }
    }

    /// Closes an open run; gives why it cannot be.
    func close(_ key: RunKey, _ state: TrialState, at now: ContinuousClock.Instant) async -> String? {
        guard let run = await claims.run(key), run.isOpen else { return "it is not open" }
        if run.isFollowed, let process = run.process {
            return "its process \(process.number) is running (end that, or let the marker say how the run ended)"
        }
        await append([RunLifecycle.close(run, .request(state, at: .now))], at: now)
        return await claims.run(key)?.isOpen == true ? lastFailure ?? "it could not be written down" : nil
    }

    /// Answers for the baselines that are lost; gives the projects concerned, which are then to be scanned.
    ///
    /// With `all`, whatever lies there and was not handled yet is filed; else nothing of it is.
    func adopt(all: Bool) async throws(AgentError) -> [FilePath] {
        let projects = damaged.keys.sorted { $0.string < $1.string }
        for project in projects {
            if all {
                try write(baselines[project] ?? Baseline(markers: []), of: project)
            } else {
                firstScans[project] = FirstScan()
            }
            damaged[project] = nil
        }
        return projects
    }

    /// Has what is still to come of a backend's open runs go to another; gives why it cannot be written down.
    func move(from old: String, to new: String, at now: ContinuousClock.Instant) async -> String? {
        let runs = await claims.open.filter { $0.backend == old }
        await append(runs.map { run in RunLifecycle.note(run) { $0.backend = new } }, at: now)
        return await claims.open.contains { $0.backend == old } ? lastFailure ?? "it could not be written down" : nil
    }

    /// True when this content was claimed for this marker.
    func hasClaimed(_ path: FilePath, digest: String) async throws(AgentError) -> Bool {
        guard let place = place(of: path) else { return false }
        return try await claims.holds(digest: digest, at: place)
    }

    /// Takes a version that lies in no file; gives why it cannot be claimed.
    func take(_ version: RunVersion, asOf project: WatchedProject, at now: ContinuousClock.Instant) async -> String? {
        if known(project.root) == nil { projects[project.root] = project }
        let bytes = Array(version.content.utf8)
        let moment = Int(Clock.now)
        let name = FilePath(MarkerPatterns.ownFolder).appending("\(version.identifier).run")
        let stamp = FileStamp(volume: "told", file: version.identifier, modified: moment, size: bytes.count)
        let content = MarkerContent(
            place: MarkerPlace(project: project.root, path: name),
            identity: VersionIdentity(stamp: stamp, digest: SHA256.digest(of: bytes).hex), bytes: bytes,
            owner: User.currentIdentifier, changed: moment, isTold: true)
        complete.append(content)
        await claimComplete(at: now)
        do throws(AgentError) {
            return try await claims.holds(content.identity) ? nil : lastFailure ?? "it could not be written down"
        } catch {
            return "\(error)"
        }
    }

    /// Takes what was found in files that a run names.
    func take(_ findings: RunFindings) async -> RunFiles.Delivery {
        guard let run = await claims.run(findings.key) else {
            waits.passed(.findings(findings.key))
            return .unknown
        }
        let told = RunLifecycle.take(run, findings.scrubbed())
        let claimed = told.filing.map {
            ClaimedRun(sequence: 0, place: run.place, backend: run.backend, filing: $0)
        }
        let head = Claim.Head(sequence: 0, runs: [told.record])
        do throws(AgentError) {
            try await commit(Claim(head: head, runs: claimed.map { [$0] } ?? []), keeping: findings.artifacts.parts)
            waits.passed(.findings(findings.key))
            return .taken(told.record)
        } catch {
            note(error, of: .findings(findings.key))
            return .failed
        }
    }

    /// Makes parts durable, and then the claim that speaks of them.
    private func commit(_ claim: Claim, keeping kept: [ArtifactFindings.Part]) async throws(AgentError) {
        guard !kept.isEmpty else { return try await commit([claim]) }
        try await parts.keep(kept)
        do throws(AgentError) {
            try await commit([claim])
        } catch {
            await parts.release(kept.map(\.reference))
            throw error
        }
    }

    private func place(of path: FilePath) -> MarkerPlace? {
        let roots = projects.keys.filter { path.starts(with: $0) }
        guard let root = roots.max(by: { $0.components.count < $1.components.count }) else { return nil }
        var below = path
        return below.removePrefix(root) ? MarkerPlace(project: root, path: below) : nil
    }
}
