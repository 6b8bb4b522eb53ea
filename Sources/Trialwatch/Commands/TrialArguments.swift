internal import ArgumentParser
internal import Trials
internal import YAML

/// What command lines name, as values.
enum Named {
    /// An experiment's id.
    @Sendable static func experiment(_ text: String) throws -> Experiment.ID {
        guard let id = Experiment.ID(text) else {
            let suggestion = Experiment.ID.suggestion(for: text)
            throw ValidationError(
                "experiment '\(SafeText.line(text))': no Python identifier (did you mean '\(suggestion)'?)")
        }
        return id
    }

    /// An experiment's id, or the path of its folder or `.pkl` file.
    @Sendable static func experimentOrPath(_ text: String) throws -> NamedExperiment {
        try NamedExperiment(text) ?? .id(experiment(text))
    }

    /// What `--help` says of an experiment that is read.
    static let experimentHelp = ArgumentHelp(
        "The experiment: its name, or the path (with a slash) of its folder or .pkl file.")

    /// A stretch of time.
    @Sendable static func span(_ text: String) throws -> Span {
        guard let span = Span(text) else { throw ValidationError("'\(SafeText.line(text))': 90s, 5m, 2h, 7d") }
        return span
    }

    /// The state of a trial that has ended.
    @Sendable static func end(_ text: String) throws -> TrialState {
        guard let state = TrialState(rawValue: text), state != .running else {
            throw ValidationError("'\(SafeText.line(text))': one of succeeded, failed, aborted, lost")
        }
        return state
    }

    /// An environment text.
    @Sendable static func category(_ text: String) throws -> EnvironmentCategory {
        guard let category = EnvironmentCategory(rawValue: text) else {
            throw ValidationError("'\(SafeText.line(text))': one of \(categories)")
        }
        return category
    }

    /// The names of all environment texts.
    static var categories: String { EnvironmentCategory.allCases.map(\.rawValue).joined(separator: ", ") }
}

/// Finds what the user named, and says what is there when it is not.
struct Finder {
    let reader: any TrialReader

    /// Reads of an experiment; one that the store does not have is named with the nearest that it has.
    func within<Value>(
        _ id: Experiment.ID, _ body: () async throws(CommandFailure) -> Value
    ) async throws(CommandFailure) -> Value {
        do throws(CommandFailure) {
            return try await body()
        } catch {
            guard error.status == .noSuchThing else { throw error }
            throw try await noSuchExperiment(id)
        }
    }

    /// The failure for an experiment that the store does not have, with the nearest that it has.
    func noSuchExperiment(_ id: Experiment.ID) async throws(CommandFailure) -> CommandFailure {
        let known = try await reading { () throws(StoreError) in try await reader.experiments() }.map(\.id.text)
        let remedy =
            if known.isEmpty {
                "the store is empty: has anything been filed? trialwatch status"
            } else if let nearest = nearestName(to: id.text, among: known) {
                "did you mean '\(nearest)'?"
            } else {
                "trialwatch experiments lists them"
            }
        return CommandFailure("experiment \(id)", "there is no such experiment", remedy: remedy, status: .noSuchThing)
    }

    /// A trial, whole; throws when there is none of that number.
    func trial(_ reference: TrialReference) async throws(CommandFailure) -> StoredTrial {
        let found: StoredTrial?
        do throws(StoreError) {
            found = try await reader.trial(reference)
        } catch {
            guard error.kind == .notFound else { throw CommandFailure(error) }
            throw try await noSuchExperiment(reference.experiment)
        }
        if let found { return found }
        let experiments = try await reading { () throws(StoreError) in try await reader.experiments() }
        guard let experiment = experiments.first(where: { $0.id == reference.experiment }) else {
            throw try await noSuchExperiment(reference.experiment)
        }
        throw CommandFailure(
            "trial \(reference)", "there is no such trial, or it was deleted",
            remedy: "the highest number is \(experiment.lastNumber)", status: .noSuchThing)
    }
}
