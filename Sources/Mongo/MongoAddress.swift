internal import CMongo

/// Where a database is, how it is reached and as whom: `mongodb://` or `mongodb+srv://`, with libmongoc's options.
public struct MongoAddress: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    /// The address as it was given, password and all.
    let text: String
    /// The database's name.
    public let database: String
    /// Its servers and its name: for people, in errors and status.
    public let shown: String

    /// What addresses begin with.
    public static let schemes = ["mongodb", "mongodb+srv"]

    /// Options that libmongoc keeps elsewhere than among the options.
    private static let keptApart: Set<String> = [
        "authsource", "authmechanism", "authmechanismproperties", "gssapiservicename", "readpreference",
        "readpreferencetags", "readconcernlevel", "compressors", "w", "wtimeoutms", "journal", "ssl",
    ]

    /// Reads an address; what it throws repeats nothing of it that may be secret.
    public init(_ text: String) throws(MongoAddressError) {
        guard text.hasPrefix("mongodb://") || text.hasPrefix("mongodb+srv://") else {
            throw MongoAddressError("expected an address such as mongodb://host:27017/database")
        }
        guard !text.utf8.contains(0) else { throw MongoAddressError("it holds a NUL") }
        // The servers end at the first slash, be it one of a password: what libmongoc would then take for a host's name, a
        // database or an option is shown.
        let authority =
            text.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).dropFirst(2).first ?? ""
        let rest = text[authority.endIndex...]
        guard authority.count(where: { $0 == "@" }) < 2, !rest.contains("@") else {
            throw MongoAddressError(
                "in a user's name and a password write @ : / and % as %40 %3A %2F %25, and @ as %40 everywhere else")
        }
        let uri = try Self.uri(text)
        guard let database = uri.database, !database.isEmpty else {
            throw MongoAddressError("expected the database's name after the servers: mongodb://host:27017/database")
        }
        self.text = text
        self.database = database
        shown = "\(uri.servers.joined(separator: ","))/\(database)"
        guard let question = rest.firstIndex(of: "?") else { return }
        for option in rest[rest.index(after: question)...].split(separator: "&") {
            let name = option.prefix { $0 != "=" }.lowercased()
            guard Self.keptApart.contains(name) || uri.hasOption(name) else {
                let isName = name.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
                throw MongoAddressError(
                    "libmongoc knows no option \(isName ? "'\(name)'" : "of that name"), or not with this value")
            }
        }
    }

    private static func uri(_ text: String) throws(MongoAddressError) -> MongoURI {
        do throws(MongoError) { return try MongoURI(text) } catch {
            // libmongoc quotes what it does not understand, and that may be a piece of the password.
            let reason =
                text.contains("@")
                ? "it cannot be read; in a user's name and a password write @ : / and % as %40 %3A %2F %25"
                : error.reason
            throw MongoAddressError(
                "expected mongodb://[user:password@]host[:port][,…]/database[?option=value&…]: \(reason)")
        }
    }

    /// The servers and the database.
    public var description: String { shown }
    /// Nothing secret.
    public var customMirror: Mirror { Mirror(self, children: ["shown": shown]) }
}

/// What is wrong with an address.
public struct MongoAddressError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A sentence without anything secret.
    public let description: String

    init(_ description: String) { self.description = description }
}

/// libmongoc's reading of an address.
struct MongoURI: ~Copyable {
    private let uri: OpaquePointer

    init(_ text: String) throws(MongoError) {
        MongoLibrary.begin()
        var error = bson_error_t()
        guard let uri = mongoc_uri_new_with_error(text, &error) else {
            throw MongoError("mongoc_uri_new_with_error", error)
        }
        self.uri = uri
    }

    deinit { mongoc_uri_destroy(uri) }

    var database: String? { mongoc_uri_get_database(uri).map { String(cString: $0) } }

    /// Hosts with ports, or the name that DNS knows them by.
    var servers: [String] {
        if let name = mongoc_uri_get_srv_hostname(uri) { return [String(cString: name)] }
        var servers: [String] = []
        var next = mongoc_uri_get_hosts(uri)
        while let host = next {
            servers.append(
                withUnsafeBytes(of: host.pointee.host_and_port) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                })
            next = UnsafePointer(host.pointee.next)
        }
        return servers
    }

    func hasOption(_ name: String) -> Bool { mongoc_uri_has_option(uri, name) }

    /// Sets an option unless the address has it.
    func setDefault(_ name: String, _ value: Int32) {
        if !hasOption(name) { mongoc_uri_set_option_as_int32(uri, name, value) }
    }

    func withPointer<Value>(_ body: (OpaquePointer) throws(MongoError) -> Value) throws(MongoError) -> Value {
        try body(uri)
    }
}

/// What libmongoc wants done once a process.
enum MongoLibrary {
    private static let isBegun: Bool = {
        mongoc_init()
        // What it would say is told by its errors; its monitors must not write into our log.
        mongoc_log_set_handler(nil, nil)
        return true
    }()

    static func begin() { _ = isBegun }
}
