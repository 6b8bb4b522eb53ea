import BackendTesting
import LocalBackend
import Mongo
import MongoBackend
import ProgramTesting
import RedisBackend
import SystemPackage
import TestFiles
import Trials

/// Every kind of store there is, one line each: all promises are tested over all of them.
let backendFixtures: [BackendFixture] = [
    BackendFixture("local files") { try LocalStore().tested },
    RedisServer.isWanted ? BackendFixture("Redis") { try RedisStore().tested } : nil,
    MongoServer.isWanted ? BackendFixture("MongoDB", leavesGaps: true) { try MongoStore().tested } : nil,
].compactMap { $0 }

/// Local files in a directory that is removed with it.
final class LocalStore: Sendable {
    private let temporary: TemporaryDirectory

    init() throws { temporary = try TemporaryDirectory() }

    /// Where the experiments are.
    var directory: FilePath { temporary.path }

    /// A store as an agent has it; its clock stands still.
    func backend(boot: String = "boot", patience: Duration = .seconds(60)) -> LocalBackend {
        LocalBackend(directory: directory, boot: boot, patience: patience) { SampleRun.time(100) }
    }

    var tested: TestedBackend {
        TestedBackend(owner: self, address: "local:\(directory)") { [self] in
            let backend = backend()
            _ = try await backend.prepare()
            return backend
        }
    }
}

/// A Redis that is ended with it.
final class RedisStore: Sendable {
    let server: RedisServer

    init(_ keeping: RedisServer.Keeping = .always, _ options: [String] = []) throws {
        server = try RedisServer(keeping, options)
    }

    /// A store as an agent has it; its clock stands still.
    func backend(allowsVolatile: Bool = false) throws -> RedisBackend {
        let settings = RedisSettings(address: try RedisAddress(server.address), allowsVolatile: allowsVolatile)
        // The server lives as long as somebody has a store in it.
        return RedisBackend(settings) { withExtendedLifetime(self) { SampleRun.time(100) } }
    }

    var tested: TestedBackend {
        TestedBackend(owner: self, address: server.address) { [self] in
            let backend = try backend()
            _ = try await backend.prepare()
            return backend
        }
    }
}

/// A database of its own in a MongoDB: the one that all tests share, or another.
final class MongoStore: Sendable {
    let server: MongoServer
    let address: String

    init(_ server: MongoServer? = nil) throws {
        let server = try server ?? MongoServer.shared.get()
        self.server = server
        address = server.address(ofDatabase: "test_\(UInt64.random(in: .min ... .max))")
    }

    /// A store as an agent has it; its clock stands still.
    func backend(
        timeouts: MongoTimeouts = MongoTimeouts(), changesDelay: Duration? = nil
    ) throws -> MongoBackend {
        let settings = MongoSettings(
            address: try MongoAddress(address), timeouts: timeouts, changesDelay: changesDelay)
        // The server lives as long as somebody has a store in it.
        return MongoBackend(settings) { withExtendedLifetime(self) { SampleRun.time(100) } }
    }

    /// What the database holds, asked for as nobody of ours does.
    func run(_ command: BSONDocument) throws -> BSONDocument {
        var connection = try MongoConnection(try MongoAddress(address))
        return try connection.run(command)
    }

    var tested: TestedBackend {
        TestedBackend(owner: self, address: address) { [self] in
            let backend = try backend()
            _ = try await backend.prepare()
            return backend
        }
    }
}
