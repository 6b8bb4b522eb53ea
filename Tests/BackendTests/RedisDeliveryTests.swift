import BackendTesting
import ProgramTesting
import Redis
import RedisBackend
import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials

/// What only a store behind a network has to stand.
@Suite(.enabled(if: RedisServer.isWanted, Comment(rawValue: RedisServer.advice)))
struct RedisDeliveryTests {
    private static let pieces = (0..<10).map { place in
        SampleRun.piece("loss", at: 3 * place, (0..<3).map { Double(3 * place + $0) })
    }

    @Test func `an answer that is lost after the commit is given again: the same number, and no point twice`()
        async throws
    {
        let folder = try TemporaryDirectory()
        let socket = folder.path.appending("redis.sock")
        let server = try RedisServer(.always, ["--unixsocket", socket.string])
        let proxy = try CuttingProxy(to: socket, at: folder.path.appending("proxy.sock"))
        let address = try RedisAddress("unix://\(proxy.path)?db=0")
        let backend = RedisBackend(RedisSettings(address: address)) { SampleRun.time(100) }
        _ = try await backend.prepare()
        for number in 1...5 {
            let run = SampleRun(number)
            for (place, piece) in Self.pieces.enumerated() {
                let filing = run.filing(revision: place + 1, metrics: [piece])
                proxy.loseAnswer(to: "EVALSHA")
                await #expect(throws: StoreError.self) { _ = try await backend.file([filing]) }
                #expect(try await backend.file([filing]).map(\.number) == [number])
            }
            #expect(
                try await backend.values("loss", of: run.reference(number)) == (0..<30).map { Double($0) })
        }
        #expect(proxy.cuts == 50)
        #expect(try server.ask("GET", "sample:trial_id") == "5")
    }

    @Test func `a piece that ten agents file, and each of them ten times, is there once`() async throws {
        let store = try RedisStore()
        let run = SampleRun(1)
        let backends = try (0..<10).map { _ in try store.backend() }
        try await withThrowingTaskGroup { group in
            for backend in backends {
                group.addTask {
                    for _ in 0..<10 {
                        for (place, piece) in Self.pieces.enumerated() {
                            let answers = try await backend.file([run.filing(revision: place + 1, metrics: [piece])])
                            // One that comes too early leaves a gap, until the one before it is there.
                            if case .done(let reference, _, _)? = answers.first { #expect(reference.number == 1) }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await backends[0].values("loss", of: run.reference(1)) == (0..<30).map { Double($0) })
        #expect(try store.server.ask("LLEN", "sample:metric:loss:1") == "30")
        #expect(try store.server.ask("GET", "sample:trial_id") == "1")
    }

    @Test func `a server that is killed while agents file loses and doubles nothing`() async throws {
        let count = Soak.isAsked ? 2500 : 60
        let kills = Soak.isAsked ? 20 : 4
        let server = try RedisServer(.always)
        let settings = RedisSettings(
            address: try RedisAddress(server.address),
            timeouts: RedisTimeouts(connect: .seconds(2), command: .seconds(5), total: .seconds(20)))
        let filed = try await withThrowingTaskGroup(of: [Int: Set<Int>].self) { group in
            for agent in 0..<2 {
                let backend = RedisBackend(settings) { SampleRun.time(100) }
                let runs = agent * count..<(agent + 1) * count
                group.addTask { try await Delivery.file(runs, to: backend, inBatchesOf: 8) }
            }
            // The kills are spread over the trials, as the counter tells.
            for kill in 1...kills {
                try await Delivery.wait(for: 2 * count * kill / (kills + 1), every: .milliseconds(2)) {
                    (try? server.ask("GET", "sample:trial_id")).flatMap { Int($0) }
                }
                server.kill()
                try server.restart()
            }
            return try await group.reduce(into: [:]) { all, one in all.merge(one) { $0.union($1) } }
        }
        #expect(filed.count == 2 * count)
        #expect(filed.values.allSatisfy { $0.count == 1 })
        #expect(Set(filed.values.flatMap { $0 }).count == 2 * count)
        let reader = RedisBackend(settings) { SampleRun.time(100) }
        for (run, numbers) in filed {
            let trial = try await reader.trial(SampleRun(run).reference(numbers.first ?? 0))
            #expect(trial?.key == SampleRun(run).key)
        }
    }

    @Test
    func `values and series that are too large for one argument travel in pieces, and nothing of them stays behind`()
        async throws
    {
        let store = try RedisStore()
        let backend = try store.backend()
        var run = SampleRun(1)
        let text = String(repeating: "größe ", count: 200_000)
        run.facts.parameters = ["text": .text(text)]
        run.capture = SampleRun.wholeCapture()
        run.capture?.environment[.requirements] = .text(text)
        let values = (0..<20_000).map { Double($0) }
        #expect(
            try await backend.file([run.filing(metrics: [SampleRun.piece("loss", values)])]).map(\.number) == [1])
        let more = SampleRun.piece("loss", at: 20_000, values)
        #expect(try await backend.file([run.filing(revision: 2, metrics: [more])]).map(\.number) == [1])
        let trial = try await backend.trial(run.reference(1))
        #expect(trial?.facts == run.facts)
        #expect(trial?.capture == run.capture)
        #expect(try await backend.values("loss", of: run.reference(1)) == values + values)
        #expect(try store.server.ask("KEYS", "trialwatch:upload:*") == "")
        for key in ["sample:parameter:1", "sample:requirements:1", "sample:metric:loss:1", "sample:trialwatch:trial:1"]
        {
            #expect(try store.server.ask("TTL", key) == "-1")
        }
    }

    @Test func `scripts that were flushed are loaded again, and a connection that was closed is made again`()
        async throws
    {
        let store = try RedisStore()
        let backend = try store.backend()
        #expect(try await backend.file([SampleRun(1).filing()]).map(\.number) == [1])
        try store.server.ask("SCRIPT", "FLUSH")
        #expect(try await backend.file([SampleRun(2).filing()]).map(\.number) == [2])
        try store.server.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        await #expect(throws: StoreError.self) { _ = try await backend.file([SampleRun(3).filing()]) }
        #expect(try await backend.file([SampleRun(3).filing()]).map(\.number) == [3])
    }
}
