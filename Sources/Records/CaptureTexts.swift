public import JSON
public import Trials

/// The texts of captures in all forms in which stores keep them. Those of the next trial are mostly those of the last, which
/// costs more to find out by their digests than by looking.
public final class CaptureTexts {
    /// One text.
    public struct Entry {
        let content: EnvironmentText
        /// As our own document holds it, or what stands for it there.
        let folded: JSON
        /// What it stands for.
        let kept: (digest: String, json: JSON)?
        /// As daskperiment has it; nil for categories of ours.
        public let text: EnvironmentRecord.Text?
    }

    private var last: [EnvironmentCategory: Entry] = [:]
    private var lastCode: CodeEntry?

    private struct CodeEntry {
        let code: CodeContext
        let folded: JSON
        let kept: (digest: String, json: JSON)?
        let files: String
    }

    /// Knows none yet.
    public init() {}

    /// The text of a category.
    public func entry(_ category: EnvironmentCategory, _ content: EnvironmentText) throws(StoreError) -> Entry {
        if let known = last[category], known.content == content { return known }
        let (folded, kept) = try Self.fold(content)
        let isShared = EnvironmentRecord.categories.contains(category)
        let entry = Entry(
            content: content, folded: folded, kept: kept,
            text: isShared ? EnvironmentRecord.text(category, content) : nil)
        last[category] = entry
        return entry
    }

    /// The code as daskperiment has it, but for the heading and the number before: ``CodeRecord/files(_:)``.
    public func files(of code: CodeContext) throws(StoreError) -> String { try entry(code).files }

    private func entry(_ code: CodeContext) throws(StoreError) -> CodeEntry {
        if let lastCode, lastCode.code == code { return lastCode }
        let (folded, kept) = try Self.fold(code)
        let entry = CodeEntry(code: code, folded: folded, kept: kept, files: CodeRecord.files(code))
        lastCode = entry
        return entry
    }

    /// The document of a trial, the long texts of its capture folded; `keep` gets each of these with the SHA-256 of its JSON.
    ///
    /// Throws `refused` for a trial that could be written and never read again.
    public func document(of trial: StoredTrial, keep: (String, JSON) -> Void) throws(StoreError) -> JSON.Object {
        var lean = trial
        lean.capture?.code = nil
        lean.capture?.environment = Environment()
        let reference = trial.reference
        do throws(RecordError) {
            return try TrialDocument.encode(lean) { (document) throws(RecordError) in
                guard let capture = trial.capture, let made = document["capture"]?.object else { return }
                do throws(StoreError) { document["capture"] = .object(try fold(capture, into: made, keep)) } catch {
                    throw .malformed(error.reason)
                }
            }
        } catch {
            throw StoreError(
                .refused, "filing", reference.number > 0 ? "\(reference)" : reference.experiment.text,
                reason: "\(error)", isTransient: false)
        }
    }

    /// Of what daskperiment does not get of a capture.
    public func notices(ofLeavingOutOf capture: TrialCapture) throws(StoreError) -> [Notice] {
        var notices: [Notice] = []
        for category in EnvironmentRecord.categories {
            guard let content = capture.environment[category],
                case .leftOut(let reason)? = try entry(category, content).text
            else { continue }
            notices.append(Notice(reason))
        }
        return notices
    }

    /// A capture's members that are texts, folded.
    private func fold(
        _ capture: TrialCapture, into object: JSON.Object, _ keep: (String, JSON) -> Void
    ) throws(StoreError) -> JSON.Object {
        var object = object
        var environment = JSON.Object()
        for category in capture.environment.categories {
            guard let content = capture.environment[category] else { continue }
            let entry = try entry(category, content)
            environment[category.rawValue] = entry.folded
            if let kept = entry.kept { keep(kept.digest, kept.json) }
        }
        object["environment"] = .object(environment)
        if let code = capture.code {
            let known = try entry(code)
            object["code"] = known.folded
            if let kept = known.kept { keep(kept.digest, kept.json) }
        }
        return object
    }

    private static func fold(
        _ content: some Encodable
    ) throws(StoreError) -> (folded: JSON, kept: (digest: String, json: JSON)?) {
        let json: JSON
        do throws(JSONError) { json = try JSON.encode(content) } catch {
            throw StoreError(.refused, "filing", "a capture", reason: "\(error)", isTransient: false)
        }
        let (folded, digest) = FoldedTexts.fold(json)
        return (folded, digest.map { ($0, json) })
    }
}
