import BackendTesting
import JSON
import Mongo
import MongoBackend
import ProgramTesting
import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials

/// What only a store behind a network has to stand.
@Suite(.enabled(if: MongoServer.isWanted, Comment(rawValue: MongoServer.advice)))
struct MongoDeliveryTests {
    /// A proxy to a server, and an address by which it is reached.
    private static func proxy(to server: MongoServer, in folder: FilePath) throws -> (CuttingProxy, address: String) {
        let socket = server.folder.appending("mongodb-\(server.port).sock")
        let proxy = try CuttingProxy(to: socket, at: folder.appending("proxy.sock"))
        let path = proxy.path.string.split(separator: "/").joined(separator: "%2F")
        return (proxy, "mongodb://%2F\(path)/test_\(UInt64.random(in: .min ... .max))")
    }

    @Test func `an answer that is lost after the commit is given again: the same number, and no point twice`()
        async throws
    {
        let folder = try TemporaryDirectory()
        let server = try MongoServer.shared.get()
        let (proxy, address) = try Self.proxy(to: server, in: folder.path)
        let backend = MongoBackend(MongoSettings(address: try MongoAddress(address))) { SampleRun.time(100) }
        _ = try await backend.prepare()
        var numbers: Set<Int> = []
        for (place, command) in ["findAndModify", "insert", "updates", "documents", "$push"].enumerated() {
            let run = SampleRun(place)
            var given: Set<Int> = []
            for piece in 0..<4 {
                proxy.loseAnswer(to: command)
                let values = [Double](repeating: Double(piece), count: 400)
                let filing = run.filing(
                    revision: piece + 1, metrics: [SampleRun.piece("loss", at: 400 * piece, values)])
                given.formUnion(try await backend.file([filing]).compactMap(\.number))
                given.formUnion(try await backend.file([filing]).compactMap(\.number))
            }
            #expect(given.count == 1)
            numbers.formUnion(given)
            let series = try await backend.values("loss", of: run.reference(given.first ?? 0))
            #expect(series == (0..<1600).map { Double($0 / 400) })
            // What daskperiment reads of it has each point once, too.
            let database = String(address.split(separator: "/").last ?? "")
            var connection = try MongoConnection(try MongoAddress(server.address(ofDatabase: database)))
            let reply = try connection.run([
                "find": "sample", "filter": ["category": "metric", "trial_id": BSON(given.first ?? 0)],
                "projection": ["n": ["$size": "$value"]],
            ])
            #expect(reply["cursor"]?.document?["firstBatch"]?.array?.first?.document?["n"] == 1600)
        }
        #expect(numbers.count == 5)
        #expect(proxy.cuts >= 12)
    }

    @Test(arguments: [true, false])
    func `killed before or after any request, a filing is never lost, never doubled and never torn`(
        afterAnswer: Bool
    ) async throws {
        let step = Soak.isAsked ? 1 : 7
        let folder = try TemporaryDirectory()
        let server = try MongoServer.shared.get()
        var kills = 0
        for nth in stride(from: Int.random(in: 0..<step), to: 10_000, by: step) {
            let place = folder.path.appending("\(nth)")
            try FileSystem.makeDirectories(place)
            let (proxy, address) = try Self.proxy(to: server, in: place)
            proxy.hold(after: nth, answer: afterAnswer)
            var writer = try WriterProcess(address, first: 1, count: 2)
            let hold = proxy.waitForHold()
            if hold == .held { try writer.kill() }
            let acknowledged = try writer.end().acknowledged
            let database = address.split(separator: "/").last ?? ""
            try await Self.expectRecovery(
                at: server.address(ofDatabase: String(database)), acknowledged, "killed at request \(nth)")
            if hold == .notReached { break }
            kills += 1
        }
        print("killed at \(kills) requests")
        #expect(kills > 30 / step)
    }

    private static func expectRecovery(
        at address: String, _ acknowledged: [WriterProcess.Acknowledged], _ comment: Comment
    ) async throws {
        let backend = MongoBackend(MongoSettings(address: try MongoAddress(address))) { SampleRun.time(100) }
        _ = try await backend.prepare()
        for said in acknowledged {
            let trial = try await backend.trial(SampleRun(said.run).reference(said.number))
            #expect(trial?.key == SampleRun(said.run).key, comment)
            #expect((trial?.revision.number ?? 0) >= said.revision, comment)
        }
        // The spool still holds what was not acknowledged, and files it again.
        let runs = [1, 2].map { FiledInSteps($0) }
        var numbers: [Int] = []
        for run in runs {
            for filing in run.filings { _ = try await backend.file([filing]) }
            numbers += try await backend.file([run.filings[2]]).compactMap(\.number)
        }
        #expect(Set(numbers).count == 2, comment)
        for said in acknowledged { #expect(numbers[said.run - 1] == said.number, comment) }
        for (run, number) in zip(runs, numbers) { try await expectWhole(run, number, in: backend) }
        // daskperiment's documents: each once, and none of a number that no run has.
        var connection = try MongoConnection(try MongoAddress(address))
        for (category, each) in [("trial", 1), ("metric", 1), ("code", 1), ("environment", 1), ("persist", 1)] {
            let reply = try connection.run(["count": "sample", "query": ["category": .string(category)]])
            #expect(reply["n"]?.int == 2 * each, "\(category): \(comment)")
        }
        let points = try connection.run([
            "find": "sample", "filter": ["category": "metric"], "projection": ["n": ["$size": "$value"]],
        ])
        let counts = points["cursor"]?.document?["firstBatch"]?.array?.compactMap { $0.document?["n"]?.int }
        #expect(counts == [4, 4], comment)
    }

    @Test func `eight agents that come first at once make one counter, and one run that they all file is there once`()
        async throws
    {
        let store = try MongoStore()
        let backends = try (0..<8).map { _ in try store.backend() }
        let numbers = try await withThrowingTaskGroup(of: [Int].self) { group in
            for (place, backend) in backends.enumerated() {
                group.addTask {
                    let filings = [SampleRun(100).filing(), SampleRun(place).filing()]
                    return try await backend.file(filings).compactMap(\.number)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        // Once more when all are connected, so that they do meet.
        for round in 0..<20 {
            let filing = SampleRun(200 + round).filing()
            let given = try await withThrowingTaskGroup(of: Int?.self) { group in
                for backend in backends { group.addTask { try await backend.file([filing]).first?.number } }
                return try await group.reduce(into: Set<Int?>()) { $0.insert($1) }
            }
            #expect(given.count == 1)
        }
        #expect(Set(numbers.map(\.first)).count == 1)
        #expect(Set(numbers.compactMap(\.last)).count == 8)
        let reply = try store.run(["count": "sample", "query": ["category": "trial_id"]])
        #expect(reply["n"] == 1)
        let rows = try store.run(["count": "sample", "query": ["category": "trial"]])
        #expect(rows["n"] == 29)
    }

    @Test func `a trial that is deleted while it is filed to stays deleted, and the filing is told so`() async throws {
        let folder = try TemporaryDirectory()
        let server = try MongoServer.shared.get()
        let (proxy, address) = try Self.proxy(to: server, in: folder.path)
        let slow = MongoBackend(MongoSettings(address: try MongoAddress(address))) { SampleRun.time(100) }
        let direct = server.address(ofDatabase: String(address.split(separator: "/").last ?? ""))
        let other = MongoBackend(MongoSettings(address: try MongoAddress(direct))) { SampleRun.time(100) }
        let run = SampleRun(1)
        // What finishes the filing, after all else was written.
        proxy.hold("currentDate")
        async let answer = slow.file([run.filing()])
        #expect(proxy.waitForHold() == .held)
        try await other.delete([run.reference(1)])
        proxy.release()
        #expect(try await answer == [.deleted(run.reference(1))])
        #expect(try await other.trial(run.reference(1)) == nil)
        var connection = try MongoConnection(try MongoAddress(direct))
        #expect(try connection.run(["count": "sample", "query": ["category": "trial"]])["n"] == 0)
    }

    @Test func `what a later filing made is left alone by one that comes late`() async throws {
        let store = try MongoStore()
        let backend = try store.backend()
        var run = SampleRun(1)
        let values = (0..<600).map { Double($0) }
        _ = try await backend.file([run.filing(metrics: [SampleRun.piece("loss", values)])])
        // As another agent leaves it that has filed more of the run in between.
        _ = try store.run([
            "update": "sample",
            "updates": [
                ["q": ["category": "metric"], "u": ["$set": ["trialwatch": 9]]],
                ["q": ["category": "trial"], "u": ["$set": ["trialwatch": 9, "parameter": .binary([9])]]],
            ],
        ])
        run.facts.tags = ["late"]
        let more = SampleRun.piece("loss", at: 600, [1, 2, 3])
        #expect(try await backend.file([run.filing(revision: 2, metrics: [more])]).map(\.number) == [1])
        let found = try store.run([
            "find": "sample", "filter": ["category": ["$in": ["metric", "trial"]]],
            "projection": ["parameter": 1, "n": ["$size": ["$ifNull": ["$value", []]]]],
        ])["cursor"]?.document?["firstBatch"]?.array?.compactMap(\.document)
        #expect(found?.compactMap { $0["parameter"] } == [.binary([9])])
        #expect(found?.compactMap { $0["n"]?.int }.max() == 600)
    }

    @Test func `pieces that eight agents file, and each of them four times, are there once, for daskperiment too`()
        async throws
    {
        let store = try MongoStore()
        let run = SampleRun(1)
        let pieces = (0..<8).map { place in
            SampleRun.piece("loss", at: 200 * place, (0..<200).map { Double(200 * place + $0) })
        }
        let backends = try (0..<8).map { _ in try store.backend() }
        try await withThrowingTaskGroup { group in
            for backend in backends {
                group.addTask {
                    for _ in 0..<4 {
                        for (place, piece) in pieces.enumerated() {
                            let answers = try await backend.file([run.filing(revision: place + 1, metrics: [piece])])
                            // One that comes too early leaves a gap, until the one before it is there.
                            if case .done(let reference, _, _)? = answers.first { #expect(reference.number == 1) }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await backends[0].values("loss", of: run.reference(1)) == (0..<1600).map { Double($0) })
        let reply = try store.run([
            "find": "sample", "filter": ["category": "metric"], "projection": ["n": ["$size": "$value"]],
        ])
        #expect(reply["cursor"]?.document?["firstBatch"]?.array?.map { $0.document?["n"] } == [1600])
    }

    @Test func `a server that is killed while agents file loses and doubles nothing`() async throws {
        let server = try MongoServer()
        let trials = Soak.isAsked ? 5000 : 200
        let address = server.address(ofDatabase: "lab")
        try await Self.expectNothingLost(
            at: address, trials: trials, kills: Soak.isAsked ? 20 : 2, primary: { server }
        ) {
            try server.kill()
            try server.restart()
        }
    }

    @Test func `a primary that is killed while agents file loses and doubles nothing`() async throws {
        let set = try MongoReplicaSet()
        let trials = Soak.isAsked ? 5000 : 200
        try await Self.expectNothingLost(
            at: set.address(ofDatabase: "lab"), trials: trials, kills: Soak.isAsked ? 10 : 1,
            primary: { try set.primary() }
        ) {
            let primary = try set.primary()
            try primary.kill()
            _ = try set.primary()
            try primary.restart()
        }
    }

    private static func expectNothingLost(
        at address: String, trials: Int, kills: Int, primary: @Sendable () throws -> MongoServer,
        _ kill: @Sendable () async throws -> Void
    ) async throws {
        let settings = MongoSettings(
            address: try MongoAddress(address),
            timeouts: MongoTimeouts(connect: .seconds(2), command: .seconds(10)))
        let reader = MongoBackend(settings) { SampleRun.time(100) }
        let id = SampleRun(1).experiment
        let filed = try await withThrowingTaskGroup(of: [Int: Set<Int>].self) { group in
            for agent in 0..<2 {
                let backend = MongoBackend(settings) { SampleRun.time(100) }
                let runs = agent * trials / 2..<(agent + 1) * trials / 2
                group.addTask { try await Delivery.file(runs, to: backend, inBatchesOf: 4) }
            }
            // The kills are spread over the trials, as the counter tells.
            for kill_ in 1...kills {
                try await Delivery.wait(for: trials * kill_ / (kills + 1), every: .milliseconds(5)) {
                    let known = (try? await reader.experiments()) ?? []
                    return known.first { $0.id == id }?.lastNumber
                }
                try await kill()
            }
            return try await group.reduce(into: [:]) { all, one in all.merge(one) { $0.union($1) } }
        }
        #expect(filed.count == trials)
        #expect(filed.values.allSatisfy { $0.count == 1 })
        #expect(Set(filed.values.flatMap { $0 }).count == trials)
        for (run, numbers) in filed {
            let trial = try await reader.trial(SampleRun(run).reference(numbers.first ?? 0))
            #expect(trial?.key == SampleRun(run).key)
        }
        var connection = try MongoConnection(try MongoAddress(address))
        for category in ["trial", "trialwatch", "metric"] {
            let reply = try connection.run(["count": "sample", "query": ["category": .string(category)]])
            #expect(reply["n"]?.int == trials, "\(category)")
        }
        // daskperiment takes all after the last slash for the database's name, so its address has no options.
        if let python = RealDaskperiment.all.first {
            let live = try LivePython("sample", at: try primary().address(ofDatabase: "lab"), of: python)
            let rows = try live.ask(["do": "history"])["rows"]?.object
            #expect(rows?.count == trials)
            #expect(Set(rows?.keys ?? []) == Set(filed.values.flatMap { $0 }.map(String.init)))
            print("the real daskperiment counts \(rows?.count ?? 0) trials")
        }
        print("\(trials) trials through \(kills) kills: \(filed.count) runs, counter \(try await reader.experiments())")
    }
}
