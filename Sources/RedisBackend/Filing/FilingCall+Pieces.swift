internal import JSON
internal import Pickle
internal import Records
internal import Redis
internal import Trials

extension FilingCall {
    static func add(_ texts: [String], to command: inout RedisCommand) {
        command.add(texts.count)
        for text in texts { command.add(text) }
    }

    mutating func add(_ value: [UInt8], to command: inout RedisCommand, _ context: Context) {
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

    mutating func add(_ text: String, to command: inout RedisCommand, _ context: Context) {
        guard text.utf8.count <= Self.largestArgument else { return add(Array(text.utf8), to: &command, context) }
        command.add("=")
        command.add(text)
    }

    func place(_ kind: StoredNames.Kind, _ name: String) -> Int {
        1 + (names.firstIndex { $0.kind == kind && $0.name == name } ?? 0)
    }

    mutating func addNames(of trial: StoredTrial, to command: inout RedisCommand) {
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

    mutating func addSeries(of trial: StoredTrial, _ context: Context, to command: inout RedisCommand) {
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

    mutating func addHistory(of filing: Filing, to command: inout RedisCommand, _ context: Context) {
        // A trial that runs anew keeps the row of its attempt before.
        guard let outcome = filing.outcome else { return command.add("keep") }
        guard let record = HistoryRecord(outcome, seed: filing.facts.seed) else { return command.add("delete") }
        command.add("set")
        add(record.pickle.pickled(), to: &command, context)
    }

    mutating func addCapture(
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

    mutating func addPersisted(
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
    mutating func addDocument(
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
}
