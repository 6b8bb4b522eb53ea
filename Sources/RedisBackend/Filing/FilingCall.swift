internal import JSON
internal import Pickle
internal import Records
internal import Redis
internal import Trials

/// A filing, with the number that the trial has to have when it comes from another store.
struct FilingRequest {
    var filing: Filing
    var number: Int?
    var filed: Timestamp?

    /// Whether it is made without knowing anything of the store, unless the run is there already.
    var seemsNew: Bool {
        number == nil && filing.revision.number == 1 && filing.parts.isEmpty
            && filing.capture?.keptParts.isEmpty != false && filing.metrics.allSatisfy { $0.offset == 0 }
    }
}

/// The arguments of one call of ``FilingScript``, and what becomes of the trial by it.
struct FilingCall {
    /// Something too large for one argument: it is sent first, and found by the script under a name of its own.
    struct Upload {
        let key: String
        /// A value in one piece, or the items of a list.
        let content: Content

        enum Content {
            case value([UInt8])
            case list([[UInt8]])
        }
    }

    /// Larger values travel in pieces.
    static let largestArgument = 512 << 10
    /// Points beyond that many travel ahead of the call.
    static let mostPoints = 4000

    private(set) var arguments = RedisCommand()
    var uploads: [Upload] = []
    /// The trial as the call leaves it.
    private(set) var after: HeldTrial
    /// Digests of texts that the store has when this is filed.
    private(set) var texts: [String] = []
    /// Names of steps and series, in the order in which stores give them their identifiers.
    var names: [(kind: StoredNames.Kind, name: String)] = []

    /// What of the surroundings of a filing has been found out before.
    struct Context {
        var id: Experiment.ID
        var held: HeldTrial?
        var now: Timestamp
        var merge: MetricMerge
        /// The filing's parts, and lockfiles of its capture that the store holds.
        var parts: [PartReference]
        /// By digest, what steps kept as files.
        var kept: [String: [UInt8]]
        var knownTexts: Set<String>
        var texts: CaptureTexts
        var uploads: UploadNames
    }

    /// Throws what is wrong with the filing itself.
    init(_ request: FilingRequest, _ context: Context) throws(StoreError) {
        let filing = request.filing
        let held = context.held
        let reference = TrialReference(experiment: filing.experiment, number: held?.number ?? request.number ?? 0)
        let parts =
            (held?.parts ?? []).filter { old in
                !context.parts.contains { $0.role == old.role && $0.name == old.name }
            } + context.parts
        let trial = StoredTrial(
            reference: reference, key: filing.key, revision: filing.revision, facts: filing.facts,
            capture: filing.capture, metrics: context.merge.summaries, parts: parts, outcome: filing.outcome,
            filed: held?.filed ?? request.filed ?? context.now)
        var folded: [(digest: String, content: JSON)] = []
        var document = try context.texts.document(of: trial) { folded.append(($0, $1)) }
        let facts = document["facts"]
        let isWhole = held == nil || held?.facts != facts

        var isNewCapture = false
        if let made = document["capture"]?.object {
            isNewCapture = made != held?.capture
        } else if let capture = held?.capture {
            document["capture"] = .object(capture)
        }
        var marks: [String: [HeldTrial.Mark]] = [:]
        for summary in trial.metrics {
            let kept = (held ?? HeldTrial(number: nil, revision: Revision(0)))
                .marks(of: summary, adding: context.merge.additions)
            if !kept.isEmpty { marks[summary.name] = kept }
        }
        if !marks.isEmpty { document["marks"] = HeldTrial.json(marks) }

        var next = HeldTrial(number: held?.number, revision: filing.revision)
        next.filed = trial.filed
        next.metrics = trial.metrics
        next.marks = marks
        next.parts = parts
        next.facts = facts
        next.capture = document["capture"]?.object
        next.notices = held?.notices ?? []
        after = next

        arguments.add(filing.experiment.text)
        arguments.add(filing.key.text)
        arguments.add(held.map { "\($0.revision)" } ?? "")
        arguments.add("\(filing.revision)")
        arguments.add(request.number.map(String.init) ?? "")
        arguments.add(context.now.nanoseconds)

        // The rest is made first, as uploads are named before it.
        var rest = RedisCommand()
        let before = Set((held?.parts ?? []).map(\.digest))
        let now = Set(parts.map(\.digest))
        rest.add(now.count)
        for digest in now.sorted() {
            rest.add(digest)
            rest.add(before.contains(digest) ? "0" : "1")
        }
        let oldTexts = held?.capture.map { Set(FoldedTexts.digests(in: $0)) } ?? []
        let newTexts = document["capture"]?.object.map { Set(FoldedTexts.digests(in: $0)) } ?? []
        let added = Dictionary(folded.filter { !oldTexts.contains($0.digest) }) { first, _ in first }
        rest.add(added.count)
        for (digest, content) in added {
            rest.add(digest)
            if context.knownTexts.contains(digest) {
                rest.add("?")
                rest.add("")
            } else {
                add(content.bytes(), to: &rest, context)
            }
        }
        texts = Array(newTexts)
        addNames(of: trial, to: &rest)
        addSeries(of: trial, context, to: &rest)
        Self.add(before.subtracting(now).sorted(), to: &rest)
        Self.add(oldTexts.subtracting(newTexts).sorted(), to: &rest)
        rest.add(isWhole ? 1 : 0)
        if isWhole { add(ParameterRecord(filing.facts.parameters).pickle.pickled(), to: &rest, context) }
        addHistory(of: filing, to: &rest, context)
        try addCapture(isNewCapture ? filing.capture : nil, to: &rest, context)
        addPersisted(of: trial, isWhole ? filing.facts.persisted : Fields(), context, to: &rest)
        let steps = isWhole ? filing.facts.stepHashes.filter { held?.stepHashes.contains($0) != true } : []
        rest.add(steps.count)
        for step in steps {
            rest.add("\(step.step)-\(step.input)")
            rest.add(step.output)
            rest.add(FilingNotices.changedOutput(step).text)
        }
        var notices: [Notice] = isWhole ? FilingNotices.facts(filing.facts) : []
        if isNewCapture, let capture = filing.capture {
            notices += try context.texts.notices(ofLeavingOutOf: capture)
        }
        if let look = filing.look { notices += FilingNotices.look(look, since: document["capture"]?.object) }
        if let outcome = filing.outcome { notices += FilingNotices.outcome(outcome, seed: filing.facts.seed) }
        Self.add(notices.map(\.text), to: &rest)
        Self.add(held?.notices ?? [], to: &rest)
        addDocument(document, filing.experiment, to: &rest, context)

        Self.add(uploads.map(\.key), to: &arguments)
        arguments.add(rest)
    }

    static func refused(_ trial: TrialReference, _ reason: String, _ remedy: String? = nil) -> StoreError {
        let subject = trial.number > 0 ? "\(trial)" : trial.experiment.text
        return StoreError(.refused, "filing", subject, reason: reason, remedy: remedy, isTransient: false)
    }
}
