internal import Mongo
internal import Records
internal import Trials

/// The names by which an experiment's series and steps are stored: one document, changed by one agent at a time.
struct NameList {
    private var names = StoredNames()
    /// By kind and identifier, the run whose filing gave it: that one tells of it.
    private var givers: [String: RunKey] = [:]
    private var version = 0
    private(set) var isChanged = false

    static let identifier: BSON = "names"

    /// No name yet.
    init() {}

    init(_ document: BSONDocument) {
        version = document["version"]?.int ?? 0
        for fields in (document["entries"]?.array ?? []).compactMap(\.document) {
            guard let kind = fields["kind"]?.string.flatMap({ StoredNames.Kind(rawValue: $0) }),
                let name = fields["name"]?.string, let stored = fields["stored"]?.string
            else { continue }
            names.add(StoredNames.Entry(kind: kind, name: name, stored: stored))
            if let key = fields["by"]?.string.flatMap({ RunKey($0) }) { givers["\(kind) \(stored)"] = key }
        }
    }

    /// Gives a name its identifier, if it has none, on behalf of `key`; what there is to tell of it.
    mutating func assign(_ kind: StoredNames.Kind, _ name: String, for key: RunKey) -> Notice? {
        let isNew = names.entry(kind, name) == nil
        let entry = names.assign(kind, name)
        if isNew {
            isChanged = true
            if entry.name != entry.stored { givers["\(kind) \(entry.stored)"] = key }
        }
        return givers["\(kind) \(entry.stored)"] == key ? FilingNotices.name(entry) : nil
    }

    /// The identifier of a name that has one; the name itself for any other.
    func stored(_ kind: StoredNames.Kind, _ name: String) -> String { names.entry(kind, name)?.stored ?? name }

    /// The name that is stored by an identifier; the identifier itself when none is.
    func name(_ kind: StoredNames.Kind, storedAs stored: String) -> String {
        names.name(kind, storedAs: stored) ?? stored
    }

    /// Writes the list down; false when somebody else has changed it meanwhile.
    mutating func save(_ id: Experiment.ID, _ session: MongoSession) throws(StoreError) -> Bool {
        let entries = names.entries.map { entry -> BSON in
            var fields: BSONDocument = [
                "kind": .string(entry.kind.rawValue), "name": .string(entry.name), "stored": .string(entry.stored),
            ]
            if let key = givers["\(entry.kind) \(entry.stored)"] { fields["by"] = .string(key.text) }
            return .document(fields)
        }
        let document: BSONDocument = [
            "_id": Self.identifier, "experiment_id": .string(id.text), "category": "trialwatch_names",
            "version": BSON(version + 1), "entries": .array(entries),
        ]
        let operation = "keeping the names of series and steps"
        let writes: MongoSession.Writes
        if version == 0 {
            writes = try session.insert(operation, [document], into: id.text)
        } else {
            let update: BSONDocument = [
                "q": ["_id": Self.identifier, "version": BSON(version)], "u": .document(document),
            ]
            writes = try session.update(operation, [update], in: id.text)
        }
        guard writes.count == 1 else { return false }
        version += 1
        isChanged = false
        return true
    }
}
