import LocalBackend
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing
import Trials

/// Trials that go from store to store.
@Suite(
    .enabled(
        if: MongoServer.isWanted && RedisServer.isWanted,
        Comment(rawValue: "\(MongoServer.advice); \(RedisServer.advice)")))
struct CopyCommandTests {
    /// A sandbox whose agent has filed three trials into local files, and has ended.
    private static func world() async throws -> (Sandbox, FilePath) {
        let world = try Sandbox()
        let project = try world.makeProject()
        let here = world.root.appending("here")
        try world.configure(
            """
            backends: {here: {local: {directory: \(here)}}}
            backend: here
            projects: [{path: \(project), experiment: e, code: ["*.py"]}]

            """)
        let agent = try await world.startAgent()
        let written = try await world.shell(
            """
            cd project
            echo "print('größe')" > train.py
            echo weights > weights.bin
            for i in 1 2 3; do
              echo "{parameters: {lr: 0.$i, optimizer: {name: adam}}, metrics: {val/loss: [3, 2, $i]}, result: $i, \
                persist: {model: {file: weights.bin}}}" > m
              mv m $i.run
            done
            trialwatch flush
            """)
        #expect(written.exit == .status(0), "\(written.errors)")
        _ = await agent.stop()
        return (world, here)
    }

    @Test
    func
        `trials go from files to a Redis, to a MongoDB and back, whole and under their numbers, and none takes another's`()
        async throws
    {
        let (world, here) = try await Self.world()
        let redis = try RedisServer()
        let mongo = try MongoServer.shared.get().address(ofDatabase: "copy_\(UInt64.random(in: .min ... .max))")
        let back = world.root.appending("back")
        let other = world.root.appending("other")
        for folder in [back, other] { try FileSystem.makeDirectories(folder) }
        let stores = [here.string, redis.address, mongo, back.string]
        for (from, to) in zip(stores, stores.dropFirst()) {
            for _ in 0..<2 {
                let copied = try await world.run("copy", from, to)
                #expect(copied.exit == .status(0), "\(from) to \(to): \(copied.errors)")
                #expect(copied.text.contains("3 trials are there"), "\(copied.text)")
            }
        }
        var texts: [String] = []
        for store in stores {
            let exported = try await world.run("export", "e", "--format", "jsonl", "--backend", store)
            #expect(exported.exit == .status(0) && exported.lines.count == 3, "\(exported.errors)")
            texts.append(exported.text)
            let part = try await world.run("show", "e", "2", "--part", "model", "--backend", store)
            #expect(part.text == "weights\n", "\(store): \(part.errors)")
        }
        for (store, text) in zip(stores, texts) { #expect(text == texts[0], "\(store)") }

        // Another run that has number 1 elsewhere.
        let backend = LocalBackend(directory: other, boot: "boot") { Timestamp(nanoseconds: 0) }
        let id = try #require(Experiment.ID("e"))
        let filing = Filing(
            key: RunKey(sha256: [UInt8](repeating: 7, count: 32)), experiment: id, revision: Revision(1),
            facts: TrialFacts())
        _ = try await backend.file([filing])
        let refused = try await world.run("copy", other.string, mongo)
        #expect(refused.exit == .status(1))
        #expect(refused.errors.contains("trial e 1: the number names another run"), "\(refused.errors)")
        for _ in 0..<2 {
            let renumbered = try await world.run("copy", other.string, mongo, "--renumber")
            #expect(renumbered.exit == .status(0), "\(renumbered.errors)")
            #expect(renumbered.text.contains("1 under new numbers"))
        }
        let history = try await world.run("export", "e", "--format", "jsonl", "--backend", mongo)
        #expect(history.lines.count == 4)
        let missing = try await world.run("copy", here.string, mongo, "nothere")
        #expect(missing.exit == .status(66), "\(missing.errors)")
    }

    @Test func `what the real daskperiment wrote is copied, and again when it is told to`() async throws {
        let world = try Sandbox()
        let mongo = try MongoServer.shared.get().address(ofDatabase: "copy_\(UInt64.random(in: .min ... .max))")
        let golden = FilePath(#filePath).appending("../../InteropTests/Golden/daskperiment_cache").lexicallyNormalized()
        for _ in 0..<2 {
            let copied = try await world.run("copy", golden.string, mongo, "golden")
            #expect(copied.text.contains("13 trials are there"), "\(copied.text) \(copied.errors)")
        }
        let theirs = try await world.run("export", "golden", "--format", "csv", "--backend", golden.string)
        let ours = try await world.run("export", "golden", "--format", "csv", "--backend", mongo)
        #expect(ours.lines.count == 14 && ours.text == theirs.text, "\(ours.errors)")
    }
}
