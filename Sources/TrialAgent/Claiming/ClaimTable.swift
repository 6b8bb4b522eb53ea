import Bytes
import Trials

/// What claims are found by: tables of rows of one width, each of which begins with a fingerprint. No I/O.
///
/// Of rows with the same fingerprint the newest counts.
enum ClaimTable: Int, CaseIterable, Sendable {
    /// Versions that were claimed.
    case identities
    /// What stat tells of them.
    case stamps
    /// By marker, the version that its path held last.
    case standing
    /// By marker, where its newest closed run is remembered.
    case closedAtPlace
    /// By run that its marker named, where it is remembered since it is closed.
    case closedByName

    /// The version that a marker's path held last.
    struct Standing: Equatable, Sendable {
        let file: Fingerprint
        let digest: Fingerprint
    }

    /// A closed run: where it is remembered, and when it began.
    struct Closed: Equatable, Sendable {
        let offset: Int
        let began: Timestamp

        /// What is found late of an older run, or tells of its end, does not make that the newest.
        func replaces(_ older: Closed) -> Bool { older.began <= began }
    }

    /// Bytes of a row.
    var width: Int {
        switch self {
        case .identities, .stamps: Fingerprint.size
        case .standing: 3 * Fingerprint.size
        case .closedAtPlace: Fingerprint.size + 16
        case .closedByName: Fingerprint.size + 8
        }
    }

    /// Whether these can be the rows of each table.
    static func areSound(_ counts: [Int]) -> Bool {
        counts.count == allCases.count && counts.allSatisfy { (0..<(1 << 40)).contains($0) }
    }

    /// Whether a row counts, and not an older one with the same fingerprint.
    func replaces(_ newer: ArraySlice<UInt8>, _ older: ArraySlice<UInt8>) -> Bool {
        self != .closedAtPlace || Closed(row: Array(newer)).replaces(Closed(row: Array(older)))
    }
}

extension ClaimTable.Standing {
    /// What a row of `standing` says.
    init(row: [UInt8]) {
        file = Fingerprint(in: row, at: Fingerprint.size)
        digest = Fingerprint(in: row, at: 2 * Fingerprint.size)
    }

    /// Adds what a row says after its fingerprint.
    func append(to rows: inout [UInt8]) {
        rows.append(file)
        rows.append(digest)
    }
}

extension ClaimTable.Closed {
    /// What a row of `closedAtPlace` says.
    init(row: [UInt8]) {
        offset = Int(row.fixed(at: Fingerprint.size, as: Int64.self))
        began = Timestamp(nanoseconds: Int(row.fixed(at: Fingerprint.size + 8, as: Int64.self)))
    }

    /// Adds what a row says after its fingerprint.
    func append(to rows: inout [UInt8]) {
        rows.append(fixed: Int64(offset))
        rows.append(fixed: Int64(began.nanoseconds))
    }
}
