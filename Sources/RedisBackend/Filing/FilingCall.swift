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
    private(set) var uploads: [Upload] = []
    /// The trial as the call leaves it.
    private(set) var after: HeldTrial
    /// Digests of texts that the store has when this is filed.
    private(set) var texts: [String] = []

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

    // MARK: Pieces

    private static func add(_ texts: [String], to command: inout RedisCommand) {
        command.add(texts.count)
        for text in texts { command.add(text) }
    }

    private mutating func add(_ value: [UInt8], to command: inout RedisCommand, _ context: Context) {
        guard value.count > Self.largestArgument else {
            command.add("=")
            command.add(value)
            return
        }
        let upload = Upload(key: context.uploads.next(), content: .value(value))
        uploads.append(upload)
        command.add("@")
        command.add(upload.key)
    }

    private mutating func add(_ text: String, to command: inout RedisCommand, _ context: Context) {
        guard text.utf8.count <= Self.largestArgument else { return add(Array(text.utf8), to: &command, context) }
        command.add("=")
        command.add(text)
    }

    /// Names of steps and series, in the order in which stores give them their identifiers.
    private var names: [(kind: StoredNames.Kind, name: String)] = []

    private func place(_ kind: StoredNames.Kind, _ name: String) -> Int {
        1 + (names.firstIndex { $0.kind == kind && $0.name == name } ?? 0)
    }

    private mutating func addNames(of trial: StoredTrial, to command: inout RedisCommand) {
        let steps =
            trial.facts.persisted.map(\.name)
            + trial.parts.filter { [.persist, .pickle].contains($0.role) }.map(\.name)
        for step in steps where !names.contains(where: { $0 == (.step, step) }) { names.append((.step, step)) }
        for metric in trial.metrics { names.append((.metric, metric.name)) }
        for piece in Self.aboutNames { command.add(piece) }
        command.add(names.count)
        for (kind, name) in names {
            command.add(kind.rawValue)
            command.add(name)
            command.add(Identifier.nearest(to: name, longest: StoredNames.longest))
        }
    }

    /// What a notice says between a name and its identifier, which the script knows, and after them.
    private static let aboutNames: [String] = {
        let notice = FilingNotices.name(StoredNames.Entry(kind: .metric, name: gap, stored: gap + gap))
        let pieces = notice?.text.split(separator: "\u{1}").map(String.init) ?? []
        return [pieces.count > 1 ? pieces[1] : "", pieces.count > 2 ? pieces[2] : ""]
    }()

    /// Stands where no name can have this character.

    private static let gap = "\u{1}"

    private static func halves(_ sentence: String) -> [String] {
        guard let cut = sentence.firstRange(of: gap) else { return [sentence, ""] }
        return [String(sentence[..<cut.lowerBound]), String(sentence[cut.upperBound...])]
    }

    private mutating func addSeries(of trial: StoredTrial, _ context: Context, to command: inout RedisCommand) {
        var all: [(name: String, keep: Int, points: [MetricPoint])] = []
        for addition in context.merge.additions {
            guard let place = all.firstIndex(where: { $0.name == addition.name }) else {
                all.append((addition.name, addition.first, Array(addition.points)))
                continue
            }
            // It replaces whatever pieces before it have from its place on.
            let kept = max(0, addition.first - all[place].keep)
            all[place].keep = min(all[place].keep, addition.first)
            all[place].points = Array(all[place].points.prefix(kept) + addition.points)
        }
        // A series that only lost its end has no addition.
        for summary in trial.metrics {
            if let place = all.firstIndex(where: { $0.name == summary.name }) {
                all[place].points = Array(all[place].points.prefix(max(0, summary.count - all[place].keep)))
                all[place].keep = min(all[place].keep, summary.count)
            } else if context.held?.metrics.first(where: { $0.name == summary.name })?.count ?? 0 > summary.count {
                all.append((summary.name, summary.count, []))
            }
        }
        command.add(all.count)
        for series in all {
            command.add(place(.metric, series.name))
            command.add(series.keep)
            if series.points.count > Self.mostPoints {
                let upload = Upload(
                    key: context.uploads.next(), content: .list(series.points.map { PointPickle.bytes($0) }))
                uploads.append(upload)
                command.add("@")
                command.add(upload.key)
            } else {
                command.add("=")
                command.add(series.points.count)
                for point in series.points { command.add(PointPickle.bytes(point)) }
            }
        }
    }

    private mutating func addHistory(of filing: Filing, to command: inout RedisCommand, _ context: Context) {
        // A trial that runs anew keeps the row of its attempt before.
        guard let outcome = filing.outcome else { return command.add("keep") }
        guard let record = HistoryRecord(outcome, seed: filing.facts.seed) else { return command.add("delete") }
        command.add("set")
        add(record.pickle.pickled(), to: &command, context)
    }

    private mutating func addCapture(
        _ capture: TrialCapture?, to command: inout RedisCommand, _ context: Context
    ) throws(StoreError) {
        if let code = capture?.code, !code.files.isEmpty {
            command.add(1)
            // Between both stands the number, which the script knows.
            command.add(CodeRecord.heading)
            add(try context.texts.files(of: code), to: &command, context)
        } else {
            command.add(0)
        }
        var texts: [(EnvironmentCategory, String)] = []
        for category in EnvironmentRecord.categories {
            guard let content = capture?.environment[category],
                case .text(let text)? = try context.texts.entry(category, content).text
            else { continue }
            texts.append((category, text))
        }
        command.add(texts.count)
        for (category, text) in texts {
            let names = EnvironmentRecord.names(category)
            command.add(names[0])
            command.add(names.count > 1 ? names[1] : "")
            command.add(FilingNotices.comparedCategories.contains(category) ? "1" : "0")
            add(text, to: &command, context)
        }
        let sentence = FilingNotices.changedEnvironment(since: Self.gap, "").text
        for half in Self.halves(sentence) { command.add(half) }
    }

    private mutating func addPersisted(
        of trial: StoredTrial, _ values: Fields, _ context: Context, to command: inout RedisCommand
    ) {
        var all = values.map { ($0.name, PersistRecord.pickle($0.value).pickled()) }
        for part in context.parts where part.role == .persist || part.role == .pickle {
            let content = context.kept[part.digest]
            switch (part.role, content) {
            case (.pickle, let content?): all.append((part.name, content))
            case (_, let content?) where part.size <= PersistRecord.largestInline:
                all.append((part.name, PersistRecord.pickle(content: content).pickled()))
            default:
                let path = RedisKeys.part(part.digest)
                all.append((part.name, PersistRecord.pickle(reference: part, path: path).pickled()))
            }
        }
        command.add(all.count)
        for (name, pickle) in all {
            command.add(place(.step, name))
            add(pickle, to: &command, context)
        }
    }

    /// The document around the number and the notices, which the script puts in.
    private mutating func addDocument(
        _ document: JSON.Object, _ experiment: Experiment.ID, to command: inout RedisCommand, _ context: Context
    ) {
        var body = document
        for name in ["schema", "state", "reference", "notices"] { body[name] = nil }
        let state = document["state"]?.text() ?? "null"
        command.add(
            "{\"schema\":\(TrialDocument.schema),\"state\":\(state),\"reference\":{\"experiment\":"
                + "\(JSON.string(experiment.text).text()),\"number\":")
        var bytes = Array("},".utf8) + JSON.object(body).bytes().dropFirst()
        bytes.removeLast()
        bytes += Array((body.isEmpty ? "" : ",").utf8) + Array("\"notices\":".utf8)
        add(bytes, to: &command, context)
    }

    static func refused(_ trial: TrialReference, _ reason: String, _ remedy: String? = nil) -> StoreError {
        let subject = trial.number > 0 ? "\(trial)" : trial.experiment.text
        return StoreError(.refused, "filing", subject, reason: reason, remedy: remedy, isTransient: false)
    }
}

/// Names for what is sent ahead, which nobody else gives.
final class UploadNames {
    private let prefix = String(UInt64.random(in: .min ... .max), radix: 36)
    private var count = 0

    func next() -> String {
        count += 1
        return RedisKeys.upload("\(prefix):\(count)")
    }
}
