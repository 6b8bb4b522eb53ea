internal import Mongo
internal import Records
internal import Trials

/// What filings of one batch look up, and what they add to it.
final class FilingBatch {
    let now: Timestamp
    /// Names this writing of documents: what has it, is ours.
    let id: ObjectID
    /// Digests of parts that the store has.
    var parts: Set<String> = []
    var names = NameList()
    let outputs = StepOutputs()
    let texts: CaptureTexts
    let load: SeriesRecord.Load

    init(now: Timestamp, texts: CaptureTexts, load: @escaping SeriesRecord.Load) {
        self.now = now
        self.texts = texts
        self.load = load
        id = ObjectID(seconds: UInt32(clamping: now.nanoseconds / 1_000_000_000))
    }

    var seconds: UInt32 { id.seconds }

    /// Parts of the capture that the store has, but those that the filing names itself.
    func captured(by filing: Filing) -> [PartReference] {
        var found: [PartReference] = []
        for part in filing.capture?.keptParts ?? [] where parts.contains(part.digest) {
            if !filing.parts.contains(part), !found.contains(part) { found.append(part) }
        }
        return found
    }

    /// Gives a name its identifier; says what is to be told of it.
    func name(_ kind: StoredNames.Kind, _ name: String, for key: RunKey) -> [Notice] {
        names.assign(kind, name, for: key).map { [$0] } ?? []
    }
}

/// What steps gave out, by step and input.
final class StepOutputs {
    private var outputs: [String: String] = [:]

    static func name(_ step: StepHash) -> String { "\(step.step)-\(step.input)" }

    func add(_ name: String, _ output: String) { outputs[name] = output }

    /// What is to be told of a step, which is the last from now on.
    func notices(of step: StepHash) -> [Notice] {
        let before = outputs.updateValue(step.output, forKey: Self.name(step))
        return before.map { $0 != step.output } == true ? [FilingNotices.changedOutput(step)] : []
    }
}
