internal import Trials

/// What `--sort` says: `lr`, or `-result` for the highest first.
struct HistoryOrder: Hashable, Sendable {
    let field: RowField
    let isDescending: Bool

    init(_ text: String) {
        isDescending = text.hasPrefix("-")
        field = RowField(isDescending ? String(text.dropFirst()) : text)
    }

    /// The rows in order; those that have nothing there come last, equals stay as they were.
    func sorted(_ rows: [History.Row]) -> [History.Row] {
        rows.map { (row: $0, key: Key(field.value(in: $0))) }.enumerated()
            .sorted { left, right in
                switch left.element.key.order(to: right.element.key, isDescending: isDescending) {
                case .less: true
                case .greater: false
                case .equal: left.offset < right.offset
                }
            }
            .map(\.element.row)
    }

    /// A value with its kind, so that all values have one order: numbers, times, texts, truths, the rest, NaN, nothing.
    private struct Key {
        let operand: Operand?
        let rank: Int

        init(_ operand: Operand?) {
            self.operand = operand
            rank =
                switch operand {
                case nil: 6
                case .moment: 1
                case .value(.text): 2
                case .value(.bool): 3
                case .value(.integer): 0
                case .value(.float(let float)): float.isNaN ? 5 : 0
                case .value: 4
                }
        }

        func order(to other: Key, isDescending: Bool) -> Order {
            guard rank == other.rank, let operand, let second = other.operand else {
                return Order(rank, other.rank) ?? .equal
            }
            let order = operand.compared(to: second, localOffset: { _ in 0 }) ?? .equal
            return isDescending ? order.reversed : order
        }
    }
}

/// The first rows of an order, without keeping the others.
struct FirstRows {
    private let order: HistoryOrder
    private let limit: Int?
    private var kept: [History.Row] = []

    init(_ order: HistoryOrder, limit: Int?) {
        self.order = order
        self.limit = limit
    }

    /// Takes a row in.
    mutating func add(_ row: History.Row) {
        kept.append(row)
        // Sorted only now and then: a row costs the logarithm of the limit.
        if let limit, kept.count / 2 - 500 >= limit { kept = Array(order.sorted(kept).prefix(limit)) }
    }

    /// The rows in order.
    var rows: [History.Row] { Array(order.sorted(kept).prefix(limit ?? kept.count)) }
}
