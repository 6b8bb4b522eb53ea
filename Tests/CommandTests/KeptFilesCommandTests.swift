import JSON
import LocalBackend
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing
import Trials

@Suite struct KeptFilesCommandTests {
    /// SHA-256 of `abc` (FIPS 180-4).
    private static let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    private static let log = "epoch 1\n\u{1B}]0;owned\u{7}loss 0.5"
    /// As sha256sum(1) has it.
    private static let logDigest = "93627db70a4e5829ead226206c5bc259bccc9b475f02842041696ffa8fb267dc"

    private func makeSandbox() async throws -> Sandbox {
        let sandbox = try Sandbox()
        let parts = [
            (PartReference(digest: Self.digest, size: 3, role: .persist, name: "model"), Array("abc".utf8)),
            (PartReference(digest: Self.digest, size: 3, role: .artifact, name: "out/m.pt"), Array("abc".utf8)),
            (
                PartReference(digest: Self.logDigest, size: Self.log.utf8.count, role: .log, name: "train.log"),
                Array(Self.log.utf8)
            ),
        ]
        let backend = LocalBackend(
            directory: sandbox.root.appending("data/trialwatch"), boot: try Clock.bootIdentifier(), now: { noon })
        _ = try await backend.prepare()
        for (part, bytes) in parts { try await backend.store(part, from: .bytes(bytes)) }
        try await sandbox.file([
            try makeFiling(1) { filing in
                filing.parts = parts.map(\.0)
                filing.facts.stepHashes = [
                    StepHash(
                        step: "train", input: "c0a8a20f903a4915b94db8de3ea63195",
                        output: "e5bf059acd7f6415da503001a8d63f89")
                ]
                filing.facts.inputs = [
                    ArtifactFacts(path: "data/a.csv", size: 2048, modified: noon, sha256: Self.digest),
                    ArtifactFacts(
                        path: "data/images", name: "images", size: nil, modified: noon,
                        pointer: DataPointer(.dvc, algorithm: "md5", digest: "a304afb96060aad90176268345e10355.dir")),
                ]
                filing.facts.outputs = [
                    ArtifactFacts(path: "out/m.pt", name: "weights", size: 3, modified: noon, sha256: Self.digest)
                ]
            },
            try makeFiling(2),
        ])
        return sandbox
    }

    @Test func `a trial's page tells its files, its steps and its parts`() async throws {
        let output = try await makeSandbox().run("show", "resnet", "1")
        #expect(output.exit == .status(0))
        for piece in [
            "Inputs\n  data/a.csv  2 KiB, 2026-", "SHA-256 ba7816bf8f01…", "images      data/images, 2026-",
            "DVC md5 a304afb96060…", "Outputs\n  weights  out/m.pt, 3 B, ",
            "Steps\n  train  input c0a8a20f903a…, output e5bf059acd7f…",
            "Persisted\n  model  3 B, SHA-256 ba7816bf8f01…", "Parts\n  out/m.pt   artifact, 3 B, ",
            "train.log  log, 26 B, ",
        ] { #expect(output.text.contains(piece), "\(piece)\n\(output.text)") }
        let full = try await makeSandbox().run("show", "resnet", "1", "--full")
        #expect(full.text.contains("SHA-256 \(Self.digest)"))
        #expect(full.text.contains("a304afb96060aad90176268345e10355.dir"))
    }

    @Test func `a trial as JSON has its files whole`() async throws {
        let trial = try await makeSandbox().run("show", "resnet", "1", "--json").json()
        #expect(
            trial["inputs"]?[0] == [
                "path": "data/a.csv", "name": nil, "size": 2048, "modified": .string(noon.description),
                "sha256": .string(Self.digest), "pointer": nil,
            ])
        #expect(
            trial["inputs"]?[1]?["pointer"] == [
                "tool": "DVC", "algorithm": "md5", "digest": "a304afb96060aad90176268345e10355.dir",
            ])
        #expect(trial["outputs"]?[0]?["name"] == "weights")
        #expect(trial["step_hashes"]?[0]?["step"] == "train")
        #expect(trial["parts"]?.array?.map { $0["role"]?.string } == ["persist", "artifact", "log"])
        let empty = try await makeSandbox().run("show", "resnet", "2", "--json").json()
        #expect(empty["inputs"] == [] && empty["outputs"] == [])
    }

    @Test(arguments: [["--part", "model"], ["--part", "out/m.pt"], ["--part", "weights"]])
    func `a part comes out as it went in, by its own name or by the file's`(arguments: [String]) async throws {
        let sandbox = try await makeSandbox()
        let output = try await sandbox.run(sandbox.program, ["show", "resnet", "1"] + arguments)
        #expect(output.exit == .status(0))
        #expect(output.text == "abc")
    }

    @Test func `a log comes out as it was kept, and harmless on a terminal`() async throws {
        let sandbox = try await makeSandbox()
        #expect(try await sandbox.run("show", "resnet", "1", "--log").text == Self.log)
        let shown = try await sandbox.shell(
            "script -qec 'trialwatch show resnet 1 --log' /dev/null",
            environment: ["SHELL": "/bin/bash", "TERM": "xterm"])
        #expect(shown.text.contains("\\x1b]0;owned\\x07loss 0.5"))
        #expect(!shown.text.contains("\u{1B}]0"))
    }

    @Test(
        arguments: [
            (["1", "--part", "nope"], 66, "there are model, out/m.pt, train.log"),
            (["2", "--log"], 66, "no log was kept"),
            (["2", "--part", "x"], 66, "nothing was kept of it"),
            (["1", "--log", "--part", "model"], 64, "use one of them"),
        ] as [([String], Int32, String)])
    func `what was not kept ends with 66, two wishes at once with 64`(
        arguments: [String], status: Int32, message: String
    ) async throws {
        let sandbox = try await makeSandbox()
        let output = try await sandbox.run(sandbox.program, ["show", "resnet"] + arguments)
        #expect(output.exit == .status(status))
        #expect(output.errors.contains(message), "\(output.errors)")
        #expect(output.text.isEmpty)
    }
}
