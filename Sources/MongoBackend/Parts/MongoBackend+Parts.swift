internal import Bytes
internal import Mongo
internal import SystemCalls
internal import SystemPackage
public import Trials

/// Large pieces by their digests: small ones as documents, larger ones in GridFS beside them.
enum PartsCollection {
    static let name = "trialwatch.parts"
    static let files = "trialwatch.parts.files"
    static let chunks = "trialwatch.parts.chunks"
    /// What is being uploaded or removed: a document each as long as it goes on.
    static let uploads = "trialwatch.parts.uploads"
    /// Larger ones go to GridFS.
    static let largestDocument = 1 << 20
    /// GridFS's own size of a chunk.
    static let chunk = 255 << 10
    /// An upload that has not come to its end after this time is given up.
    static let patience: UInt32 = 24 * 3600
}

extension MongoBackend {
    /// Keeps a part by its digest.
    public func store(_ part: PartReference, from source: PartSource) async throws(StoreError) {
        guard Digest<SHA256>(hex: part.digest)?.hex == part.digest else {
            throw Self.refused(part, "its digest is none")
        }
        try reading { (session) throws(StoreError) in
            let operation = "keeping a part"
            let filter: BSONDocument = ["_id": .string(part.digest)]
            let known = try session.find(operation, in: PartsCollection.name, filter, ["projection": ["size": 1]])
            if let size = known.first?["size"]?.int, size == part.size {
                if try session.keepParts([part.digest]).isEmpty { return }
            }
            var digest = DigestContext<SHA256>()
            var fields: BSONDocument = ["_id": .string(part.digest), "size": BSON(part.size)]
            let file = ObjectID(seconds: seconds)
            if part.size <= PartsCollection.largestDocument {
                // One byte more than it should have is enough to tell.
                let content = try Self.piece(of: source, at: 0, part.size + 1)
                digest.update(content)
                fields["value"] = .binary(content)
            } else {
                try begin(file, of: part.digest, session)
                try upload(source, as: file, &digest, session)
                fields["file"] = .objectID(file)
            }
            guard digest.finish().hex == part.digest else {
                try remove(file, session)
                throw Self.refused(part, "its bytes do not have that digest")
            }
            if fields["file"] != nil {
                let description: BSONDocument = [
                    "_id": .objectID(file), "length": .int64(Int64(part.size)),
                    "chunkSize": BSON(PartsCollection.chunk),
                    "uploadDate": .date(Int64(now().nanoseconds / 1_000_000)), "filename": .string(part.digest),
                ]
                _ = try session.insert(operation, [description], into: PartsCollection.files)
            }
            // Who comes second keeps nothing.
            let isSecond = try session.insert(operation, [fields], into: PartsCollection.name).count == 0
            guard fields["file"] != nil else { return }
            if isSecond {
                try remove(file, session)
            } else {
                try end(file, of: part.digest, session)
            }
        }
    }

    /// Says that a file's bytes are no part's now: what comes to no end is swept.
    func begin(_ file: ObjectID, of part: String, _ session: MongoSession) throws(StoreError) {
        // The server puts its own time in.
        let upload: BSONDocument = ["_id": .objectID(file), "part": .string(part), "begun": .timestamp(0, 0)]
        _ = try session.insert("keeping a part", [upload], into: PartsCollection.uploads)
    }

    private func end(_ file: ObjectID, of part: String, _ session: MongoSession) throws(StoreError) {
        let upload: BSONDocument = ["_id": .objectID(file), "givenUp": nil]
        guard try session.delete("keeping a part", upload, from: PartsCollection.uploads) == 0 else { return }
        // It took longer than anybody waits for, and its bytes may have been swept.
        try session.delete(
            "keeping a part", ["_id": .string(part), "file": .objectID(file)], from: PartsCollection.name)
        throw StoreError(
            .unavailable, "keeping a part", part, reason: "it took longer than a day, and was given up",
            isTransient: true)
    }

    private func upload(
        _ source: PartSource, as file: ObjectID, _ digest: inout DigestContext<SHA256>, _ session: MongoSession
    ) throws(StoreError) {
        // The server looks for chunks by this index.
        let key: BSON = ["files_id": 1, "n": 1]
        _ = try session.run(
            "keeping a part",
            [
                "createIndexes": .string(PartsCollection.chunks),
                "indexes": [["name": "files_id_1_n_1", "key": key, "unique": true]],
            ])
        var waiting: [BSONDocument] = []
        var count = 0
        while true {
            let piece = try Self.piece(of: source, at: count * PartsCollection.chunk, PartsCollection.chunk)
            if !piece.isEmpty {
                digest.update(piece)
                waiting.append([
                    "_id": .objectID(ObjectID(seconds: file.seconds)), "files_id": .objectID(file), "n": BSON(count),
                    "data": .binary(piece),
                ])
                count += 1
            }
            let isLast = piece.count < PartsCollection.chunk
            if waiting.count >= 32 || isLast {
                // What describes the file is written durably after them.
                _ = try session.insert("keeping a part", waiting, into: PartsCollection.chunks)
                waiting = []
            }
            if isLast { return }
        }
    }

    func remove(_ file: ObjectID, _ session: MongoSession) throws(StoreError) {
        try session.delete("removing a part", ["_id": .objectID(file)], from: PartsCollection.files)
        try session.delete("removing a part", ["files_id": .objectID(file)], from: PartsCollection.chunks)
        try session.delete("removing a part", ["_id": .objectID(file)], from: PartsCollection.uploads)
    }

    /// Removes what uploads left that began a day ago or earlier, by the server's clock, and came to no end.
    func sweepUploads(_ session: MongoSession) throws(StoreError) {
        let operation = "looking for interrupted uploads"
        let now = session.server.seconds ?? seconds
        let old: BSON = .timestamp(now - min(now, PartsCollection.patience), 0)
        for upload in try session.find(operation, in: PartsCollection.uploads, ["begun": ["$lt": old]]) {
            guard let file = upload["_id"]?.objectID, let part = upload["part"]?.string else { continue }
            // Whoever is still at it finds that out when it is through.
            let given: BSONDocument = ["q": ["_id": .objectID(file)], "u": ["$set": ["givenUp": true]]]
            _ = try session.update(operation, [given], in: PartsCollection.uploads)
            let keeping: BSONDocument = ["_id": .string(part), "file": .objectID(file)]
            if try session.find(operation, in: PartsCollection.name, keeping, ["projection": ["_id": 1]]).isEmpty {
                try remove(file, session)
            } else {
                try session.delete(operation, ["_id": .objectID(file)], from: PartsCollection.uploads)
            }
        }
    }

    private static func piece(of source: PartSource, at offset: Int, _ count: Int) throws(StoreError) -> [UInt8] {
        switch source {
        case .bytes(let bytes): return Array(bytes[min(offset, bytes.count)...].prefix(count))
        case .file(let path):
            let path = FilePath(platformString: path.map { CInterop.PlatformChar(bitPattern: $0) } + [0])
            do throws(SystemCallError) {
                let file = try OwnedDescriptor(opening: path, .readOnly, options: .noFollow)
                return try file.read(count, at: Int64(offset))
            } catch {
                throw StoreError("keeping a part", path.shown, error)
            }
        }
    }

    private static func refused(_ part: PartReference, _ reason: String) -> StoreError {
        StoreError(.refused, "keeping a part", part.digest, reason: reason, isTransient: false)
    }
}

extension MongoSession {
    /// Which of these parts are kept, and whether somebody is about to remove them.
    func heldParts(_ digests: Set<String>) throws(StoreError) -> [String: Bool] {
        guard !digests.isEmpty else { return [:] }
        let found = try find(
            "looking up parts", in: PartsCollection.name, ["_id": ["$in": .array(digests.map { .string($0) })]],
            ["projection": ["leaving": 1]])
        var held: [String: Bool] = [:]
        for fields in found { if let digest = fields["_id"]?.string { held[digest] = fields["leaving"] != nil } }
        return held
    }

    /// Keeps whoever is about to remove one of these parts from it; gives those that are not kept, or no longer.
    func keepParts(_ digests: Set<String>) throws(StoreError) -> Set<String> {
        var held = try heldParts(digests)
        let leaving = held.filter(\.value).keys
        if !leaving.isEmpty {
            let marked: BSON = ["_id": ["$in": .array(leaving.map { .string($0) })]]
            _ = try update(
                "keeping a part", [["q": marked, "u": ["$unset": ["leaving": ""]], "multi": true]],
                in: PartsCollection.name)
            held = try heldParts(digests)
        }
        return digests.subtracting(held.keys)
    }

    /// The bytes of a part; nil when it is not kept.
    func part(_ digest: String) throws(StoreError) -> [UInt8]? {
        let operation = "reading a part"
        guard let fields = try find(operation, in: PartsCollection.name, ["_id": .string(digest)]).first else {
            return nil
        }
        guard let file = fields["file"]?.objectID else { return fields["value"]?.binary }
        let chunks = try find(
            operation, in: PartsCollection.chunks, ["files_id": .objectID(file)], ["sort": ["n": 1], "batchSize": 32])
        let bytes = chunks.flatMap { $0["data"]?.binary ?? [] }
        guard bytes.count == fields["size"]?.int else {
            throw StoreError(
                .damaged, operation, digest, reason: "some of its \(fields["size"]?.int ?? 0) bytes are missing",
                isTransient: false)
        }
        return bytes
    }
}
