internal import Trials

/// What a first look at the rows of a history tells: which columns there are, and how wide they have to be.
struct HistorySurvey {
    /// Parameters and metrics beyond so many are not looked at: a table of them would help nobody.
    static let mostNames = 1000

    /// What is known of one column.
    struct Column {
        var width: Int
        var isNumeric: Bool
    }

    private(set) var parameters: [String] = []
    private(set) var metrics: [String] = []
    private(set) var columns: [RowField: Column] = [:]
    private(set) var hasTooManyNames = false
    private let moments: Moments

    init(moments: Moments) {
        self.moments = moments
    }

    /// The columns to show when nobody says which: the fixed ones that some row fills, and all parameters and metrics.
    var fields: [RowField] {
        let parameters = parameters.map(RowField.parameter)
        let metrics = metrics.map(RowField.metric)
        let all =
            [.trial, .state, .result] + parameters + metrics + [
                .duration, .started, .tags, .seed, .description, .problems,
            ]
        return all.filter { field in
            switch field {
            case .trial, .state, .parameter, .metric: true
            default: columns[field] != nil
            }
        }
    }

    /// Looks at a row that will be shown.
    mutating func look(at row: History.Row, fields chosen: [RowField]?) {
        if let chosen {
            for field in chosen { measure(field, row) }
            return
        }
        for field in [.trial, .state, .result, .duration, .started, .tags, .seed, .description, .problems] as [RowField]
        {
            measure(field, row)
        }
        for name in row.parameters.lazy.map(\.name) where add(name, .parameter(name), to: \.parameters) {
            measure(.parameter(name), row)
        }
        for name in row.metrics.lazy.map(\.name) where add(name, .metric(name), to: \.metrics) {
            measure(.metric(name), row)
        }
    }

    private mutating func add(_ name: String, _ field: RowField, to names: WritableKeyPath<Self, [String]>) -> Bool {
        if columns[field] != nil { return true }
        guard parameters.count + metrics.count < Self.mostNames else {
            hasTooManyNames = true
            return false
        }
        self[keyPath: names].append(name)
        return true
    }

    private mutating func measure(_ field: RowField, _ row: History.Row) {
        guard let operand = field.value(in: row) else { return }
        if field == .tags && row.tags.isEmpty || field == .problems && row.problems == 0 { return }
        let cell = HistoryCell.of(field, row, moments)
        let isNumeric =
            switch operand {
            case .moment: false
            case .value(let value): value.number != nil && field != .started
            }
        let known = columns[field]
        columns[field] = Column(
            width: max(known?.width ?? 0, DisplayWidth.of(cell.text)), isNumeric: isNumeric && known?.isNumeric != false
        )
    }
}
