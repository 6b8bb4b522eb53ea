public import JSON
public import Trials

/// What a store finds worth telling of a filing: the same sentences in every store.
public enum FilingNotices {
    /// Of a name that is stored as another one; nil for one that is stored as it is.
    public static func name(_ entry: StoredNames.Entry) -> Notice? {
        guard entry.name != entry.stored else { return nil }
        return Notice(
            "\(entry.kind.rawValue) \(entry.name) is stored as \(entry.stored): daskperiment takes identifiers only")
    }

    /// Of what the run says of itself.
    public static func facts(_ facts: TrialFacts) -> [Notice] {
        ParameterRecord(facts.parameters).problems.map { Notice($0) }
    }

    /// Of a run's end.
    public static func outcome(_ outcome: Outcome, seed: Int?) -> [Notice] {
        (HistoryRecord(outcome, seed: seed)?.problems ?? []).map { Notice($0) }
    }

    /// Of a step that gave another output than the last call with the same input.
    public static func changedOutput(_ step: StepHash) -> Notice {
        Notice("step \(step.step) gave another output for the same input than before")
    }

    /// Of what became of a run's code and lockfiles by its end, given the document of its capture.
    public static func look(_ look: SourcesLook, since capture: JSON.Object?) -> [Notice] {
        let code = try? capture?["sources"]?.decode([SourceFile].self)
        let lockfiles = try? capture?["lockfiles"]?.decode([ArtifactFacts].self)
        return look.notices(since: code, lockfiles: lockfiles ?? [])
    }

    /// The categories in which two trials are compared: the processor's document tells its present clock, which is never the
    /// same twice.
    public static let comparedCategories = EnvironmentRecord.categories.filter { $0 != .cpu }

    /// Of an environment that differs from that of trial `number` in these categories.
    public static func changedEnvironment(since number: String, _ categories: String) -> Notice {
        Notice("environment changed since trial \(number): \(categories)")
    }
}
