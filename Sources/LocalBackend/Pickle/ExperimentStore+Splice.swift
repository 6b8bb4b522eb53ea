internal import Records
internal import SystemCalls
internal import SystemPackage
internal import Trials

/// Going on with the pickle that is there.
extension ExperimentStore {
    /// Whether all that the pickle has is still true, and it has not outgrown what it was when last written whole.
    func canGoOn(with known: KnownPickle) -> Bool {
        let coverage = known.coverage
        guard coverage.building == index.header.building, !index.header.hasStaleEntries,
            coverage.journal <= journal.length, coverage.entries <= index.header.entriesLength
        else { return false }
        let behind = known.end - coverage.base + index.header.entriesLength - coverage.entries
        return behind <= max(coverage.base, Self.smallestBase)
    }

    private static let smallestBase: Int64 = 1 << 20

    /// Writes behind the pickle what it lacks, while nobody else has it open and nobody can open it.
    ///
    /// Everything comes after the pickle's STOP, where no reader looks, and is brought to the device; then that STOP is
    /// turned into MARK by a write of one byte. So whoever loads the file, and whenever this ends, finds a whole pickle.
    func goOn(with known: KnownPickle, within patience: Duration) throws(StoreError) -> LeaseAnswer {
        // Counted from before the lease, so that it is sure to last.
        let deadline = ContinuousClock.now + patience + leaseBreakTime()
        let file: OwnedDescriptor
        do throws(SystemCallError) {
            file = try OwnedDescriptor(opening: folder.pickle, .readWrite, options: [.noFollow, .nonBlocking])
        } catch {
            // Somebody else has a lease on it.
            if error.errno == .wouldBlock { return .inUse }
            throw StoreError("writing the pickle", folder.pickle, error)
        }
        let answer: LeaseAnswer
        let status: FileStatus
        do throws(SystemCallError) {
            answer = try file.takeWriteLease(within: patience)
            status = try file.status()
        } catch {
            throw StoreError("writing the pickle", folder.pickle, error)
        }
        guard answer == .held else { return answer }
        guard KnownPickle.Identity(status) == known.identity else { throw pickleChangedMeanwhile() }
        // Whatever fails leaves a pickle that has to be looked at.
        pickle = nil
        var tail: PickleFile
        do throws(SystemCallError) { tail = try PickleFile(continuing: file, known, until: deadline) } catch {
            throw StoreError("writing the pickle", folder.pickle, error)
        }
        do throws(StoreError) {
            pickle = try finish(known, &tail)
        } catch {
            try? tail.takeBack(known)
            throw error
        }
        // Closing it does the same, unless a child that is just being started has it open, too.
        try? tail.file.giveBackLease()
        index.header.pickleLength = journal.length
        try index.end()
        return .held
    }

    private func finish(_ known: KnownPickle, _ tail: inout PickleFile) throws(StoreError) -> KnownPickle {
        try writeEntries(from: known.coverage.entries, to: &tail)
        for number in try trialsTouched(since: known.coverage.journal) {
            guard let row = try index.row(number), row.state == .running, row.lastPoints > 0,
                let held = try newestLine(row)
            else {
                known.series.forget(number)
                continue
            }
            try writeNewPoints(of: held.trial.metrics, row, &known.series, to: &tail)
        }
        try write(PickleProgram.last(index.header.lastNumber), to: &tail)
        var coverage = wholeCoverage
        coverage.base = known.coverage.base
        do throws(SystemCallError) {
            let new = try tail.finish(coverage)
            new.series = known.series
            return new
        } catch {
            throw StoreError("writing the pickle", folder.pickle, error)
        }
    }

    /// The trials of which the journal has lines from a place on, in order.
    private func trialsTouched(since place: Int64) throws(StoreError) -> [Int] {
        var touched: Set<Int> = []
        try journal.forEachLine(from: place) { (line, _) throws(StoreError) in
            if let number = JournalLine.trial(line) { touched.insert(number) }
        }
        return touched.sorted()
    }

    /// Writes what a running trial's series have beyond the pickle's lists.
    private func writeNewPoints(
        of metrics: [MetricSummary], _ row: IndexRow, _ series: inout RunningSeries, to file: inout PickleFile
    ) throws(StoreError) {
        let number = row.number
        let changed = try firstChanged(in: row, series)
        for metric in metrics {
            guard let place = index.names.place(.metric, metric.name) else { continue }
            guard var list = series.list(of: number, metric: place) else {
                try writeWhole(metric, row, &series, to: &file)
                continue
            }
            list.lastPoints = row.lastPoints
            switch RunningSeries.change(list, count: metric.count, changedFrom: changed[place]) {
            case .nothing:
                series.set(list, of: number, metric: place)
                continue
            case .whole:
                try writeWhole(metric, row, &series, to: &file)
                continue
            case .append(let range):
                let points = try points(of: metric, row, in: range, atMost: nil)
                try write(PickleProgram.append(points, running: list.place), to: &file)
                list.listed = range.upperBound
            case .replace(let range):
                let points = try points(of: metric, row, in: range, atMost: nil)
                try write(PickleProgram.replace(from: range.lowerBound, points, running: list.place), to: &file)
                list.listed = range.upperBound
            }
            list.count = list.listed
            series.set(list, of: number, metric: place)
        }
    }

    /// Writes a running trial's series into a list of its own, where it can be gone on with.
    func writeWhole(
        _ metric: MetricSummary, _ row: IndexRow, _ series: inout RunningSeries, to file: inout PickleFile
    ) throws(StoreError) {
        guard let place = index.names.place(.metric, metric.name) else { return }
        let list = series.place(of: row.number, metric: place)
        let points = try points(of: metric, row, atMost: PickleProgram.longestSeries)
        try write(PickleProgram.series(points, metric: place, of: row.number, running: list), to: &file)
        guard let list else { return }
        let held = RunningSeries.Held(
            place: list, count: metric.count, listed: points.count, lastPoints: row.lastPoints)
        series.set(held, of: row.number, metric: place)
    }

    /// By metric, the first point that is newer than what was looked at last.
    private func firstChanged(in row: IndexRow, _ series: RunningSeries) throws(StoreError) -> [Int: Int] {
        var first: [Int: Int] = [:]
        var place = row.lastPoints
        // Nothing of a trial of which no list is known has to be looked for.
        while place > (series.lastPoints(of: row.number) ?? .max) {
            let entry = try index.pointsEntry(place)
            first[entry.name] = min(first[entry.name] ?? .max, entry.first)
            place = entry.previous
        }
        return first
    }
}

extension JournalLine {
    /// The trial that a whole line of a trial speaks of, read from its first bytes: `{"event":"opened","trial":3,`.
    fileprivate static func trial(_ line: ArraySlice<UInt8>) -> Int? {
        guard let kind = event(line), kind != "points", kind != "text", kind != "name" else { return nil }
        let head = Substring(decoding: line.prefix(64), as: UTF8.self).dropFirst(10 + kind.count)
        guard head.hasPrefix(#"","trial":"#) else { return nil }
        return Int(head.dropFirst(10).prefix { $0 != "," && $0 != "}" })
    }
}
