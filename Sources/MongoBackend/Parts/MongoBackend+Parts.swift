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
            if let size = known.first?["size"]?.int, size == part.size { return }
            var digest = DigestContext<SHA256>()
            var fields: BSONDocument = ["_id": .string(part.digest), "size": BSON(part.size)]
            let file = ObjectID(seconds: seconds)
            if part.size <= PartsCollection.largestDocument {
                // One byte more than it should have is enough to tell.
                let content = try Self.piece(of: source, at: 0, part.size + 1)
                digest.update(content)
                fields["value"] = .binary(content)
            } else {
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
            if isSecond, fields["file"] != nil { try remove(file, session) }
        }
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
    }

    /// Removes what uploads left that came to no end, a day ago or earlier.
    func sweepUploads(_ session: MongoSession) throws(StoreError) {
        let operation = "looking for interrupted uploads"
        let old = ObjectID.lowest(seconds: seconds - min(seconds, PartsCollection.patience))
        let first = try session.find(
            operation, in: PartsCollection.chunks, ["n": 0, "files_id": ["$lt": .objectID(old)]],
            ["projection": ["files_id": 1]])
        let begun = Set(first.compactMap { $0["files_id"]?.objectID })
        guard !begun.isEmpty else { return }
        let ids: BSON = .array(begun.map { .objectID($0) })
        let kept = try session.find(
            operation, in: PartsCollection.name, ["file": ["$in": ids]], ["projection": ["file": 1]])
        for file in begun.subtracting(kept.compactMap { $0["file"]?.objectID }) { try remove(file, session) }
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
