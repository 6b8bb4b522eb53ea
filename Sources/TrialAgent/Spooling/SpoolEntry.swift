import SystemCalls
import SystemPackage
import Trials

/// One filing on its way to a store.
struct SpoolEntry: Hashable, Sendable {
    /// The sequence number of the claim that led to it; entries are filed in this order.
    let sequence: Int
    /// The name of the store that it goes to; never its URI.
    let backend: String
    /// What is to be filed.
    let filing: Filing
    /// The bytes of the filing's parts, in the same order, but for those that lie beside.
    let parts: [[UInt8]]
    /// The files of the others, of which there is one of each role.
    let files: [PartReference.Role: FilePath]
    /// The marker that a receipt is to be written for; nil for none.
    let receipt: MarkerPlace?

    /// What claim `sequence` leads to in the store `backend`.
    init(
        sequence: Int, backend: String, filing: Filing, parts: [[UInt8]] = [],
        files: [PartReference.Role: FilePath] = [:], receipt: MarkerPlace? = nil
    ) {
        self.sequence = sequence
        self.backend = backend
        self.filing = filing
        self.parts = parts
        self.files = files
        self.receipt = receipt
    }

    /// The same for another store.
    func moved(to backend: String) -> SpoolEntry {
        SpoolEntry(
            sequence: sequence, backend: backend, filing: filing, parts: parts, files: files, receipt: receipt)
    }

    /// The filing's parts, and where each comes from.
    var sources: [(part: PartReference, source: PartSource)] {
        var rest = parts[...]
        return filing.parts.map { part in
            if part.liesBeside { return (part, .file(files[part.role]?.pathBytes ?? [])) }
            return (part, .bytes(rest.popFirst() ?? []))
        }
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

extension PartReference {
    /// Whether it lies beside its entry, as a file: what may have many megabytes is in nobody's memory.
    var liesBeside: Bool { Self.rolesBeside.contains(role) }

    /// What such a part is for.
    static let rolesBeside: [Role] = [.pack, .commits]
}
