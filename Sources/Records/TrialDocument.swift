public import JSON
public import Trials

/// A trial as our own JSON document, in which nothing is lost: one per trial, in every store.
public enum TrialDocument {
    /// The version of the document's form, its member `schema`.
    public static let schema = 1

    /// The document of a trial: its members by the names of ``Trials/StoredTrial``, after `schema` and `state`; `change` may then
    /// put others in their places.
    public static func encode(
        _ trial: StoredTrial, _ change: (inout JSON.Object) throws(RecordError) -> Void = { _ in }
    ) throws(RecordError) -> JSON.Object {
        let tree: JSON
        do throws(JSONError) { tree = try JSON.encode(trial) } catch { throw .malformed("\(error)") }
        var document: JSON.Object = ["schema": JSON(schema), "state": .string(trial.state.rawValue)]
        for member in tree.object ?? [:] { document[member.key] = member.value }
        try change(&document)
        // What nests deeper could be written and never read again; what a store puts around it has levels of its own.
        guard JSON.object(document).depth <= 120 else { throw .malformed("its values nest deeper than 100 levels") }
        return document
    }

    /// The trial of a document, or so much of it as `Content` asks for; members that it does not know are passed over.
    public static func decode<Content: Decodable>(
        _ document: JSON.Object, as content: Content.Type = StoredTrial.self
    ) throws(RecordError) -> Content {
        guard let version = document["schema"]?.int else { throw .malformed("schema: missing, or not a number") }
        guard version <= schema else { throw .newerSchema(version) }
        // Documents of before lack it.
        var document = document
        if document["notices"] == nil { document["notices"] = [] }
        do throws(JSONError) { return try JSON.object(document).decode() } catch { throw .malformed("\(error)") }
    }
}

extension JSON {
    /// How many levels of arrays and objects there are, one in the other.
    fileprivate var depth: Int {
        switch self {
        case .array(let elements): 1 + (elements.lazy.map(\.depth).max() ?? 0)
        case .object(let object): 1 + (object.members.lazy.map(\.value.depth).max() ?? 0)
        default: 0
        }
    }
}
