import Trials
import YAML

/// What is asked about entries that wait, and about what the stores derive from theirs.
extension Pipeline {
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
                    retried.moved += try await spool.move(from: name, to: target, onlyRefused: isConfigured)
                    // What is still to come of its open runs goes there, too.
                    if !isConfigured,
                        let failure = await stage.ask({ desk, now in
                            await desk.move(from: name, to: target, at: now)
                        }) ?? "the agent is stopping"
                    {
                        return .failed(failure)
                    }
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
