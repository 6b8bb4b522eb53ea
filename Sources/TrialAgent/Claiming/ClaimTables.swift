import Bytes
import Trials

/// The tables of the newest claims, in memory. No I/O.
struct ClaimTables {
    var identities: Set<Fingerprint> = []
    var stamps: Set<Fingerprint> = []
    var standing: [Fingerprint: ClaimTable.Standing] = [:]
    private(set) var closedAtPlace: [Fingerprint: ClaimTable.Closed] = [:]
    var closedByName: [Fingerprint: Int] = [:]

    init() {}

    /// Rows of all tables.
    var count: Int {
        identities.count + stamps.count + standing.count + closedAtPlace.count + closedByName.count
    }

    /// Rows of each table, in the order of the tables.
    var counts: [Int] {
        [identities.count, stamps.count, standing.count, closedAtPlace.count, closedByName.count]
    }

    /// Takes in that a run of a marker is closed.
    mutating func close(_ closed: ClaimTable.Closed, at place: Fingerprint) {
        if let before = closedAtPlace[place], !closed.replaces(before) { return }
        closedAtPlace[place] = closed
    }

    /// The rows of a table, in the order of their fingerprints.
    func rows(of table: ClaimTable) -> [UInt8] {
        var rows: [UInt8] = []
        switch table {
        case .identities: for fingerprint in identities.sorted() { rows.append(fingerprint) }
        case .stamps: for fingerprint in stamps.sorted() { rows.append(fingerprint) }
        case .standing:
            for (place, standing) in standing.sorted(by: { $0.key < $1.key }) {
                rows.append(place)
                standing.append(to: &rows)
            }
        case .closedAtPlace:
            for (place, closed) in closedAtPlace.sorted(by: { $0.key < $1.key }) {
                rows.append(place)
                closed.append(to: &rows)
            }
        case .closedByName:
            for (key, offset) in closedByName.sorted(by: { $0.key < $1.key }) {
                rows.append(key)
                rows.append(fixed: Int64(offset))
            }
        }
        return rows
    }

    /// Takes in rows that `rows(of:)` gave.
    mutating func take(_ rows: [UInt8], of table: ClaimTable) {
        for place in stride(from: 0, to: rows.count - table.width + 1, by: table.width) {
            let row = Array(rows[place..<(place + table.width)])
            let fingerprint = Fingerprint(in: row, at: 0)
            switch table {
            case .identities: identities.insert(fingerprint)
            case .stamps: stamps.insert(fingerprint)
            case .standing: standing[fingerprint] = ClaimTable.Standing(row: row)
            case .closedAtPlace: closedAtPlace[fingerprint] = ClaimTable.Closed(row: row)
            case .closedByName: closedByName[fingerprint] = Int(row.fixed(at: Fingerprint.size, as: Int64.self))
            }
        }
    }
}
