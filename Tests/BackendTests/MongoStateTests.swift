import BackendTesting
import Bytes
import Mongo
import MongoBackend
import ProgramTesting
import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials

/// What states of a server mean to whoever files.
@Suite(.enabled(if: MongoServer.isWanted, Comment(rawValue: MongoServer.advice)))
struct MongoStateTests {
    private static func error(_ body: () async throws -> Void) async -> StoreError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? StoreError
        }
    }

    private static func backend(_ address: String, _ timeouts: MongoTimeouts = MongoTimeouts()) throws -> MongoBackend {
        MongoBackend(MongoSettings(address: try MongoAddress(address), timeouts: timeouts)) { SampleRun.time(100) }
    }

    @Test func `a wrong password and a missing right are said, each with its remedy, and a good login files`()
        async throws
    {
        let server = try MongoServer(["--auth"])
        let password = "s3cret pass/word:@"
        let written = "s3cret%20pass%2Fword%3A%40"
        // Before there is a user, whoever is on the server's machine may make one.
        try server.run(["createUser": "root", "pwd": .string(password), "roles": ["root"]])
        let root = "mongodb://root:\(written)@127.0.0.1:\(server.port)/admin"
        try server.run(
            ["createUser": "agent", "pwd": "x", "roles": [["role": "readWrite", "db": "lab"]]], as: root)
        try server.run(["createUser": "guest", "pwd": "x", "roles": [["role": "read", "db": "lab"]]], as: root)
        let agent = try Self.backend(
            server.address(ofDatabase: "lab").replacing("//", with: "//agent:x@") + "?authSource=admin")
        #expect(try await agent.prepare().notices == [])
        #expect(try await agent.file([SampleRun(1).filing()]).map(\.number) == [1])
        for login in ["agent:wrong@", ""] {
            let address = server.address(ofDatabase: "lab").replacing("//", with: "//\(login)") + "?authSource=admin"
            let error = await Self.error { _ = try await Self.backend(address).file([SampleRun(2).filing()]) }
            #expect(error?.kind == .misconfigured && error?.isTransient == true, "\(login): \(error.debugDescription)")
            #expect(error?.remedy != nil && error.map { "\($0)".contains("wrong") } == false)
        }
        let guest = server.address(ofDatabase: "lab").replacing("//", with: "//guest:x@") + "?authSource=admin"
        let refused = await Self.error { _ = try await Self.backend(guest).file([SampleRun(2).filing()]) }
        #expect(refused?.kind == .misconfigured && refused?.remedy?.contains("readWrite") == true)
        let page = try await Self.backend(guest).trials(
            History.Query(experiment: SampleRun(1).experiment), after: nil, limit: 5)
        #expect(page.rows.count == 1)
    }

    @Test func `a server with TLS is reached with its certificate's authority, and without it the remedy is said`()
        async throws
    {
        let folder = try TemporaryDirectory()
        let (key, certificate) = (folder.path.appending("key.pem"), folder.path.appending("certificate.pem"))
        var openssl = try ChildProcess(
            "/usr/bin/openssl",
            arguments: [
                "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                "-addext",
                "subjectAltName=IP:127.0.0.1", "-keyout", key.string, "-out", certificate.string,
            ], environment: ["PATH=/usr/bin:/bin"])
        while let said = try openssl.read(atMost: 4096), !said.isEmpty {}
        #expect(try openssl.end() == .exited(0))
        let both = folder.path.appending("both.pem")
        let pem = try [key, certificate].flatMap {
            try OwnedDescriptor(opening: $0, .readOnly).readToEnd(limit: 1 << 20)
        }
        try OwnedDescriptor(opening: both, .writeOnly, options: [.create, .truncate]).write(pem)
        let server = try MongoServer(["--tlsMode", "requireTLS", "--tlsCertificateKeyFile", both.string])
        let good = try Self.backend(server.address(ofDatabase: "lab", "?tls=true&tlsCAFile=\(certificate)"))
        #expect(try await good.file([SampleRun(1).filing()]).map(\.number) == [1])
        let stranger = try Self.backend(server.address(ofDatabase: "lab", "?tls=true"))
        let untrusted = await Self.error { _ = try await stranger.prepare() }
        #expect(untrusted?.kind == .misconfigured, "\(untrusted.debugDescription)")
        #expect(untrusted?.remedy?.contains("tlsCAFile") == true && untrusted?.isTransient == true)
        let plain = await Self.error { _ = try await Self.backend(server.address(ofDatabase: "lab")).prepare() }
        #expect(plain?.isTransient == true, "\(plain.debugDescription)")
    }

    @Test func `nobody who listens and a black hole are told apart, each within its time, and filing goes on after`()
        async throws
    {
        let server = try MongoServer()
        let quick = MongoTimeouts(connect: .milliseconds(500), command: .milliseconds(500))
        let backend = try Self.backend(server.address(ofDatabase: "lab"), quick)
        #expect(try await backend.file([SampleRun(1).filing()]).map(\.number) == [1])
        let clock = ContinuousClock()
        var before = clock.now
        try server.send(.stop)
        let silent = await Self.error { _ = try await backend.file([SampleRun(2).filing()]) }
        #expect(silent?.isTransient == true, "\(silent.debugDescription)")
        // Many who ask at once wait for one attempt.
        for _ in 0..<20 { #expect(await Self.error { _ = try await backend.file([SampleRun(2).filing()]) } != nil) }
        #expect(clock.now - before < .seconds(6))
        try server.send(.resume)
        #expect(try await Self.backend(server.address(ofDatabase: "lab")).file([SampleRun(2).filing()]).count == 1)
        try server.kill()
        before = clock.now
        for _ in 0..<200 {
            let away = await Self.error { _ = try await backend.file([SampleRun(3).filing()]) }
            #expect(away?.kind == .unavailable && away?.isTransient == true && away?.remedy != nil)
        }
        #expect(clock.now - before < .seconds(5))
        try server.restart()
        var number: Int?
        _ = try await eventually(every: .milliseconds(10)) {
            number = try? await backend.file([SampleRun(3).filing()]).first?.number
            return number != nil
        }
        #expect(number != nil)
        #expect(clock.now - before < .seconds(15))
    }

    @Test func `a member that is not the primary takes nothing, and the remedy names the whole set`() async throws {
        let set = try MongoReplicaSet()
        let primary = try set.primary()
        let other = try #require(set.members.first { $0 !== primary })
        let backend = try Self.backend(other.address(ofDatabase: "lab", "?directConnection=true"))
        let refused = await Self.error { _ = try await backend.file([SampleRun(1).filing()]) }
        #expect(refused?.kind == .unavailable && refused?.isTransient == true, "\(refused.debugDescription)")
        #expect(refused?.remedy?.contains("replicaSet") == true)
        let whole = try Self.backend(set.address(ofDatabase: "lab"))
        #expect(try await whole.file([SampleRun(1).filing()]).map(\.number) == [1])
        #expect(try await whole.trial(SampleRun(1).reference(1)) != nil)
    }

    @Test func `of a series that passes 16 MB daskperiment gets the newest points, and we keep all`() async throws {
        let count = Soak.isAsked ? 1_000_000 : 120_000
        let store = try MongoStore()
        let backend = try store.backend()
        let run = SampleRun(1)
        // The longest pickles that points have.
        let points = (0..<count).map { place in
            MetricPoint(epoch: Int.max - place, value: .float(Double(place) / 3), recorded: SampleRun.time(place))
        }
        let piece = MetricPiece(name: "loss", offset: 0, points: points)
        let answer = try await backend.file([run.filing(metrics: [piece])])
        #expect(answer.map(\.number) == [1])
        let trial = try await backend.trial(run.reference(1))
        #expect(trial?.problems.contains { $0.contains("newest 110000") } == true)
        #expect(try await backend.series("loss", of: run.reference(1), range: nil, atMost: nil)?.points == points)
        let listed = try store.run([
            "find": "sample", "filter": ["category": "metric"],
            "projection": ["n": ["$size": "$value"], "last": ["$last": "$value"]],
        ])["cursor"]?.document?["firstBatch"]?.array?.first?.document
        #expect(listed?["n"] == 110_000)
        // Its end changes while it runs, and is daskperiment's at the run's end.
        let last = SampleRun.piece("loss", generation: 1, at: count - 1, [7])
        _ = try await backend.file([run.filing(revision: 2, metrics: [last], outcome: SampleRun.success())])
        let after = try store.run([
            "find": "sample", "filter": ["category": "metric"], "projection": ["last": ["$last": "$value"]],
        ])["cursor"]?.document?["firstBatch"]?.array?.first?.document
        #expect(after?["last"] != listed?["last"] && after?["last"] != nil)
        // What was listed began with the 10,001st point; of the whole, which fits now, the first is the first.
        let end = SampleRun.piece("loss", generation: 2, at: 100_000, [7, 7])
        _ = try await backend.file([run.filing(revision: 3, metrics: [end], outcome: SampleRun.success())])
        _ = try await backend.file([
            SampleRun(2).filing(metrics: [
                MetricPiece(name: "loss", offset: 0, points: [points[0]])
            ])
        ])
        let firsts = try store.run([
            "find": "sample", "filter": ["category": "metric"], "sort": ["trial_id": 1],
            "projection": ["n": ["$size": "$value"], "first": ["$first": "$value"]],
        ])["cursor"]?.document?["firstBatch"]?.array?.compactMap(\.document)
        #expect(firsts?.map { $0["n"] } == [100_002, 1])
        #expect(firsts?.first?["first"] == firsts?.last?["first"])
    }

    @Test
    func
        `a text that went with the last trial that had it is kept again for the next, and leftovers of a deleted one go`()
        async throws
    {
        let store = try MongoStore()
        let (first, second) = (try store.backend(), try store.backend())
        var run = SampleRun(1)
        run.capture = SampleRun.wholeCapture()
        run.capture?.environment[.requirements] = .text(String(repeating: "größe==1\n", count: 100))
        #expect(try await first.file([run.filing()]).map(\.number) == [1])
        try await second.delete([run.reference(1)])
        func count(_ category: String) throws -> Int? {
            try store.run(["count": "sample", "query": ["category": .string(category)]])["n"]?.int
        }
        #expect(try count("trialwatch_text") == 0)
        #expect(try count("environment") == 0)
        var next = SampleRun(2)
        next.capture = run.capture
        #expect(try await first.file([next.filing()]).map(\.number) == [2])
        #expect(try await second.trial(next.reference(2))?.capture == run.capture)
        // As an agent leaves it that was killed after somebody deleted the trial that it was filing to.
        _ = try store.run([
            "insert": "sample",
            "documents": [["experiment_id": "sample", "category": "code", "trial_id": 1, "value": "x"]],
        ])
        #expect(try await first.file([run.filing(revision: 2)]) == [.deleted(run.reference(1))])
        #expect(try count("code") == 1)
    }

    private static let addresses: [(String, String?)] = [
        ("mongodb://localhost/lab", "localhost:27017/lab"),
        ("mongodb://u:p%40@a:1,b:2/lab?replicaSet=x", "a:1,b:2/lab"),
        ("mongodb+srv://u:p%40@lab.example.org/lab", "lab.example.org/lab"),
        ("mongodb://%2Frun%2Fmongo.sock/lab", "/run/mongo.sock/lab"),
        ("mongodb://host/lab?tls=true&authSource=admin&w=1&readPreference=nearest", "host:27017/lab"),
        ("mongodb://host", nil), ("mongodb://host/", nil), ("mongodb://host/?replicaSet=x", nil),
        ("mongodb://u:se/cret@host/lab", nil), ("mongodb://host:0x/lab", nil), ("mongo://host/lab", nil),
        ("mongodb://host/lab?tlsCAFil=x", nil), ("mongodb://u:se%zzcret@host/lab", nil),
        ("mongodb://u:a@cret@host/lab", nil), ("mongodb://u:cret@host:99999/lab", nil),
        ("mongodb://u:pa?cret@host/lab", "host:27017/lab"), ("mongodb://u:12/cret@host", nil),
        ("mongodb://u:12/cret@host/lab", nil), ("mongodb://u:12/a?cret=x@host/lab", nil),
        ("mongodb://u:p@a/b?cret=x@host/lab", nil), ("mongodb://u:p@a/lab?9cret=x", nil),
        ("mongodb://u:p?a@cret@host/lab", nil),
        ("mongodb://u:cret@/lab", nil), ("mongodb://u:cret:x@host/lab", nil),
    ]

    @Test(arguments: addresses)
    func `an address says where, and what is said of it never holds a password`(_ text: String, _ shown: String?) throws
    {
        do {
            let address = try MongoAddress(text)
            #expect(address.shown == shown)
            var dumped = ""
            dump(address, to: &dumped)
            #expect("\(address) \(dumped)".contains("p%40") == false)
            #expect("\(address) \(dumped)".contains("cret") == false)
        } catch {
            #expect(shown == nil, "\(error)")
            #expect(!"\(error)".contains("cret"))
        }
    }
}
