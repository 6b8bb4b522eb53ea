import Trials

/// What the first line tells.
extension MetricsHeader {
    /// What may separate fields, the first being taken where none is there.
    static let separators: [UInt8] = [.comma, .tab, .semicolon]
}

extension MetricsFile {
    /// Takes the first line that is neither blank nor a comment; `next` is where the line after it begins.
    mutating func begin(
        _ record: ArraySlice<UInt8>, line: Int, start: Int, next: Int, _ news: inout MetricsNews
    ) {
        let text = MetricsRecords.trimmed(record)
        guard let first = text.first, first != UInt8(ascii: "#") else { return }
        guard !text.contains(0), String(validating: text, as: UTF8.self) != nil else {
            return giveUp("line \(line) is no text: only CSV with a header and JSON lines are read", &news)
        }
        switch first {
        case UInt8(ascii: "{"):
            var header = MetricsHeader(format: .jsonLines, start: start)
            if case .column(_, let epoch?, _) = selection { header.index = .column(epoch) }
            self.header = header
        case UInt8(ascii: "["):
            giveUp("line \(line) begins a JSON array: write one object a line instead (JSON lines)", &news)
        default:
            beginCSV(record, line: line, next: next, &news)
        }
    }

    private mutating func beginCSV(_ record: ArraySlice<UInt8>, line: Int, next: Int, _ news: inout MetricsNews) {
        var header = MetricsHeader(format: .csv, start: next)
        var fields: [ArraySlice<UInt8>] = []
        for separator in MetricsHeader.separators {
            let found = MetricsRecords.fields(of: record, separator: separator)
            if found.count > fields.count {
                fields = found
                header.separator = separator
            }
        }
        let names = fields.filter { !$0.isEmpty }
        if names.allSatisfy({ MetricValue($0) != nil }) {
            return giveUp("line \(line) holds numbers where the names of the columns belong: it has no header", &news)
        }
        header.columns = fields.map { String(decoding: $0, as: UTF8.self) }
        header.series = Array(repeating: nil, count: fields.count)
        switch selection {
        case .all:
            header.index = MetricsHeader.index(among: header.columns)
        case .column(let series, let epoch, let value):
            for name in [epoch, value ?? series].compactMap({ $0 }) where !header.columns.contains(name) {
                let columns = header.columns.prefix(20).map { "'\(Self.shown($0))'" }.joined(separator: ", ")
                return giveUp("line \(line) names no column '\(Self.shown(name))', only \(columns)", &news)
            }
            header.index = epoch.map { .column($0) } ?? MetricsHeader.index(among: header.columns)
            if let place = header.columns.firstIndex(of: value ?? series) { header.series[place] = series }
        }
        if case .column(let name)? = header.index { header.indexPlace = header.columns.firstIndex(of: name) }
        if selection == .all { nameSeries(&header, line: line, &news) }
        self.header = header
    }

    private mutating func nameSeries(_ header: inout MetricsHeader, line: Int, _ news: inout MetricsNews) {
        var seen: Set<String> = []
        var count = 0
        for (place, name) in header.columns.enumerated() {
            if place == header.indexPlace {
                seen.insert(name)
            } else if name.isEmpty {
                tell(.unnamed, "line \(line): column \(place + 1) has no name and was left out", &news)
            } else if !seen.insert(name).inserted {
                tell(.twice, "line \(line) names '\(Self.shown(name))' twice; the first column counts", &news)
            } else if count == news.limits.columns {
                tell(
                    .columns,
                    "line \(line): it has more than \(news.limits.columns) columns; '\(Self.shown(name))' and further "
                        + "ones were left out", &news)
                return
            } else {
                header.series[place] = name
                count += 1
            }
        }
    }
}
