internal import JSON
internal import Records
internal import Trials

/// The texts of captures in all forms in which they are kept. Those of the next trial are mostly those of the last, which
/// costs more to find out by their digests than by looking.
final class CaptureTexts {
    /// One text.
    struct Entry {
        let content: EnvironmentText
        /// As our own document holds it, or what stands for it there.
        let folded: JSON
        /// What it stands for.
        let kept: (digest: String, json: JSON)?
        /// As daskperiment has it; nil for categories of ours.
        let text: EnvironmentRecord.Text?
    }

    private var last: [EnvironmentCategory: Entry] = [:]
    private var lastCode: (code: CodeContext, folded: JSON, kept: (digest: String, json: JSON)?)?

    /// The text of a category.
    func entry(_ category: EnvironmentCategory, _ content: EnvironmentText) throws(StoreError) -> Entry {
        if let known = last[category], known.content == content { return known }
        let (folded, kept) = try Self.fold(content)
        let isShared = EnvironmentRecord.categories.contains(category)
        let entry = Entry(
            content: content, folded: folded, kept: kept,
            text: isShared ? EnvironmentRecord.text(category, content) : nil)
        last[category] = entry
        return entry
    }

    /// The capture's members that are texts, folded; `keep` gets those that are kept apart.
    func fold(
        _ capture: TrialCapture, into object: JSON.Object, keep: (String, JSON) -> Void
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
            if lastCode?.code != code {
                let (folded, kept) = try Self.fold(code)
                lastCode = (code, folded, kept)
            }
            object["code"] = lastCode?.folded
            if let kept = lastCode?.kept { keep(kept.digest, kept.json) }
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
