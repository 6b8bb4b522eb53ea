internal import TrialAgent
internal import Trials

/// Deletes trials for good: in their store, and then what is set aside on its way there.
///
/// The store comes first: from then on whatever else is filed of such a run is answered with `deleted`, and an end at any moment
/// leaves nothing that comes back.
struct TrialDeletion {
    let experiment: StoredExperiment
    let options: StoreOptions
    let world: World

    /// So many go in one call: a store of files writes its journal anew each time.
    private static let atOnce = 5000

    /// Deletes the trials of these numbers and runs; calls `done` with those that are gone.
    func delete(
        _ trials: [(number: Int, key: RunKey?)], done: ([Int]) throws(CommandFailure) -> Void
    ) async throws(CommandFailure) {
        let writer = experiment.writer
        for start in stride(from: 0, to: trials.count, by: Self.atOnce) {
            let some = trials[start...].prefix(Self.atOnce)
            let references = some.map { TrialReference(experiment: experiment.id, number: $0.number) }
            try await reading { () throws(StoreError) in try await writer.delete(references) }
            try done(some.map(\.number))
        }
        await forget(trials.compactMap(\.key))
    }

    private func forget(_ keys: [RunKey]) async {
        do throws(CommandFailure) {
            let configuration = try world.configuration(options.config)
            try await AgentClient(configuration, world).forget(keys)
        } catch {
            World.note(error.lines.map { "what the agent may have set aside of them stays: \($0)" })
        }
    }
}
