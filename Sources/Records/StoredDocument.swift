public import JSON
public import Trials

/// The document of a trial as a store has it, the texts of its capture kept apart.
public struct StoredDocument: Sendable {
    /// Without the texts of its capture.
    public let trial: StoredTrial
    /// The capture, its texts folded.
    public let capture: JSON.Object?

    /// Throws `damaged` when the bytes are no document of a trial.
    public init(_ bytes: [UInt8], _ reference: TrialReference) throws(StoreError) {
        guard var document = (try? JSON(parsing: bytes))?.object else {
            throw Self.unreadable(reference, "it is no JSON")
        }
        capture = document["capture"]?.object
        if let capture { document["capture"] = .object(FoldedTexts.removed(from: capture)) }
        do throws(RecordError) { trial = try TrialDocument.decode(document) } catch {
            throw Self.unreadable(reference, "\(error)")
        }
    }

    /// A record that does not say what it has to.
    public static func unreadable(_ reference: TrialReference, _ reason: String) -> StoreError {
        StoreError(.damaged, "reading a trial", "\(reference)", reason: reason, isTransient: false)
    }
}
