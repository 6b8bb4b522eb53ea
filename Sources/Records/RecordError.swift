/// Why a record of ours cannot be read or made.
public enum RecordError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A newer version of this program wrote the record, in this version of the schema.
    case newerSchema(Int)
    /// The record does not say what it has to.
    case malformed(String)

    /// What is wrong, and what to do.
    public var description: String {
        switch self {
        case .newerSchema(let version):
            "written in version \(version) of the record, newer than \(TrialDocument.schema): use a newer trialwatch"
        case .malformed(let reason): reason
        }
    }
}
