internal import Mongo
internal import SystemCalls
internal import Trials

/// What every state of a server means to whoever files or reads.
extension StoreError {
    init(_ operation: String, _ subject: String, _ error: MongoError) {
        func unavailable(_ remedy: String?) -> StoreError {
            StoreError(.unavailable, operation, subject, reason: "\(error)", remedy: remedy, isTransient: true)
        }
        switch error.kind {
        case .notReached:
            self = unavailable("is the server running, and is its address right? A replica set needs a primary")
        case .broken: self = unavailable(nil)
        case .noTLS:
            self = StoreError(
                .misconfigured, operation, subject, reason: "\(error)",
                remedy: "give tls=true and tlsCAFile=/path in the address as the server has them", isTransient: true)
        case .notLoggedIn:
            self = StoreError(
                .misconfigured, operation, subject, reason: "the server does not accept the login: \(error.reason)",
                remedy:
                    "give user, password and authSource in the address, mongodb://user:password@host/database?authSource=admin; "
                    + "${credential:name} keeps it out of the file", isTransient: true)
        case .answered:
            self.init(operation, subject, code: error.code, error.reason, isRetryable: error.isRetryable)
        case .notSent:
            self = StoreError(.refused, operation, subject, reason: "\(error)", isTransient: false)
        }
    }

    /// A file of ours that could not be read.
    init(_ operation: String, _ path: String, _ error: SystemCallError) {
        self.init(.unavailable, operation, path, reason: "\(error)", isTransient: true)
    }

    /// What is told when there is not even a connection: no trial is at fault, and all wait until somebody has mended it.
    var ofConnecting: StoreError {
        guard kind == .refused else { return self }
        return StoreError(
            .misconfigured, operation, subject, reason: reason, remedy: remedy ?? "look at the options in the address",
            isTransient: true)
    }

    /// What a server answered instead of doing what it was asked for: its number for the error, a sentence, and whether the
    /// same may succeed when it is tried again.
    init(_ operation: String, _ subject: String, code: Int, _ text: String, isRetryable: Bool = false) {
        func error(_ kind: Kind, _ reason: String, _ remedy: String?, transient: Bool) -> StoreError {
            StoreError(
                kind, operation, subject, reason: "\(reason): \(text) (code \(code))", remedy: remedy,
                isTransient: transient)
        }
        switch code {
        // NotWritablePrimary, NotPrimaryNoSecondaryOk, NotPrimaryOrSecondary, PrimarySteppedDown, InterruptedDueToReplStateChange.
        case 10107, 13435, 13436, 10058, 189, 11602:
            self = error(
                .unavailable, "the server is not the primary, or no longer",
                "name all members and the replica set in the address: mongodb://a,b,c/database?replicaSet=name",
                transient: true)
        // InterruptedAtShutdown, ShutdownInProgress, HostUnreachable, HostNotFound, NetworkTimeout, SocketException.
        case 11600, 91, 6, 7, 89, 9001:
            self = error(.unavailable, "the server is going down, or away", nil, transient: true)
        // WriteConcernFailed, UnknownReplWriteConcern, CannotSatisfyWriteConcern, ReadConcernMajorityNotAvailableYet.
        case 64, 79, 100, 134:
            self = error(
                .unavailable, "no majority of the replica set has confirmed it", "are enough members up?",
                transient: true)
        // MaxTimeMSExpired, ExceededTimeLimit, LockTimeout, WriteConflict, CursorNotFound, Interrupted, SnapshotUnavailable,
        // FailedToSatisfyReadPreference, KeyNotFound (of its own signatures), TemporarilyUnavailable, AtlasError.
        case 50, 262, 24, 112, 43, 11601, 246, 133, 211, 365, 8000:
            self = error(.unavailable, "the server could not do it now", nil, transient: true)
        // OutOfDiskSpace.
        case 14031:
            self = error(.unavailable, "the server's disk is full", "free space on the server's disk", transient: true)
        case 18:
            self = StoreError(operation, subject, MongoError(loginRefused: text))
        // Unauthorized.
        case 13:
            self = error(
                .misconfigured, "the user may not do it", "grant the user the role readWrite on the database",
                transient: true)
        // IndexOptionsConflict, IndexKeySpecsConflict, CannotCreateIndex.
        case 85, 86, 67:
            self = error(
                .misconfigured, "an index of ours cannot be made", "look at the collection's indexes with mongosh",
                transient: true)
        // BSONObjectTooLarge, and what the server says of larger ones.
        case 10334, 17419, 17420, 16755:
            self = error(.refused, "it is larger than MongoDB's 16 MB", nil, transient: false)
        default:
            self =
                isRetryable
                ? error(.unavailable, "the server could not do it now", nil, transient: true)
                : error(.refused, "the server refused it", nil, transient: false)
        }
    }
}
