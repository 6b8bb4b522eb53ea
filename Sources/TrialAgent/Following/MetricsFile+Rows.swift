import SystemCalls
import Trials

/// What a row does to the series.
extension MetricsFile {
    /// Takes a row: a point for each number in it.
    mutating func take(
        _ row: MetricsRow, line: Int, start: Int, _ file: borrowing OwnedDescriptor, _ news: inout MetricsNews
    ) throws(SystemCallError) {
        let epoch: Int
        switch row.epoch {
        case .byRow: epoch = rows
        case .at(let given): epoch = given
        case .unusable(let found):
            leftOut += 1
            return tell(.index, "line \(line): \(indexName) is \(found), no whole number; the row was left out", &news)
        }
        if row.surplus > 0 {
            let named = header?.columns.count ?? 0
            tell(
                .surplus,
                "line \(line) has \(named + row.surplus) fields, and the header names \(named); the others were left out",
                &news)
        }
        if row.isTooDeep {
            tell(.depth, "line \(line): values in objects more than two deep were left out", &news)
        }
        if let last = lastEpoch, epoch < last {
            jumpedFrom = last
            isJumpTold = false
        }
        lastEpoch = epoch
        let counts = try countsBefore(epoch, of: row, start: start, file, &news)
        if isGivenUp { return }
        if !counts.isEmpty { tellJump(line: line, to: epoch, &news) }
        for cell in row.cells {
            switch cell.content {
            case .blank: break
            case .text(let text): tellText(text, in: cell.name, line: line, news.place(of: cell.name), &news)
            case .number(let value):
                guard let place = place(of: cell.name, line: line, &news) else { continue }
                if let last = series[place].last, epoch <= last {
                    let count = epoch == last ? series[place].count - 1 : counts[cell.name] ?? series[place].count
                    news.cut(&series[place], place, to: count)
                }
                news.append(value, at: epoch, to: &series[place], place)
            }
        }
    }

    private var indexName: String {
        if case .column(let name)? = header?.index { "'\(Self.shown(name))'" } else { "the row" }
    }

    /// The place of a series, which is made for the first number under its name; nil when there are too many.
    private mutating func place(of name: String, line: Int, _ news: inout MetricsNews) -> Int? {
        if let place = news.place(of: name) { return place }
        guard series.count < news.limits.columns else {
            tell(
                .columns,
                "line \(line): it has more than \(news.limits.columns) columns with numbers; '\(Self.shown(name))' and "
                    + "further ones were left out", &news)
            return nil
        }
        let new = Series(name: name, generation: 0)
        series.append(new)
        news.add(new)
        return series.count - 1
    }

    /// A column that never had a number holds labels; in any other a text is a point that is missing.
    private mutating func tellText(
        _ text: String, in name: String, line: Int, _ place: Int?, _ news: inout MetricsNews
    ) {
        guard let place, series[place].count > 0, !series[place].isTextTold else { return }
        series[place].isTextTold = true
        news.problems.append(
            "line \(line): '\(Self.shown(name))' is '\(Self.shown(text))', no number; it was left out, and so are "
                + "further ones in this column")
    }

    private mutating func tellJump(line: Int, to epoch: Int, _ news: inout MetricsNews) {
        guard !isJumpTold else { return }
        isJumpTold = true
        jumps += 1
        if jumps <= news.limits.jumps {
            let from = jumpedFrom.map { " from \($0)" } ?? ""
            news.problems.append(
                "line \(line): \(indexName) goes back\(from) to \(epoch); the points from there on were replaced")
        } else {
            tell(.jumps, "line \(line): \(indexName) goes back again; from now on this is not told", &news)
        }
    }

    /// For each series in the row whose last point stands after `epoch`: how many of its points stand before it.
    private mutating func countsBefore(
        _ epoch: Int, of row: MetricsRow, start: Int, _ file: borrowing OwnedDescriptor, _ news: inout MetricsNews
    ) throws(SystemCallError) -> [String: Int] {
        var counts: [String: Int] = [:]
        var unknown: [String: Int] = [:]
        for cell in row.cells {
            guard case .number = cell.content, let place = news.place(of: cell.name),
                let first = series[place].first, let last = series[place].last, epoch < last
            else { continue }
            if epoch <= first {
                counts[cell.name] = 0
            } else if let count = news.count(before: epoch, place) {
                counts[cell.name] = count
            } else {
                unknown[cell.name] = series[place].count
            }
        }
        guard !unknown.isEmpty, let header else { return counts }
        var past = PastRows(header, selection, before: start, isIrregular: isIrregular, limit: news.limits.line)
        let gone = try past.counts(from: epoch, in: Set(unknown.keys), file)
        for (name, count) in unknown { counts[name] = count - (gone[name] ?? 0) }
        reread += past.bytes
        if reread > news.limits.rereading {
            giveUp("\(indexName) goes back so often that it is followed no further", &news)
        }
        return counts
    }

    /// Reads no more of this content.
    mutating func giveUp(_ problem: String, _ news: inout MetricsNews) {
        isGivenUp = true
        news.problems.append(problem)
    }
}
