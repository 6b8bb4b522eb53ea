internal import Mongo
internal import SystemCalls

/// Three mongods that stand in for one another, ended with their owner.
public final class MongoReplicaSet: Sendable {
    /// The three.
    public let members: [MongoServer]
    private static let name = "trials"
    private let host: String

    /// Starts them at an address of this machine, and waits until one is the primary.
    public init(_ options: [String] = [], at host: String = "127.0.0.1") throws {
        self.host = host
        members = try (0..<3).map { _ in try MongoServer(["--replSet", Self.name] + options, at: host) }
        let list = members.enumerated().map { place, member -> BSON in
            ["_id": BSON(place), "host": .string("\(host):\(member.port)")]
        }
        // Another one is chosen after a second instead of ten.
        let settings: BSON = ["electionTimeoutMillis": 1000, "heartbeatIntervalMillis": 300]
        try members[0].run([
            "replSetInitiate": ["_id": .string(Self.name), "members": .array(list), "settings": settings]
        ])
        _ = try primary()
    }

    /// The address of a database.
    public func address(ofDatabase name: String) -> String {
        let hosts = members.map { "\(host):\($0.port)" }.joined(separator: ",")
        return "mongodb://\(hosts)/\(name)?replicaSet=\(Self.name)"
    }

    /// The member that takes writes; waits until there is one.
    public func primary() throws -> MongoServer {
        for _ in 0..<3000 {
            for member in members where (try? member.run(["hello": 1]))?["isWritablePrimary"]?.isTrue == true {
                return member
            }
            Clock.pause(milliseconds: 10)
        }
        throw ProgramError("no member of the replica set has become the primary")
    }
}
