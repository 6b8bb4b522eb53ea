import Bytes
import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials

@testable import TrialAgent

@Suite struct ArtifactReadingTests {
    let ground: FollowingGround
    let hashes = ContentHashes()

    init() throws { ground = try FollowingGround() }

    private func wishes(_ marker: String) throws -> ArtifactWishes {
        ArtifactWishes(try MarkerDecoder { _ in 0 }.decode(Array(marker.utf8), named: "a.run"))
    }

    private func find(_ marker: String, in scope: NamedFiles.Scope? = nil) async throws -> ArtifactFindings {
        try await hashes.findings(of: try wishes(marker), in: scope ?? ground.scope())
    }

    private func digest(_ content: String) -> String { SHA256.digest(of: content).hex }

    @Test func `a marker's wishes are what it names, and nothing where it names nothing`() throws {
        #expect(try wishes("lr: 1\nsteps: [{name: a, inputs: [1], output: 2}]\npersist: {a: 1}").isEmpty)
        let all = try wishes(
            """
            inputs: a
            outputs: [{path: b, name: n, keep: true}]
            persist: {model: {file: m}, value: 1}
            log: l
            steps: [{name: s, inputs: {x: {file: c}}, output: 1}, {name: t, inputs: [1], output: 2}]
            """)
        #expect(all.inputs.map(\.path) == ["a"])
        #expect(all.persists.map(\.step) == ["model"])
        #expect(all.steps.map(\.name) == ["s"])
        #expect(all.atOnce.outputs.isEmpty && all.atOnce.log == nil && all.atOnce.inputs == all.inputs)
        #expect(all.atClose.outputs == all.outputs && all.atClose.log == "l" && all.atClose.steps.isEmpty)
        var taken = all
        taken.take(try wishes("outputs: c\npersist: {model: {file: m2}}"))
        #expect(taken.inputs == all.inputs && taken.log == "l")
        #expect(taken.outputs.map(\.path) == ["c"])
        #expect(taken.persists.map(\.path) == ["m2"])
    }

    @Test func `files are recorded with size, time and hash, each once`() async throws {
        let file = try ground.write("project/runs/a.csv", "abc")
        try ground.write("project/runs/b.csv", "")
        let findings = try await find("inputs: [{path: a.csv, name: train}, '*.csv']\noutputs: ../runs/b.csv")
        let modified = try FileStatus(of: file).modified
        #expect(
            findings.inputs.first
                == ArtifactFacts(
                    path: "runs/a.csv", name: "train", size: 3, modified: Timestamp(atNanoseconds: Int(modified)),
                    sha256: digest("abc")))
        #expect(findings.inputs.map(\.path) == ["runs/a.csv", "runs/b.csv"])
        #expect(findings.outputs.map(\.sha256) == [digest("")])
        #expect(findings.problems == [] && findings.parts == [])
    }

    @Test func `whatever cannot be read is a problem of its own, and the rest is found`() async throws {
        try ground.write("project/runs/good", "x")
        try ground.write("project/runs/folder/inner", "x")
        try makePipe(ground.project.appending("runs/pipe"))
        try FileSystem.makeSymbolicLink(at: ground.project.appending("runs/link"), to: "/etc/passwd")
        let sparse = try ground.write("project/runs/sparse")
        try OwnedDescriptor(opening: sparse, .writeOnly).truncate(to: 50_000_000_000)
        let findings = try await find(
            "inputs: [gone, pipe, link, folder, ../../../etc/passwd, /dev/zero, sparse, '*.none', good]")
        #expect(findings.inputs.map(\.path) == ["runs/sparse", "runs/good"])
        #expect(findings.inputs.first?.size == 50_000_000_000)
        #expect(findings.inputs.first?.sha256 == nil)
        #expect(findings.problems.count == 8, "\(findings.problems)")
        let told = findings.problems.joined(separator: "\n")
        for piece in [
            "inputs: runs/gone left out: nothing is there", "runs/pipe left out: it is no regular file",
            "links are not followed",
            "it is a folder (runs/folder/** means each of its files)", "allow_paths", "runs/sparse has no hash",
            "`*.none` matches no file",
        ] { #expect(told.contains(piece), "\(piece)") }
    }

    @Test func `what belongs to somebody else is left out`() async throws {
        let file = try ground.write("project/runs/foreign", "x")
        let findings = try await find("inputs: foreign\nlog: foreign", in: try ground.strangersScope(file))
        #expect(findings.inputs == [] && findings.parts == [])
        #expect(findings.problems.count == 2 && findings.problems.allSatisfy { $0.contains("`owners`") })
    }

    @Test func `a thousand files are recorded of a list, and more are told of`() async throws {
        for number in 0..<1001 { try ground.write("project/runs/many/\(number)") }
        let findings = try await find("outputs: ['many/*']")
        #expect(findings.outputs.count == 1000)
        #expect(findings.problems.count == 1)
        try ground.write("project/runs/other/1")
        let both = try await find("outputs: ['many/*', 'other/*']")
        #expect(both.outputs.count == 1000)
        #expect(both.problems.last?.contains("runs/other/1 and what follows left out") == true)
    }

    @Test func `what is to be kept is kept with its bytes, up to 16 MiB`() async throws {
        try ground.write("project/runs/small", "abc")
        let large = try ground.write("project/runs/large")
        try OwnedDescriptor(opening: large, .writeOnly).truncate(to: 16 << 20 | 1)
        let findings = try await find("outputs: [{path: small, keep: true}, {path: large, keep: true}]")
        #expect(findings.parts.count == 1)
        #expect(
            findings.parts.first?.reference
                == PartReference(digest: digest("abc"), size: 3, role: .artifact, name: "runs/small"))
        #expect(findings.parts.first?.bytes == Array("abc".utf8))
        #expect(findings.outputs.map { $0.sha256 == nil } == [false, false])
        #expect(findings.problems.count == 1)
        #expect(findings.problems.first?.contains("runs/large is not kept: it has 16777217 bytes") == true)
    }

    @Test func `no more than 64 MiB are kept in all`() async throws {
        for number in 1...5 {
            let file = try ground.write("project/runs/part\(number)")
            try OwnedDescriptor(opening: file, .writeOnly).truncate(to: 15 << 20)
        }
        let findings = try await find("outputs: [{path: 'part*', keep: true}]")
        #expect(findings.parts.count == 4)
        #expect(findings.problems.count == 1 && findings.problems.first?.contains("64 MiB") == true)
    }

    @Test func `a step's small file is kept as it is, a larger one is referred to, a huge one is a problem`()
        async throws
    {
        try ground.write("project/runs/small", "abc")
        let content = String(repeating: "x", count: (1 << 20) + 1)
        try ground.write("project/runs/larger", content)
        let huge = try ground.write("project/runs/huge")
        try OwnedDescriptor(opening: huge, .writeOnly).truncate(to: 256 << 20 | 1)
        let findings = try await find(
            "persist: {a: {file: small}, b: {file: larger}, c: {file: huge}, d: {file: gone}}")
        #expect(
            findings.parts.map(\.reference) == [
                PartReference(digest: digest("abc"), size: 3, role: .persist, name: "a")
            ])
        #expect(
            findings.persisted == [
                "b": .mapping([
                    "path": .text("runs/larger"), "size": .integer(content.utf8.count),
                    "sha256": .text(digest(content)),
                ])
            ])
        #expect(findings.problems.count == 2)
        #expect(findings.problems.first?.hasPrefix("persist.c: huge left out: it has 268435457 bytes") == true)
    }

    @Test func `of a log the end is kept, from a whole line on`() async throws {
        let line = String(repeating: "ü", count: 50) + "\n"
        try ground.write("project/train.log", String(repeating: line, count: 5000))
        let findings = try await find("log: ../train.log")
        let part = try #require(findings.parts.first)
        #expect(part.reference.role == .log && part.reference.name == "train.log")
        #expect(part.bytes.count <= 256 << 10 && part.bytes.count > 255 << 10)
        #expect(part.bytes.count % line.utf8.count == 0)
        #expect(part.reference.digest == SHA256.digest(of: part.bytes).hex)
        try ground.write("project/short.log", "one\ntwo")
        #expect(try await find("log: ../short.log").parts.first?.bytes == Array("one\ntwo".utf8))
    }

    @Test func `a step's file counts by its hash; one that is not there leaves the step without`() async throws {
        try ground.write("project/runs/a.csv", "abc")
        let findings = try await find(
            """
            steps:
              - {name: load, inputs: [{file: a.csv}, 1], output: {file: a.csv}}
              - {name: lost, inputs: [{file: gone.csv}], output: 1}
            """)
        let plain = Marker.Step(
            name: "load", inputs: .list([.text(digest("abc")), .integer(1)]), output: .text(digest("abc")))
        #expect(findings.stepHashes == [StepTokens.hash(of: plain)])
        #expect(findings.problems == ["step lost has no hash: gone.csv: nothing is there"])
    }

    @Test func `DVC's pointer stands for what is not here, and beside what is`() async throws {
        let md5 = "900150983cd24fb0d6963f7d28e17f72"
        func pointer(_ name: String, size: Int) -> String {
            "outs:\n- md5: \(md5)\n  size: \(size)\n  hash: md5\n  path: \(name)\n"
        }
        let expected = DataPointer(.dvc, algorithm: "md5", digest: md5)
        try ground.write("project/runs/gone.dvc", pointer("gone", size: 7))
        try ground.write("project/runs/here", "abc")
        try ground.write("project/runs/here.dvc", pointer("here", size: 3))
        try ground.write("project/runs/images/1.png", "x")
        try ground.write("project/runs/images.dvc", "outs:\n- {md5: \(md5).dir, hash: md5, path: images}\n")
        try ground.write("project/runs/stale", "abcd")
        try ground.write("project/runs/stale.dvc", pointer("stale", size: 3))
        try ground.write("project/runs/odd.dvc", "not one of them")
        let findings = try await find("inputs: [gone, gone.dvc, here, images, stale, odd.dvc]")
        #expect(
            findings.inputs.map(\.path)
                == ["gone", "gone.dvc", "here", "images", "stale", "odd.dvc"].map { "runs/\($0)" })
        #expect(findings.inputs.map(\.pointer?.digest) == [md5, md5, md5, "\(md5).dir", nil, nil])
        #expect(findings.inputs.map(\.size) == [7, 7, 3, nil, 4, 15])
        #expect(findings.inputs.map { $0.sha256 != nil } == [false, false, true, false, true, true])
        #expect(findings.inputs[0].pointer == expected)
        #expect(findings.problems.count == 1)
        #expect(findings.problems.first?.contains("runs/stale has 4 bytes, and its .dvc file says 3") == true)
        let kept = try await find("inputs: [{path: gone, keep: true}]")
        #expect(kept.problems == ["inputs: runs/gone is not kept: only a pointer to its content is there"])
    }

    @Test func `git-annex's links and pointer files stand for their content`() async throws {
        let sha256 = digest("abc")
        let key = "SHA256E-s3--\(sha256).bin"
        try FileSystem.makeSymbolicLink(
            at: ground.project.appending("runs/locked.bin"), to: FilePath("../.git/annex/objects/a/b/\(key)/\(key)"))
        try ground.write("project/runs/unlocked.bin", "/annex/objects/\(key)\n")
        let findings = try await find("inputs: ['*.bin']")
        #expect(findings.inputs.map(\.path) == ["runs/locked.bin", "runs/unlocked.bin"])
        for facts in findings.inputs {
            #expect(facts.pointer == DataPointer(.annex, algorithm: "sha256", digest: sha256))
            #expect(facts.size == 3 && facts.sha256 == nil)
        }
        #expect(findings.problems == [])
    }

    @Test func `facts take over what was found, and nothing twice`() async throws {
        try ground.write("project/runs/a", "abc")
        let findings = try await find(
            "inputs: [a, gone]\nsteps: [{name: s, inputs: [{file: a}], output: 1}]\npersist: {p: {file: gone}}")
        var facts = TrialFacts()
        facts.outputs = [ArtifactFacts(path: "b", size: 1, modified: Timestamp(nanoseconds: 0))]
        facts.take(findings)
        facts.take(findings)
        #expect(facts.inputs.count == 1 && facts.outputs.count == 1)
        #expect(facts.stepHashes.count == 1 && facts.problems.count == 2)
    }

    @Test func `a project that is not there is a problem, and a cancelled task finds nothing`() async throws {
        try ground.write("project/runs/a", "abc")
        var scope = ground.scope()
        scope.project = ground.outside.appending("gone")
        let findings = try await find("inputs: a", in: scope)
        #expect(findings.inputs == [])
        #expect(findings.problems.count == 1)
        await #expect(throws: CancellationError.self) {
            try await withThrowingTaskGroup { group in
                group.addTask {
                    withUnsafeCurrentTask { $0?.cancel() }
                    _ = try await find("inputs: a")
                }
                try await group.waitForAll()
            }
        }
    }
}
