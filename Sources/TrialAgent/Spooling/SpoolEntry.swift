import Trials

/// One filing on its way to a store.
struct SpoolEntry: Hashable, Sendable {
    /// The sequence number of the claim that led to it; entries are filed in this order.
    let sequence: Int
    /// The name of the store that it goes to; never its URI.
    let backend: String
    /// What is to be filed.
    let filing: Filing
    /// The bytes of the filing's parts, in the same order.
    let parts: [[UInt8]]
    /// The marker that a receipt is to be written for; nil for none.
    let receipt: MarkerPlace?

    /// What claim `sequence` leads to in the store `backend`.
    init(sequence: Int, backend: String, filing: Filing, parts: [[UInt8]] = [], receipt: MarkerPlace? = nil) {
        self.sequence = sequence
        self.backend = backend
        self.filing = filing
        self.parts = parts
        self.receipt = receipt
    }

    /// The same for another store.
    func moved(to backend: String) -> SpoolEntry {
        SpoolEntry(sequence: sequence, backend: backend, filing: filing, parts: parts, receipt: receipt)
    }

    /// The name of its file.
    var name: EntryName { EntryName(sequence: sequence, key: filing.key, revision: filing.revision) }
}

/// Why a file of the spool is no entry.
struct DamagedEntry: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong with it.
    let description: String

    /// A damage, as a sentence.
    init(_ description: String) { self.description = description }
}
