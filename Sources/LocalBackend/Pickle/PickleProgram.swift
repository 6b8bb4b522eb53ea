internal import Pickle
internal import Records
internal import SystemPackage
internal import Trials

/// The instructions of which `<id>.pkl` is made.
///
/// First come daskperiment's objects with empty dictionaries, each labelled. Then, trial after trial, instructions that
/// put entries into them: a later entry takes the place of an earlier one, so that a pickle only ever grows at its end.
///
/// Labels from 16 on come in three kinds, by turns: a metric's values, a running trial's series, and a value that was taken
/// over from another pickle. All stay small numbers: Python keeps an array as long as the highest.
enum PickleProgram {
    /// Points of one series in the pickle: a longer one is thinned, because daskperiment reads all of it at each start.
    static let longestSeries = 10_000

    private static let backend = PickleLabel(rawValue: 0)
    private static let metrics = PickleLabel(rawValue: 1)
    private static let parameters = PickleLabel(rawValue: 2)
    private static let results = PickleLabel(rawValue: 3)
    private static let hashes = PickleLabel(rawValue: 4)
    private static let trials = PickleLabel(rawValue: 5)

    private static func values(_ place: Int) -> PickleLabel { label(place, kind: 0) }
    private static func running(_ place: Int) -> PickleLabel { label(place, kind: 1) }

    /// Kind 2 is for values of other pickles.
    private static func label(_ place: Int, kind: Int) -> PickleLabel {
        PickleLabel(rawValue: UInt32(16 + 3 * place + kind))
    }

    /// The first bytes of every pickle of ours.
    static let beginning: [UInt8] = {
        var writer = PickleWriter()
        openBackend(&writer)
        return writer.bytes
    }()

    private static func openBackend(_ writer: inout PickleWriter) {
        writer.openObject(module: "daskperiment.backend.local", name: "LocalBackend", labelled: backend)
    }

    /// The head: the objects, and the number that a Python process started now counts on from.
    static func head(_ experiment: Experiment.ID, directory: [String], lastNumber: Int) -> [UInt8] {
        var writer = PickleWriter()
        openBackend(&writer)
        writer.openDictionary()
        writer.write("experiment_id")
        writer.write(.string(experiment.text))
        writer.write("cache_dir")
        writer.write(.path(directory))
        writer.write("metrics")
        writer.openObject(module: "daskperiment.core.metric.local", name: "LocalMetricManager")
        writer.openDictionary()
        writer.write("backend")
        writer.write(.reference(backend))
        writer.write("metrics")
        writer.openDictionary(labelled: metrics)
        writer.close()
        writer.close()
        writer.close()
        writer.write("trials")
        writer.openObject(module: "daskperiment.core.trial.local", name: "LocalTrialManager", labelled: trials)
        writer.openDictionary()
        writer.write("backend")
        writer.write(.reference(backend))
        writer.write("_trial_id")
        writer.write(.int(lastNumber))
        for (name, label) in [("_parameters_history", parameters), ("_result_history", results), ("_hashes", hashes)] {
            writer.write(.string(name))
            writer.openDictionary(labelled: label)
            writer.close()
        }
        if lastNumber > 0 {
            writer.write("_current_trial_id")
            writer.write(.int(lastNumber))
        }
        for _ in 0..<4 { writer.close() }
        return writer.bytes
    }

    /// A new last number.
    static func last(_ number: Int) -> [UInt8] {
        var writer = PickleWriter.fragment()
        writer.reopenObject(trials)
        writer.write(["_trial_id": .int(number), "_current_trial_id": .int(number)])
        writer.close()
        return writer.bytes
    }

    /// A metric without values; `place` is its name's among the experiment's names.
    static func define(_ metric: StoredNames.Entry, place: Int) -> [UInt8] {
        var writer = PickleWriter.fragment()
        writer.reopenDictionary(metrics)
        writer.write(.string(metric.stored))
        writer.openObject(module: "daskperiment.core.metric.local", name: "Metric")
        writer.openDictionary()
        writer.write("values")
        writer.openDictionary(labelled: values(place))
        writer.close()
        writer.write("metric_key")
        writer.write(.string(metric.stored))
        for _ in 0..<3 { writer.close() }
        return writer.bytes
    }

    static func parameters(_ fields: Fields, of number: Int) -> [UInt8] {
        entry(parameters, .int(number), ParameterRecord(fields).pickle)
    }

    static func result(_ record: HistoryRecord, of number: Int) -> [UInt8] {
        entry(results, .int(number), record.pickle)
    }

    static func hash(_ hash: StepHash) -> [UInt8] {
        entry(hashes, .string("\(hash.step)-\(hash.input)"), .string(hash.output))
    }

    /// A series of a trial; with a place among running series it can be gone on with.
    static func series(
        _ points: [MetricPoint], metric place: Int, of number: Int, running list: Int? = nil
    ) -> [UInt8] {
        var writer = PickleWriter.fragment()
        writer.reopenDictionary(values(place))
        writer.write(.int(number))
        writer.openList(labelled: list.map(running))
        for point in points { writer.write(MetricRecord.pickle(point)) }
        writer.close()
        writer.close()
        return writer.bytes
    }

    /// Further points of a running series.
    static func append(_ points: [MetricPoint], running list: Int) -> [UInt8] {
        var writer = PickleWriter.fragment()
        writer.reopenList(running(list))
        for point in points { writer.write(MetricRecord.pickle(point)) }
        writer.close()
        return writer.bytes
    }

    /// All points of a running series from a place on.
    static func replace(from first: Int, _ points: [MetricPoint], running list: Int) -> [UInt8] {
        var writer = PickleWriter.fragment()
        writer.reopenDictionary(running(list))
        writer.write(.call("builtins", "slice", .int(first), .none))
        writer.openList()
        for point in points { writer.write(MetricRecord.pickle(point)) }
        writer.close()
        writer.close()
        return writer.bytes
    }

    /// The instructions of a value that was taken over from another pickle.
    static func embedded(_ value: PickleValue) -> [UInt8] {
        value.body(labelsFrom: 16 + 2, labelStep: 3).bytes
    }

    /// Parameters as a Python process pickled them: `body` is ``embedded(_:)``.
    static func parameters(embedded body: [UInt8], of number: Int) -> [UInt8] { entry(parameters, number, body) }

    /// A row of the history as a Python process pickled it.
    static func result(embedded body: [UInt8], of number: Int) -> [UInt8] { entry(results, number, body) }

    /// A series as a Python process pickled it.
    static func series(embedded body: [UInt8], metric place: Int, of number: Int) -> [UInt8] {
        entry(values(place), number, body)
    }

    private static func entry(_ dictionary: PickleLabel, _ number: Int, _ body: [UInt8]) -> [UInt8] {
        var writer = PickleWriter.fragment()
        writer.reopenDictionary(dictionary)
        writer.write(.int(number))
        writer.write(body: body)
        writer.close()
        return writer.bytes
    }

    static func hash(_ hash: PythonHash) -> [UInt8] { entry(hashes, .string(hash.key), .string(hash.output)) }

    private static func entry(_ dictionary: PickleLabel, _ key: PickleValue, _ value: PickleValue) -> [UInt8] {
        var writer = PickleWriter.fragment()
        writer.reopenDictionary(dictionary)
        writer.write(key)
        writer.write(value)
        writer.close()
        return writer.bytes
    }
}
