import JSON
import Mongo
import ProgramTesting
import SystemPackage
import Testing

/// The program with its trials in a MongoDB.
@Suite(.enabled(if: MongoServer.isWanted, Comment(rawValue: MongoServer.advice)))
struct MongoCommandTests {
    private static let password = "correct-Horse-7-battery"

    @Test func `every reading command shows what the agent filed into a MongoDB, and its password is nowhere`()
        async throws
    {
        let server = try MongoServer(["--auth"])
        // Before there is a user, whoever is on the server's machine may make one.
        try server.run(["createUser": "root", "pwd": "x", "roles": ["root"]])
        try server.run(
            [
                "createUser": "agent", "pwd": .string(Self.password),
                "roles": [["role": "readWrite", "db": "lab"]],
            ], as: "mongodb://root:x@127.0.0.1:\(server.port)/admin")
        let world = try Sandbox()
        let project = try world.makeProject()
        let address = "mongodb://agent:\(Self.password)@127.0.0.1:\(server.port)/lab?authSource=admin"
        try world.configure(
            """
            backends:
              team: {mongo: {uri: "mongodb://agent:$MONGO_PASSWORD@127.0.0.1:\(server.port)/lab?authSource=admin"}}
            backend: team
            projects: [{path: \(project), experiment: e}]

            """)
        let secret = ["MONGO_PASSWORD": Self.password]
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
        #expect(check.text.contains("mongo, ready"), "\(check.text) \(check.errors)")
        let wrong = try await world.run("check", environment: ["MONGO_PASSWORD": "wr0ng-" + Self.password])
        #expect(wrong.exit == .status(69) && wrong.text.contains("does not accept the login"))
        try server.kill()
        let away = try await world.run("history", "e", environment: secret)
        #expect(away.exit == .status(69) && away.errors.contains("127.0.0.1:\(server.port)/lab"))
        let status = try await world.run("status", "--json", environment: secret)
        #expect(try status.json()["running"] == true)
        _ = await agent.stop()
        let found = try await world.shell(
            "grep -rl '\(Self.password)' state data run logs config home 2>/dev/null; true")
        #expect(found.text == "")
    }

    @Test func `what is deleted in a MongoDB is gone, and gc takes its files and no others`() async throws {
        let server = try MongoServer()
        try await expectDeletion(in: server.address(ofDatabase: "lab", "?directConnection=true"))
    }

    @Test func `libmongoc leaves nothing in memory that a kill does not take away`() async throws {
        let world = try Sandbox()
        let run = try await world.run("run", "-e", "e", "--", "sh", "-c", "test ! -e /dev/shm/mongoc-$PPID")
        #expect(run.exit == .status(0), "\(run.errors)")
        #expect(!run.errors.contains("mongoc"))
    }
}
