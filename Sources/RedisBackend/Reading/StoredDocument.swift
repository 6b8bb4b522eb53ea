internal import JSON
internal import Records
internal import Trials

/// The document of a trial as the store has it.
struct StoredDocument {
    /// Without the texts of its capture.
    let trial: StoredTrial
    /// The capture, its texts folded.
    let capture: JSON.Object?

    init(_ bytes: [UInt8], _ reference: TrialReference) throws(StoreError) {
        guard var document = (try? JSON(parsing: bytes))?.object else {
            throw Self.unreadable(reference, "it is no JSON")
        }
        capture = document["capture"]?.object
        if let capture { document["capture"] = .object(FoldedTexts.removed(from: capture)) }
        do throws(RecordError) { trial = try TrialDocument.decode(document) } catch {
            throw Self.unreadable(reference, "\(error)")
        }
    }

    static func unreadable(_ reference: TrialReference, _ reason: String) -> StoreError {
        StoreError(.damaged, "reading a trial", "\(reference)", reason: reason, isTransient: false)
    }
}
