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
        case .close(let trial, let state): return await close(trial, state)
        case .file(let paths): return await file(paths)
        case .adopt(let all): return await adopt(all: all)
        case .claimed(let marker, let digest):
            await watcher.settled()
            let answer: ControlAnswer? = await stage.ask { desk, _ in
                do throws(AgentError) {
                    let isClaimed = try await desk.hasClaimed(FilePath(marker), digest: digest)
                    return isClaimed ? .done : .failed("\(marker) is not claimed")
                } catch {
                    return .failed("\(error)")
                }
            }
            return answer ?? .failed("the agent is stopping")
        case .take(let version): return await take(version)
        case .reload: return await wishes.reloaded() ?? .failed("the agent is stopping")
        case .retry(let backend, let target): return await retry(of: backend, to: target)
        case .sync: return await synchronize()
        case .collected:
            await upkeep.count()
            return .done
        case .forget(let keys):
            do throws(AgentError) {
                try await spool.forget(Set(keys))
                return .done
            } catch {
                return .failed("\(error)")
            }
        }
    }

    private func close(_ trial: TrialReference, _ state: TrialState) async -> ControlAnswer {
        let open = await claims.open.filter { $0.experiment == trial.experiment }
        let numbers = await ledger.numbers(of: open.map(\.key))
        guard let key = open.first(where: { numbers[$0.key] == trial.number })?.key else {
            return .failed("trial \(trial) is not open here (trialwatch status lists those that are)")
        }
        return Self.answer(
            await stage.ask { desk, now in await desk.close(key, state, at: now) }, about: "trial \(trial)")
    }

    private func file(_ paths: [String]) async -> ControlAnswer {
        let failures = await stage.ask { desk, now in
            var failures: [String] = []
            for path in paths { if let failure = await desk.file(FilePath(path), at: now) { failures.append(failure) } }
            return failures
        }
        guard let failures else { return .failed("the agent is stopping") }
        return failures.isEmpty ? .done : .failed(failures.joined(separator: "\n"))
    }

    private func adopt(all: Bool) async -> ControlAnswer {
        let answer = await stage.ask { desk, _ -> Result<[FilePath], AgentError> in
            do throws(AgentError) { return .success(try await desk.adopt(all: all)) } catch { return .failure(error) }
        }
        switch answer {
        case .success(let projects)? where projects.isEmpty: return .failed("no baseline is lost")
        case .success?:
            await watcher.rescan()
            await watcher.settled()
            return .done
        case .failure(let error)?: return .failed("\(error)")
        case nil: return .failed("the agent is stopping")
        }
    }

    private func take(_ version: RunVersion) async -> ControlAnswer {
        let project = WatchedProject.unwatched(
            FilePath(version.folder), backend: current.plan.configuration.backend.name,
            user: parts.surroundings.userIdentifier)
        let failure = await stage.ask { desk, now in await desk.take(version, asOf: project, at: now) }
        return Self.answer(failure, about: version.folder)
    }

    private static func answer(_ failure: String??, about subject: String) -> ControlAnswer {
        switch failure {
        case .some(.some(let reason)): .failed("\(subject): \(reason)")
        case .some(.none): .done
        case .none: .failed("the agent is stopping")
        }
    }
}
