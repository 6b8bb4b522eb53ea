import JSON
import Trials

/// One row of a metrics file: where it belongs, and what stands in it.
struct MetricsRow: Sendable {
    /// What a record came to.
    enum Reading {
        case row(MetricsRow)
        /// A blank line, or the header once more.
        case nothing
        /// It is no row, and why.
        case malformed(String)
    }

    /// Where in its series a row belongs.
    enum Epoch: Equatable {
        /// Where its number puts it.
        case byRow
        case at(Int)
        /// Nowhere: what stands there instead.
        case unusable(String)

        init(_ cell: MetricCell) {
            if let epoch = cell.epoch {
                self = .at(epoch)
            } else {
                switch cell {
                case .blank: self = .unusable("missing")
                case .number(.integer(let integer)): self = .at(integer)
                case .number(.float(let float)): self = .unusable("\(float)")
                case .text(let text): self = .unusable("'\(MetricsFile.shown(text))'")
                }
            }
        }
    }

    struct Cell: Equatable {
        var name: String
        var content: MetricCell
    }

    var epoch = Epoch.byRow
    /// What is not blank, by the name of its series.
    var cells: [Cell] = []
    /// How many fields there are that the header has no name for.
    var surplus = 0
    /// Whether values nest deeper than they are read.
    var isTooDeep = false

    /// How many objects may stand in the object of a line, one in the other.
    private static let levels = 2

    init() {}

    /// The row of an object: its numbers, those of nested objects by dotted names.
    init(_ object: JSON.Object, _ index: MetricsHeader.Index, _ selection: MetricsFile.Selection) {
        if case .column(let name) = index { epoch = Epoch(object[name].map { MetricCell($0) } ?? .blank) }
        add(object, under: "", level: 0)
        switch selection {
        case .all: if case .column(let name) = index { cells.removeAll { $0.name == name } }
        case .column(let series, _, let value):
            cells = cells.filter { $0.name == value ?? series }.map { Cell(name: series, content: $0.content) }
        }
    }

    private mutating func add(_ object: JSON.Object, under prefix: String, level: Int) {
        for member in object {
            let name = prefix.isEmpty ? member.key : prefix + member.key
            if case .object(let inner) = member.value {
                if level < Self.levels {
                    add(inner, under: name + ".", level: level + 1)
                } else {
                    isTooDeep = true
                }
                continue
            }
            let content = MetricCell(member.value)
            if content != .blank { cells.append(Cell(name: name, content: content)) }
        }
    }
}
