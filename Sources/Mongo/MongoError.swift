internal import CMongo

/// Why a server did not do what it was asked for.
public struct MongoError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What went wrong, as far as it decides what to do.
    public enum Kind: Hashable, Sendable {
        /// No server was found that could be asked.
        case notReached
        /// The encrypted connection could not be made.
        case noTLS
        /// The server does not know the user, or not with this password.
        case notLoggedIn
        /// The connection broke, or nothing came within the time given: whether the command was run is not known.
        case broken
        /// The server answered with an error.
        case answered
        /// The command could not even be sent.
        case notSent
    }

    /// What went wrong.
    public let kind: Kind
    /// The function that failed: `mongoc_client_command_simple`.
    public let call: String
    /// The server's number for the error, or libmongoc's own.
    public let code: Int
    /// What was said of it.
    public let reason: String
    /// Whether the server itself says that the same may succeed when it is tried again.
    public internal(set) var isRetryable = false

    init(_ kind: Kind, _ call: String, code: Int, _ reason: String) {
        self.kind = kind
        self.call = call
        self.code = code
        self.reason = reason
    }

    /// What libmongoc says.
    init(_ call: String, _ error: bson_error_t) {
        var error = error
        let text = withUnsafeBytes(of: &error.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        let isTLS = text.contains("TLS handshake") || text.contains("certificate") || text.contains("SSL routines")
        let kind: Kind =
            switch error.domain {
            case MONGOC_ERROR_SERVER.rawValue: error.code == Self.authenticationFailed ? .notLoggedIn : .answered
            case MONGOC_ERROR_SERVER_SELECTION.rawValue:
                isTLS ? .noTLS : text.contains("Authentication failed") ? .notLoggedIn : .notReached
            case MONGOC_ERROR_CLIENT.rawValue where error.code == MONGOC_ERROR_CLIENT_AUTHENTICATE.rawValue:
                .notLoggedIn
            case MONGOC_ERROR_SASL.rawValue, MONGOC_ERROR_SCRAM.rawValue: .notLoggedIn
            case MONGOC_ERROR_STREAM.rawValue
            where error.code == MONGOC_ERROR_STREAM_NAME_RESOLUTION.rawValue
                || error.code == MONGOC_ERROR_STREAM_CONNECT.rawValue:
                isTLS ? .noTLS : .notReached
            case MONGOC_ERROR_STREAM.rawValue: isTLS ? .noTLS : .broken
            case MONGOC_ERROR_PROTOCOL.rawValue, MONGOC_ERROR_WRITE_CONCERN.rawValue: .answered
            default: .notSent
            }
        self.init(kind, call, code: Int(error.code), text)
    }

    private static let authenticationFailed: UInt32 = 18

    /// `mongoc_client_command_simple: not primary (code 10107)`.
    public var description: String { "\(call): \(reason) (code \(code))" }
}

extension MongoError {
    /// A login that the server refused in an answer.
    public init(loginRefused text: String) {
        self.init(.notLoggedIn, "mongoc_client_command_simple", code: 18, text)
    }
}
