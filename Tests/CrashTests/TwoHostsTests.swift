import JSON
import Mongo
import ProgramTesting
import SystemPackage
import Testing

/// A team: agents on two hosts file into one experiment, while what they file to is killed.
@Suite(
    .enabled(if: HostNamespace.isPermitted, Comment(rawValue: HostNamespace.advice)),
    .enabled(if: RealDaskperiment.isWanted, Comment(rawValue: RealDaskperiment.advice)))
struct TwoHostsTests {
    /// What is killed under them.
    private struct Store {
        /// As an agent reaches it.
        let address: String
        /// As daskperiment does, on this host.
        let local: () throws -> String
        /// How many numbers were given, as far as that can be asked now.
        let given: () -> Int
        let harm: () throws -> Void
    }

    @Test(.enabled(if: Soak.isAsked), .enabled(if: RedisServer.isWanted, Comment(rawValue: RedisServer.advice)))
    func `a Redis is killed under two agents: every run is one trial, by the real daskperiment's count`() async throws {
        let hosts = try Self.hosts()
        let server = try RedisServer(
            .always, ["--bind", "127.0.0.1", hosts[0].gateway, "--protected-mode", "no"])
        let address = "redis://\(hosts[0].gateway):\(server.port)/0"
        try await Self.file(
            on: hosts, kills: Soak.isAsked ? 20 : 2,
            Store(
                address: address, local: { server.address }, given: { Self.number(server) },
                harm: {
                    server.kill()
                    try server.restart()
                }))
    }

    @Test(.enabled(if: RedisServer.isWanted, Comment(rawValue: RedisServer.advice)))
    func `a Redis's copy takes its place: every run is one trial, by the real daskperiment's count`() async throws {
        let hosts = try Self.hosts()
        let pair = try RedisPair(at: hosts[0].gateway)
        try await Self.file(
            on: hosts, kills: Soak.isAsked ? 10 : 1,
            Store(
                address: pair.address, local: { try pair.master().address },
                given: { (try? pair.master()).map(Self.number) ?? 0 }, harm: { try pair.failOver() }))
    }

    @Test(.enabled(if: Soak.isAsked), .enabled(if: MongoServer.isWanted, Comment(rawValue: MongoServer.advice)))
    func `a MongoDB is killed under two agents: every run is one trial, by the real daskperiment's count`()
        async throws
    {
        let hosts = try Self.hosts()
        let server = try MongoServer(at: hosts[0].gateway)
        try await Self.file(
            on: hosts, kills: Soak.isAsked ? 20 : 2,
            Store(
                address: "mongodb://\(hosts[0].gateway):\(server.port)/lab",
                local: { server.address(ofDatabase: "lab") }, given: { Self.number(server) },
                harm: {
                    try server.kill()
                    try server.restart()
                }))
    }

    @Test(.enabled(if: MongoServer.isWanted, Comment(rawValue: MongoServer.advice)))
    func `a replica set's primary is killed: every run is one trial, by the real daskperiment's count`() async throws {
        let hosts = try Self.hosts()
        let set = try MongoReplicaSet(at: hosts[0].gateway)
        try await Self.file(
            on: hosts, kills: Soak.isAsked ? 10 : 1,
            Store(
                address: set.address(ofDatabase: "lab"), local: { try set.primary().address(ofDatabase: "lab") },
                given: { (try? set.primary()).map(Self.number) ?? 0 },
                harm: {
                    let primary = try set.primary()
                    try primary.kill()
                    _ = try set.primary()
                    try primary.restart()
                }))
    }

    private static func hosts() throws -> [HostNamespace] { try (1...2).map { try HostNamespace(number: $0) } }

    private static func number(_ server: RedisServer) -> Int {
        (try? server.ask("GET", "e:trial_id")).flatMap { Int($0) } ?? 0
    }

    private static func number(_ server: MongoServer) -> Int {
        (try? server.run(["count": "e", "query": ["category": "trial"]], on: "lab"))?["n"]?.int ?? 0
    }

    /// Drops markers on each host at its own pace, does harm to the store again and again meanwhile, and counts.
    private static func file(on hosts: [HostNamespace], kills: Int, _ store: Store) async throws {
        let each = Soak.isAsked ? 2500 : 60
        var worlds: [(world: Sandbox, agent: TrialwatchProcess, dropping: TrialwatchProcess)] = []
        for (place, host) in hosts.enumerated() {
            let world = try Sandbox(in: host)
            let project = try world.makeProject("project")
            try world.configure("{backend: '\(store.address)', projects: [{path: \(project), experiment: e}]}\n")
            let agent = try await world.startAgent()
            let drop = """
                cd \(project)
                for i in $(seq \(each)); do
                    echo "{parameters: {i: $i}, metrics: {loss: [1, $i]}, result: $((\(place) * 10000 + i))}" > new
                    mv new $i.run
                    sleep 0.0$((RANDOM % 4))
                done
                """
            worlds.append((world, agent, try world.start("/bin/bash", ["-c", drop])))
        }
        for kill in 1...kills {
            // The kills are spread over the trials.
            let met = try await worlds[0].world.eventually(within: .seconds(300)) {
                store.given() >= 2 * each * kill / (kills + 2)
            }
            #expect(met, "the agents do not get on after \(kill - 1) kills")
            try store.harm()
        }
        for (world, agent, dropping) in worlds {
            #expect(await dropping.wait() == .status(0))
            let isFiled = try await world.eventually(within: .seconds(120)) {
                try await world.run("flush").exit == .status(0)
            }
            let status = try await world.run("status", "--json").json()
            #expect(isFiled && status["backends"]?[0]?["waiting"]?.int == 0, "\(status.text())")
            #expect(status["backends"]?[0]?["set_aside"]?.int ?? 0 == 0)
            #expect(await agent.stop() == .status(0))
        }
        let python = try LivePython("e", at: store.local())
        let rows = try python.ask(["do": "history"])["rows"]?.object?.members ?? []
        print("the real daskperiment counts \(rows.count) trials of \(2 * each) after \(kills) kills")
        #expect(rows.count == 2 * each)
        let wanted = (0..<2).flatMap { place in (1...each).map { place * 10_000 + $0 } }
        #expect(Set(rows.compactMap { $0.value["Result"]?.int }) == Set(wanted))
        // Each under a number of its own, for us, too.
        let own = try await worlds[0].world.run("history", "e", "--json", "--limit", "20000").json().array ?? []
        #expect(Set(own.compactMap { $0["trial"]?.int }).count == 2 * each)
    }
}
