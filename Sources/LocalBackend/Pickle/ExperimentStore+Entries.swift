internal import Records
internal import Trials

extension ExperimentStore {
    /// Adds the instructions that put a metric's name into the pickle.
    func addEntries(defining metric: StoredNames.Entry) throws(StoreError) {
        guard let place = index.names.place(.metric, metric.name) else { return }
        try index.addEntries(PickleProgram.define(metric, place: place))
    }

    /// Adds the instructions that put a trial into the pickle: its parameters and hashes, and once it has ended its
    /// result and its series.
    ///
    /// Not `wholly`, only what changes when a trial that is in the pickle ends.
    func addEntries(
        of trial: StoredTrial, recorded: Outcome?, wholly: Bool, python: PythonRecord? = nil
    ) throws(StoreError) {
        let number = trial.reference.number
        var bytes: [UInt8] = []
        if let python {
            bytes += PickleProgram.parameters(embedded: python.parameters, of: number)
            if let result = python.result { bytes += PickleProgram.result(embedded: result, of: number) }
            for (key, records) in python.series {
                guard let name = index.names.name(.metric, storedAs: key),
                    let place = index.names.place(.metric, name)
                else { continue }
                bytes += PickleProgram.series(embedded: records, metric: place, of: number)
            }
        } else if wholly {
            bytes += PickleProgram.parameters(trial.facts.parameters, of: number)
            for hash in trial.facts.stepHashes { bytes += PickleProgram.hash(hash) }
        }
        if python == nil, let recorded, let record = HistoryRecord(recorded, seed: trial.facts.seed) {
            bytes += PickleProgram.result(record, of: number)
        }
        try index.addEntries(bytes)
        guard trial.outcome != nil, !trial.metrics.isEmpty, let row = try index.row(number) else { return }
        try forEachSeries(of: trial, row) { bytes throws(StoreError) in try index.addEntries(bytes) }
    }

    /// Adds the instructions of a whole trial, and remembers the state that they say.
    func addWhole(_ held: Held) throws(StoreError) {
        try index.set(.print(held.print), UInt64(held.row.number))
        try addEntries(of: held.trial, recorded: held.recorded, wholly: true, python: held.python)
    }

    /// Writes the instructions of all trials anew, without what was taken back since.
    func writeEntriesAnew() throws(StoreError) {
        try index.removeEntries()
        for entry in index.names.entries where entry.kind == .metric { try addEntries(defining: entry) }
        try forEachRow { row throws(StoreError) in
            if let held = try trial(row, capture: .brief) { try addWhole(held) }
        }
        try journal.forEachLine(from: 0) { (line, _) throws(StoreError) in
            guard JournalLine.event(line) == "hash",
                case .hash(let hash)? = JournalLine.read(line).flatMap(JournalEvent.init)
            else { return }
            try index.addEntries(PickleProgram.hash(hash))
        }
        index.header.hasStaleEntries = false
    }

    /// Calls `body` with the instructions for each series of a trial.
    func forEachSeries(
        of trial: StoredTrial, _ row: IndexRow, _ body: ([UInt8]) throws(StoreError) -> Void
    ) throws(StoreError) {
        for metric in trial.metrics {
            guard let place = index.names.place(.metric, metric.name) else { continue }
            let points = try points(of: metric, row, atMost: PickleProgram.longestSeries)
            try body(PickleProgram.series(points, metric: place, of: trial.reference.number))
        }
    }

    /// Calls `body` with each trial's row by number, a stretch of rows in memory at a time.
    func forEachRow(_ body: (IndexRow) throws(StoreError) -> Void) throws(StoreError) {
        var first = 1
        while first <= index.header.lastNumber {
            let last = min(first + 4095, index.header.lastNumber)
            for row in try index.rows(first...last) { try body(row) }
            first = last + 1
        }
    }
}
