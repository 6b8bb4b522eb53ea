import JSON
import ProgramTesting
import SystemPackage
import Testing

/// The program with its trials in a Redis.
@Suite(.enabled(if: RedisServer.isWanted, Comment(rawValue: RedisServer.advice)))
struct RedisCommandTests {
    private static let password = "correct-Horse-7-battery"

    @Test func `every reading command shows what the agent filed into a Redis, and its password is nowhere`()
        async throws
    {
        let server = try RedisServer(.always, ["--requirepass", Self.password])
        let world = try Sandbox()
        let project = try world.makeProject()
        let address = "redis://:\(Self.password)@127.0.0.1:\(server.port)/0"
        try world.configure(
            """
            backends:
              team: {redis: {uri: "redis://:$REDIS_PASSWORD@127.0.0.1:\(server.port)/0"}}
            backend: team
            projects: [{path: \(project), experiment: e}]

            """)
        let secret = ["REDIS_PASSWORD": Self.password]
        let agent = try await world.startAgent(environment: secret)
        let written = try await world.shell(
            """
            cd project
            for i in 1 2 3; do
              echo "{parameters: {lr: 0.$i}, metrics: {val/loss: [3, 2, $i]}, result: $i}" > m; mv m $i.run
            done
            trialwatch flush
            """, environment: secret)
        let log = try world.text(of: agent.errorPath)
        #expect(written.exit == .status(0), "\(written.errors) \(log)")
        let history = try await world.run("history", "e", "--json", environment: secret)
        #expect(history.lines.count >= 1 && history.exit == .status(0), "\(history.errors)")
        let shown = try await world.run("show", "e", "1", environment: secret)
        #expect(shown.text.contains("val/loss"), "\(shown.errors)")
        for arguments in [
            ["history", "e"], ["show", "e", "2", "--json"], ["metrics", "e", "val/loss"],
            ["export", "e", "--format", "csv"],
            ["experiments"],
        ] {
            let configured = try await world.run(world.program, arguments, environment: secret)
            #expect(configured.exit == .status(0), "\(arguments) \(configured.errors)")
            let given = try await world.run(world.program, arguments + ["--backend", address])
            #expect(given.exit == .status(0), "\(arguments) \(given.errors)")
            if arguments != ["experiments"] { #expect(given.text == configured.text) }
            #expect(!configured.text.isEmpty)
        }
        let check = try await world.run("check", environment: secret)
        #expect(check.text.contains("redis, ready"), "\(check.text) \(check.errors)")
        let wrong = try await world.run("check", environment: ["REDIS_PASSWORD": "wr0ng-" + Self.password])
        #expect(wrong.exit == .status(69) && wrong.text.contains("does not accept the login"))
        server.kill()
        let away = try await world.run("history", "e", environment: secret)
        #expect(away.exit == .status(69) && away.errors.contains("127.0.0.1:\(server.port)/0"))
        let status = try await world.run("status", "--json", environment: secret)
        #expect(try status.json()["running"] == true)
        _ = await agent.stop()
        let found = try await world.shell(
            "grep -rl '\(Self.password)' state data run logs config home 2>/dev/null; true")
        #expect(found.text == "")
    }

    @Test func `what is deleted in a Redis is gone, and gc takes its files and no others`() async throws {
        let server = try RedisServer(.always)
        try await expectDeletion(in: server.address)
    }

    @Test func `check says of a Redis that keeps only snapshots what to do`() async throws {
        let server = try RedisServer(.snapshots)
        let world = try Sandbox()
        let project = try world.makeProject()
        try world.configure("backend: \(server.address)\nprojects: [{path: \(project), experiment: e}]\n")
        let check = try await world.run("check")
        #expect(check.exit == .status(69))
        #expect(check.text.contains("CONFIG SET appendonly yes"), "\(check.text)")
        try world.configure(
            "backends: {a: {redis: {uri: \(server.address), allow_volatil: true}}}\nprojects: [{path: \(project)}]\n")
        let slip = try await world.run("check")
        #expect(slip.exit == .status(78) && slip.errors.contains("allow_volatile"))
    }
}
