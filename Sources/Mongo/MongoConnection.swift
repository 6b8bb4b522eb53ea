internal import CMongo

/// How long a connection waits, where its address does not say.
public struct MongoTimeouts: Hashable, Sendable {
    /// For a connection to be made.
    public var connect: Duration
    /// For the answer to a command.
    public var command: Duration

    /// Five seconds for a connection, thirty for an answer.
    public init(connect: Duration = .seconds(5), command: Duration = .seconds(30)) {
        self.connect = connect
        self.command = command
    }
}

/// A connection to one of the servers of an address: to the one that takes writes when something is first asked. It is closed
/// when the owner lets go of this.
///
/// Used by one caller at a time. Each call waits for the network. What was written is there for the next call, as it asks the
/// same server: when that was not found or has gone, all further calls fail, and a new one of these looks anew.
public struct MongoConnection: ~Copyable {
    private let client: OpaquePointer
    /// The server that is asked, as libmongoc numbers it.
    private var server: UInt32?
    /// Why there is no connection any more.
    private var loss: MongoError?
    /// The database of the address.
    public let database: String

    /// Does not connect, but for an address whose servers DNS knows.
    public init(_ address: MongoAddress, _ timeouts: MongoTimeouts = MongoTimeouts()) throws(MongoError) {
        let uri = try MongoURI(address.text)
        uri.setDefault("connecttimeoutms", timeouts.connect.milliseconds)
        uri.setDefault("sockettimeoutms", timeouts.command.milliseconds)
        let client = try uri.withPointer { (uri) throws(MongoError) in
            var error = bson_error_t()
            guard let client = mongoc_client_new_from_uri_with_error(uri, &error) else {
                throw MongoError("mongoc_client_new_from_uri_with_error", error)
            }
            return client
        }
        mongoc_client_set_error_api(client, MONGOC_ERROR_API_VERSION_2)
        mongoc_client_set_appname(client, "trialwatch")
        self.client = client
        database = address.database
    }

    deinit { mongoc_client_destroy(client) }

    /// Runs a command; an answer that says it failed is thrown, while errors of single writes are in the answer.
    public mutating func run(_ command: BSONDocument, on database: String? = nil) throws(MongoError) -> BSONDocument {
        if let loss { throw loss }
        do throws(MongoError) {
            let server = try chosenServer()
            return try ask(server, command, database ?? self.database)
        } catch {
            // libmongoc would connect anew, and maybe to a server that lacks what this one wrote last.
            if error.kind == .broken || error.kind == .notReached { loss = error }
            throw error
        }
    }

    private mutating func chosenServer() throws(MongoError) -> UInt32 {
        if let server { return server }
        var error = bson_error_t()
        guard let description = mongoc_client_select_server(client, true, nil, &error) else {
            throw MongoError("mongoc_client_select_server", error)
        }
        defer { mongoc_server_description_destroy(description) }
        let chosen = mongoc_server_description_id(description)
        server = chosen
        return chosen
    }

    private func ask(
        _ server: UInt32, _ command: BSONDocument, _ database: String
    ) throws(MongoError) -> BSONDocument {
        let bytes = command.bytes
        let reply = BSONStorage()
        var error = bson_error_t()
        let isDone = bytes.withUnsafeBufferPointer { buffer in
            let lent = BSONStorage()
            guard bson_init_static(lent.pointer, buffer.baseAddress, buffer.count) else { return false }
            return mongoc_client_command_simple_with_server_id(
                client, database, lent.pointer, nil, server, reply.pointer, &error)
        }
        // libmongoc: the answer is always begun, and ours to end.
        defer { bson_destroy(reply.pointer) }
        let answer = bson_get_data(reply.pointer).map { bytes in
            // A document begins with its length.
            let length = UnsafeRawPointer(bytes).loadUnaligned(as: UInt32.self)
            return Array(UnsafeBufferPointer(start: bytes, count: Int(UInt32(littleEndian: length))))
        }
        let document = answer.flatMap { BSONDocument($0) }
        guard isDone else {
            var failure = MongoError("mongoc_client_command_simple", error)
            failure.isRetryable = document?["errorLabels"]?.array?.contains("RetryableWriteError") ?? false
            throw failure
        }
        guard let document else {
            throw MongoError(.broken, "bson_get_data", code: 0, "the answer cannot be read")
        }
        return document
    }
}

/// Room for libbson's own structure: 128 bytes at a multiple of 128, which Swift cannot import.
private struct BSONStorage: ~Copyable {
    private let memory = UnsafeMutableRawPointer.allocate(byteCount: 128, alignment: 128)

    init() { bson_init(pointer) }

    deinit { memory.deallocate() }

    var pointer: OpaquePointer { OpaquePointer(memory) }
}

extension Duration {
    fileprivate var milliseconds: Int32 {
        Int32(clamping: components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000)
    }
}
