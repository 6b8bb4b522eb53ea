internal import Mongo
internal import Trials

/// A connection that writes durably and reads what is durable.
final class MongoSession {
    private var connection: MongoConnection
    /// The servers and the database: for people.
    let shown: String
    /// What the server says of itself.
    let server: ServerReport

    /// How sure the server has to be of what it writes before it answers.
    enum Concern {
        /// On the disks of a majority.
        case durable
        /// Written: it becomes durable with the next write that is.
        case written

        var document: BSON {
            switch self {
            case .durable: ["w": "majority", "j": true, "wtimeout": 10_000]
            case .written: ["w": 1, "j": false]
            }
        }
    }

    /// Commands are kept below the server's 16 MB.
    static let largestCommand = 12 << 20

    /// Connects and logs in.
    init(_ settings: MongoSettings) throws(StoreError) {
        shown = settings.address.shown
        do throws(MongoError) {
            connection = try MongoConnection(settings.address, settings.timeouts)
            server = ServerReport(try connection.run(["hello": 1]))
        } catch {
            throw StoreError("connecting", settings.address.shown, error)
        }
        guard server.wireVersion >= 8 else {
            throw StoreError(
                .misconfigured, "connecting", shown, reason: "the server is older than MongoDB 4.2",
                remedy: "use MongoDB 4.2 or later", isTransient: false)
        }
        // A server may be asked who it is without a login, but for nothing else.
        _ = try run("connecting", ["ping": 1])
    }

    /// Runs a command; an answer that says it failed, or that it is not durable, is thrown.
    func run(_ operation: String, _ command: BSONDocument, on database: String? = nil) throws(StoreError)
        -> BSONDocument
    {
        let reply: BSONDocument
        do throws(MongoError) { reply = try connection.run(command, on: database) } catch {
            throw StoreError(operation, shown, error)
        }
        if let failure = reply["writeConcernError"]?.document {
            throw StoreError(
                operation, shown, code: failure["code"]?.int ?? 64, failure["errmsg"]?.string ?? "not durable",
                isRetryable: reply["errorLabels"]?.array?.contains("RetryableWriteError") ?? false)
        }
        return reply
    }

    // MARK: Reading

    /// Documents of a collection; `rest` are the command's other fields: sort, limit, projection.
    func find(
        _ operation: String, in collection: String, _ filter: BSONDocument, _ rest: BSONDocument = [:]
    ) throws(StoreError) -> [BSONDocument] {
        var command: BSONDocument = ["find": .string(collection), "filter": .document(filter)]
        command.fields += rest.fields
        command["readConcern"] = ["level": "majority"]
        return try all(operation, command, of: collection)
    }

    /// The documents of a command that answers with a cursor.
    func all(_ operation: String, _ command: BSONDocument, of collection: String) throws(StoreError) -> [BSONDocument] {
        var cursor = try run(operation, command)["cursor"]?.document
        var documents = cursor?["firstBatch"]?.array ?? []
        while let id = cursor?["id"], id.int != 0 {
            cursor = try run(operation, ["getMore": .int64(Int64(id.int ?? 0)), "collection": .string(collection)])[
                "cursor"]?
                .document
            documents += cursor?["nextBatch"]?.array ?? []
        }
        return documents.compactMap(\.document)
    }

    // MARK: Writing

    /// What came of several writes in one command.
    struct Writes {
        /// How many documents were inserted, matched, upserted or deleted.
        var count = 0
        /// Places of writes that found their document's key taken, with what the server said.
        var taken: [Int: String] = [:]
    }

    /// Inserts documents, each whatever becomes of the others.
    func insert(
        _ operation: String, _ documents: [BSONDocument], into collection: String, _ concern: Concern = .durable
    ) throws(StoreError) -> Writes {
        try write(operation, "insert", "documents", documents, collection, concern)
    }

    /// Updates documents, each whatever becomes of the others.
    func update(
        _ operation: String, _ updates: [BSONDocument], in collection: String, _ concern: Concern = .durable
    ) throws(StoreError) -> Writes {
        try write(operation, "update", "updates", updates, collection, concern)
    }

    /// Deletes all documents of a filter; gives their count.
    @discardableResult
    func delete(
        _ operation: String, _ filter: BSONDocument, from collection: String, _ concern: Concern = .durable
    ) throws(StoreError) -> Int {
        let delete: BSONDocument = ["q": .document(filter), "limit": 0]
        return try write(operation, "delete", "deletes", [delete], collection, concern).count
    }

    /// Waits until all that this server has written is durable.
    func confirm(_ operation: String, in collection: String) throws(StoreError) {
        _ = try update(operation, [["q": ["_id": "nothing"], "u": ["$set": ["x": 1]]]], in: collection)
    }

    private func write(
        _ operation: String, _ name: String, _ list: String, _ items: [BSONDocument], _ collection: String,
        _ concern: Concern
    ) throws(StoreError) -> Writes {
        var writes = Writes()
        var first = 0
        while first < items.count {
            var size = 0
            var end = first
            while end < items.count, end == first || size + items[end].size < Self.largestCommand, end - first < 10_000
            {
                size += items[end].size
                end += 1
            }
            let reply = try run(
                operation,
                [
                    name: .string(collection), list: .array(items[first..<end].map { .document($0) }), "ordered": false,
                    "writeConcern": concern.document,
                ])
            writes.count += reply["n"]?.int ?? 0
            for failure in (reply["writeErrors"]?.array ?? []).compactMap(\.document) {
                let code = failure["code"]?.int ?? 0
                let text = failure["errmsg"]?.string ?? ""
                guard code == 11000, let place = failure["index"]?.int else {
                    throw StoreError(operation, shown, code: code, text)
                }
                writes.taken[first + place] = text
            }
            first = end
        }
        return writes
    }
}

/// What a server says of itself (`hello`).
struct ServerReport {
    private let fields: BSONDocument

    init(_ fields: BSONDocument) { self.fields = fields }

    var wireVersion: Int { fields["maxWireVersion"]?.int ?? 0 }
    /// The name of its replica set; nil for a server on its own.
    var replicaSet: String? { fields["setName"]?.string }
    /// Whether it stands before a sharded cluster.
    var isRouter: Bool { fields["msg"]?.string == "isdbgrid" }
    var isPrimary: Bool { fields["isWritablePrimary"]?.isTrue ?? true }
    /// Its clock, in seconds since 1970.
    var seconds: UInt32? {
        guard case .date(let milliseconds)? = fields["localTime"] else { return nil }
        return UInt32(clamping: milliseconds / 1000)
    }
}
