internal import JSON
internal import Records
internal import SystemCalls
internal import SystemPackage
public import Trials

extension LocalBackend: TrialReader {
    /// Every experiment that has a journal or a pickle.
    public func experiments() async throws(StoreError) -> [Experiment] {
        var experiments: [Experiment] = []
        for id in try experimentIDs(withPythons: true) {
            guard let store = try experimentStore(id) else { continue }
            let header = try store.locked { () throws(StoreError) in store.index.header }
            let filed = header.lastFiled
            experiments.append(
                Experiment(
                    id: id, lastNumber: header.lastNumber,
                    lastFiled: filed == 0
                        ? nil : Timestamp(nanoseconds: Int(filed), offset: settings.now().offset)))
        }
        return experiments
    }

    /// A page of trials; only their own lines of the journal are read.
    public func trials(
        _ query: History.Query, after cursor: History.Cursor?, limit: Int
    ) async throws(StoreError) -> History.Page {
        guard let store = try experimentStore(query.experiment) else {
            throw StoreError(
                .notFound, "reading the history", query.experiment.text, reason: "there is no such experiment",
                remedy: "`trialwatch experiments` lists them", isTransient: false)
        }
        return try store.locked { () throws(StoreError) in
            var rows: [History.Row] = []
            // One more than asked for tells whether there is a next page.
            var isMore = false
            try store.forEachRow(after: cursor?.number, newestFirst: query.newestFirst) { row throws(StoreError) in
                guard let state = row.state.trial, query.states.isEmpty || query.states.contains(state),
                    query.since.map({ row.filed >= Int64($0.nanoseconds) }) ?? true
                else { return true }
                guard rows.count < limit else {
                    isMore = true
                    return false
                }
                if let held = try store.trial(row, capture: .brief) { rows.append(History.Row(held.trial)) }
                return true
            }
            let last = rows.last.map { History.Cursor(number: $0.reference.number) }
            return History.Page(rows: rows, next: isMore ? last : nil)
        }
    }

    /// One trial, whole but for the points of its series.
    public func trial(_ reference: TrialReference) async throws(StoreError) -> StoredTrial? {
        guard let store = try experimentStore(reference.experiment) else { return nil }
        return try store.locked { () throws(StoreError) in
            guard let held = try store.trial(reference.number) else { return nil }
            return try store.withFiles(held)
        }
    }

    /// Points of a series; of a long one only as much is in memory as is asked for.
    public func series(
        _ name: String, of reference: TrialReference, range: Range<Int>?, atMost most: Int?
    ) async throws(StoreError) -> MetricSeries? {
        guard let store = try experimentStore(reference.experiment) else { return nil }
        return try store.locked { () throws(StoreError) -> MetricSeries? in
            guard let held = try store.trial(reference.number, capture: .brief),
                let metric = held.trial.metrics.first(where: { $0.name == name })
            else { return nil }
            let points = try store.points(of: metric, held.row, in: range, atMost: most)
            return MetricSeries(name: name, count: metric.count, points: points)
        }
    }

    /// The bytes of a part.
    public func part(_ part: PartReference, of reference: TrialReference) async throws(StoreError) -> [UInt8]? {
        guard let store = try experimentStore(reference.experiment) else { return nil }
        return try store.locked { () throws(StoreError) in
            if store.folder.isShadow { return try store.fileContent(part, of: reference.number) }
            return try store.object(part.digest)
        }
    }

    /// One environment text as daskperiment gives it out.
    public func text(
        _ category: EnvironmentCategory, of reference: TrialReference
    ) async throws(StoreError) -> String? {
        guard let content = try await trial(reference)?.capture?.environment[category] else { return nil }
        guard case .text(let text) = EnvironmentRecord.text(category, content) else { return nil }
        return text
    }

    /// Runs that were deleted: each has a line in the journal that says so.
    public func deletions(in experiment: Experiment.ID) async throws(StoreError) -> [DeletedRun] {
        guard let store = try experimentStore(experiment) else { return [] }
        return try store.locked { () throws(StoreError) in
            var found: [DeletedRun] = []
            try store.forEachRow { row throws(StoreError) in
                guard row.state == .deleted, !row.isPythons else { return }
                found.append(DeletedRun(number: row.number, key: row.key))
            }
            return found
        }
    }

    /// Trials that changed, by the lines of the journals.
    public func changes(after cursor: ChangeCursor?, limit: Int) async throws(StoreError) -> ChangePage {
        var places = JournalPlaces(cursor)
        var found: [JournalPlaces.Change] = []
        for experiment in try experimentIDs(withPythons: true) {
            guard let store = try experimentStore(experiment) else { continue }
            found += try store.locked { () throws(StoreError) in
                try store.changes(after: places[experiment], limit: limit)
            }
        }
        found.sort { $0.at < $1.at }
        var references: [TrialReference] = []
        var seen: Set<TrialReference> = []
        for change in found {
            guard references.count < limit || seen.contains(change.reference) else { break }
            if seen.insert(change.reference).inserted { references.append(change.reference) }
            places[change.reference.experiment] = change.place
        }
        return ChangePage(references: references, next: places.cursor)
    }
}
