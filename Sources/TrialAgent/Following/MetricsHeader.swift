import JSON

/// What the beginning of a metrics file tells of all its rows.
struct MetricsHeader: Hashable, Sendable, Codable {
    enum Format: String, Hashable, Sendable, Codable {
        case csv
        case jsonLines
    }

    /// What a row's place in its series is taken from.
    enum Index: Hashable, Sendable, Codable {
        /// The number of the row.
        case row
        case column(String)
    }

    /// The names of an index, the first that is there being it.
    static let indexNames = ["step", "global_step", "iteration", "iter", "epoch"]

    var format: Format
    /// What separates fields of a CSV file.
    var separator: UInt8 = .comma
    /// The columns of a CSV file.
    var columns: [String] = []
    /// For each column, the series that it is; nil for none.
    var series: [String?] = []
    /// Of JSON lines, nil until the first object was seen.
    var index: Index?
    /// The place of the column that is the index of a CSV file.
    var indexPlace: Int?
    /// Where in the file the first row begins.
    var start: Int

    /// Cuts the file into records.
    var records: MetricsRecords { format == .csv ? MetricsRecords(separators: [separator]) : .plain }

    /// The index among these names; one that is written in other case counts, too.
    static func index(among names: [String]) -> Index {
        for candidate in indexNames where names.contains(candidate) { return .column(candidate) }
        for candidate in indexNames {
            if let name = names.first(where: { $0.lowercased() == candidate }) { return .column(name) }
        }
        return .row
    }

    /// What a record holds. The first object of JSON lines decides what the index is.
    mutating func read(_ record: ArraySlice<UInt8>, _ selection: MetricsFile.Selection) -> MetricsRow.Reading {
        switch format {
        case .csv: return fields(record)
        case .jsonLines:
            if MetricsRecords.trimmed(record).isEmpty { return .nothing }
            do throws(JSONError) {
                let object = try Self.object(of: record)
                let index = self.index ?? Self.index(among: object.keys)
                self.index = index
                return .row(MetricsRow(object, index, selection))
            } catch {
                return .malformed(error.reason)
            }
        }
    }

    private func fields(_ record: ArraySlice<UInt8>) -> MetricsRow.Reading {
        let fields = MetricsRecords.fields(of: record, separator: separator)
        if fields.allSatisfy(\.isEmpty) { return .nothing }
        var row = MetricsRow()
        let decimalComma = separator == .semicolon
        if let place = indexPlace {
            let cell = place < fields.count ? MetricCell(fields[place], decimalComma: decimalComma) : .blank
            // A run that goes on often writes the header again.
            if case .text = cell, isHeader(fields) { return .nothing }
            row.epoch = MetricsRow.Epoch(cell)
        } else if isHeader(fields) {
            return .nothing
        }
        for (name, field) in zip(series, fields) {
            guard let name, !field.isEmpty else { continue }
            row.cells.append(MetricsRow.Cell(name: name, content: MetricCell(field, decimalComma: decimalComma)))
        }
        if fields.count > columns.count, !fields[columns.count...].allSatisfy(\.isEmpty) {
            row.surplus = fields.count - columns.count
        }
        return .row(row)
    }

    private func isHeader(_ fields: [ArraySlice<UInt8>]) -> Bool {
        fields.count == columns.count && zip(fields, columns).allSatisfy { $0.elementsEqual($1.utf8) }
    }

    /// The object of a line. Numbers that are none may be spelt as Python and as C do.
    private static func object(of line: ArraySlice<UInt8>) throws(JSONError) -> JSON.Object {
        let bytes = Array(line)
        var parser = JSONParser(bytes, acceptsNonFinite: true)
        let json: JSON
        do throws(JSONError) { json = try parser.document() } catch {
            guard let spelt = spellingNonFinite(bytes) else { throw error }
            parser = JSONParser(spelt, acceptsNonFinite: true)
            json = try parser.document()
        }
        guard let object = json.object else {
            throw .malformed(reason: "it holds something else", at: JSON.Position(offset: 0, in: bytes))
        }
        return object
    }

    /// The line with `nan` and `inf`, which C prints, spelt as the parser takes them; nil when it has none.
    private static func spellingNonFinite(_ bytes: [UInt8]) -> [UInt8]? {
        var spelt: [UInt8] = []
        var place = 0
        var isChanged = false
        func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
        while place < bytes.count {
            let start = place
            if bytes[place] == .quote {
                place += 1
                while place < bytes.count, bytes[place] != .quote {
                    place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1
                }
                place = min(place + 1, bytes.count)
                spelt += bytes[start..<place]
            } else if isLetter(bytes[place]) {
                while place < bytes.count, isLetter(bytes[place]) { place += 1 }
                switch String(decoding: bytes[start..<place], as: UTF8.self).lowercased() {
                case "nan":
                    if spelt.last == UInt8(ascii: "-") { spelt.removeLast() }
                    spelt += "NaN".utf8
                    isChanged = true
                case "inf", "infinity":
                    spelt += "Infinity".utf8
                    isChanged = true
                default: spelt += bytes[start..<place]
                }
            } else {
                spelt.append(bytes[place])
                place += 1
            }
        }
        return isChanged ? spelt : nil
    }
}

extension JSONError {
    /// What is wrong, without the position in the line.
    fileprivate var reason: String {
        switch self {
        case .malformed(let reason, _), .mismatch(_, let reason): reason
        }
    }
}
