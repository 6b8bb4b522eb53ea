internal import SystemCalls
internal import SystemPackage
internal import Trials

extension ExperimentStore {
    /// Whether the pickle lags behind the journal.
    var pickleIsBehind: Bool { index.header.pickleLength < journal.length }

    /// Brings the pickle to where the journal is; says no when another process has the file open all the while that
    /// `patience` lasts.
    ///
    /// What is new is written behind the pickle that is there. It is written whole when there is none, when what it has is
    /// no longer true, when it has outgrown what it was when last written whole, and where the kernel has no leases.
    func bringPickleUpToDate(within patience: Duration = .zero) throws(StoreError) -> Bool {
        guard pickleIsBehind, !folder.isShadow else { return true }
        try takeOverPickle()
        guard let known = pickle, canGoOn(with: known) else { return try writePickle(within: patience) }
        switch try goOn(with: known, within: patience) {
        case .held: return true
        case .unavailable: return try writePickle(within: patience)
        case .inUse:
            known.refusals += 1
            // Somebody who only reads it may have it open for as long as he likes, and still has the old one afterwards.
            return known.refusals > Self.mostRefusals ? try writePickle(within: patience) : false
        }
    }

    private static let mostRefusals = 5

    /// What the pickle has once it is written now; the file knows its own base.
    var wholeCoverage: PickleCoverage {
        PickleCoverage(
            building: index.header.building, journal: journal.length, entries: index.header.entriesLength, base: 0)
    }

    /// Writes a range of the index's entries.
    func writeEntries(from first: Int64, to file: inout PickleFile) throws(StoreError) {
        var place = first
        while place < index.header.entriesLength {
            let piece = try index.entries(at: place, Int(min(1 << 20, index.header.entriesLength - place)))
            place += Int64(piece.count)
            try write(piece, to: &file)
        }
    }

    func write(_ bytes: [UInt8], to file: inout PickleFile) throws(StoreError) {
        do throws(SystemCallError) { try file.write(bytes) } catch {
            throw StoreError("writing the pickle", folder.pickle, error)
        }
    }

    /// Why the pickle cannot be written now, and may be a moment later.
    func pickleChangedMeanwhile() -> StoreError {
        StoreError(
            .unavailable, "writing the pickle", folder.pickle.shown, reason: "another process has just changed it",
            isTransient: true)
    }
}
