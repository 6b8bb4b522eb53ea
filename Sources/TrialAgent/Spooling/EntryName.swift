import SystemPackage
import Trials

/// The name of an entry's file, which tells its place in the order of filing: rewriting an entry after a crash writes the
/// same file again.
///
/// `<claim's sequence, 16 hexadecimal digits>-<first 16 digits of the run key>-<revision>`.
struct EntryName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The sequence number of the claim that led to it.
    let sequence: Int
    /// The first 16 digits of the run's key: entries that share them are filed in order.
    let run: UInt64
    /// The filing's revision.
    let revision: Int

    /// The name of what claim `sequence` told of the run `key`.
    init(sequence: Int, key: RunKey, revision: Revision) {
        self.sequence = sequence
        run = UInt64(key.text.prefix(16), radix: 16) ?? 0
        self.revision = revision.number
    }

    /// Reads what `description` writes; nil for the name of anything else.
    init?(_ name: FilePath.Component) { self.init(text: name.string) }

    private init?(text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].utf8.count == 16, parts[1].utf8.count == 16,
            let sequence = UInt64(parts[0], radix: 16), let run = UInt64(parts[1], radix: 16),
            let revision = Int(parts[2])
        else { return nil }
        self.sequence = Int(truncatingIfNeeded: sequence)
        self.run = run
        self.revision = revision
        // A number can be written in several ways, but only one of them is a name of ours.
        guard description == text else { return nil }
    }

    /// The file's name.
    var description: String { "\(padded(UInt64(truncatingIfNeeded: sequence)))-\(padded(run))-\(revision)" }

    /// The file's name as a path.
    var path: FilePath { FilePath(description) }

    /// In the order of filing.
    static func < (left: EntryName, right: EntryName) -> Bool {
        (left.sequence, left.run, left.revision) < (right.sequence, right.run, right.revision)
    }
}

private func padded(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
}
