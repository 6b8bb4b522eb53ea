import BackendTesting
import Testing
import Trials

/// What is filed comes back as it was.
@Suite struct ContentTests {
    @Test(arguments: backendFixtures)
    func `every kind of value comes back as it was`(_ fixture: BackendFixture) async throws {
        let backend = try await fixture.make().open()
        var run = SampleRun(1)
        let huge = try #require(Integer("-123456789012345678901234567890"))
        let values: Fields = [
            "none": .null, "bool": .bool(false), "int": .integer(.min), "huge": .integer(huge), "whole": .float(1),
            "tiny": .float(.leastNonzeroMagnitude), "inf": .float(.infinity), "text": .text("größe ✓ 🚀\u{0}\n\"\\"),
            "list": .list([.integer(1), .list([]), .null]),
            "map": .mapping(["$integer": .text("1"), "": .mapping([:])]),
        ]
        run.facts.parameters = values
        run.facts.persisted = values
        run.facts.extra = values
        run.facts.tags = ["a", "ü"]
        run.facts.note = "two\nlines"
        run.facts.seed = -1
        run.facts.problems = ["cut"]
        run.facts.stepHashes = [StepHash(step: "train", input: "00", output: "ff")]
        run.facts.inputs = [
            ArtifactFacts(path: "größe ✓.csv", name: "train", size: 3, modified: SampleRun.time(1), sha256: "00")
        ]
        run.facts.outputs = [
            ArtifactFacts(
                path: "/data/images", size: nil, modified: SampleRun.time(2),
                pointer: DataPointer(.annex, algorithm: "sha256", digest: "ff"))
        ]
        run.capture = SampleRun.wholeCapture()
        run.capture?.problems = ["no git"]
        let outcome = Outcome(
            state: .failed, result: .mapping(values), finished: SampleRun.time(9), processTime: .nanoseconds(1),
            error: TrialError(type: "E", message: "m", traceback: "t"), isExplicit: false)
        _ = try await backend.file([run.filing(outcome: outcome)])
        let trial = try #require(try await backend.trial(run.reference(1)))
        #expect(trial.facts == run.facts)
        #expect(trial.capture == run.capture)
        #expect(trial.outcome == outcome)
        #expect(trial.problems == ["cut", "no git"] + trial.notices.map(\.text))
        #expect(trial.notices.count { $0.text.contains("exceeds 64 bits") } == 2)
    }

    @Test(arguments: backendFixtures)
    func `a float that is no number comes back as none`(_ fixture: BackendFixture) async throws {
        let backend = try await fixture.make().open()
        var run = SampleRun(1)
        run.facts.parameters = ["nan": .float(.nan)]
        _ = try await backend.file([run.filing()])
        guard case .float(let value)? = try await backend.trial(run.reference(1))?.facts.parameters["nan"] else {
            Issue.record("it is no float")
            return
        }
        #expect(value.isNaN)
    }

    @Test(arguments: backendFixtures)
    func `values that nest too deep are refused, and the rest of the batch is filed`(
        _ fixture: BackendFixture
    ) async throws {
        let backend = try await fixture.make().open()
        var run = SampleRun(1)
        run.facts.parameters = ["deep": (0..<200).reduce(Value.null) { value, _ in .list([value]) }]
        let answers = try await backend.file([run.filing(), SampleRun(2).filing()])
        guard case .refused = answers.first else {
            Issue.record("it was filed: \(answers)")
            return
        }
        #expect(answers.last?.number == 1)
        #expect(try await backend.trial(run.reference(1))?.key == SampleRun(2).key)
    }

    @Test(arguments: backendFixtures)
    func `an environment text is given out as daskperiment gives it out`(_ fixture: BackendFixture) async throws {
        let backend = try await fixture.make().open()
        var run = SampleRun(1)
        run.capture = SampleRun.wholeCapture()
        _ = try await backend.file([run.filing()])
        #expect(
            try await backend.text(.platform, of: run.reference(1))
                == #"{"Platform Information": "Linux-6.1-x86_64", "Device CPU Count": 8}"#)
        #expect(try await backend.text(.requirements, of: run.reference(1)) == "numpy==1.26.0\ntorch==2.3.0")
        #expect(try await backend.text(.hardware, of: run.reference(1)) == nil)
    }

    @Test(arguments: backendFixtures)
    func `a change of the environment is noticed at the first trial that has it`(
        _ fixture: BackendFixture
    ) async throws {
        let backend = try await fixture.make().open()
        var run = SampleRun(1)
        run.capture = SampleRun.wholeCapture()
        _ = try await backend.file([run.filing()])
        var second = SampleRun(2)
        second.capture = run.capture
        var third = SampleRun(3)
        third.capture = run.capture
        third.capture?.environment[.requirements] = .text("numpy==2.0.0")
        let answers = try await backend.file([second.filing(), third.filing()])
        #expect(answers.map(\.notices) == [[], ["environment changed since trial 2: requirements"]])
    }

    @Test(arguments: backendFixtures)
    func `a step that gives another output for the same input is noticed`(_ fixture: BackendFixture) async throws {
        let backend = try await fixture.make().open()
        var notices: [[String]] = []
        for (number, output) in ["aa", "aa", "bb"].enumerated() {
            var run = SampleRun(number)
            run.facts.stepHashes = [StepHash(step: "train", input: "11", output: output)]
            notices += try await backend.file([run.filing()]).map(\.notices)
        }
        #expect(notices.map(\.count) == [0, 0, 1])
    }

    @Test(arguments: backendFixtures)
    func `a step's other output is noticed within a batch and within a trial, and not again at an update`(
        _ fixture: BackendFixture
    ) async throws {
        let store = try await fixture.make()
        let backend = try await store.open()
        var runs = (1...3).map { SampleRun($0) }
        for (place, outputs) in [["aa"], ["bb"], ["cc", "dd"]].enumerated() {
            runs[place].facts.stepHashes = outputs.map { StepHash(step: "train", input: "\(place / 2)", output: $0) }
        }
        let answers = try await backend.file(runs.map { $0.filing() })
        #expect(answers.map(\.notices.count) == [0, 1, 1])
        runs[0].facts.tags = ["first"]
        runs[2].facts.stepHashes.append(StepHash(step: "test", input: "0", output: "ee"))
        let updates = try await backend.file([runs[0].filing(revision: 2), runs[2].filing(revision: 2)])
        #expect(updates.map(\.notices) == [[], []])

        // What was told stays on the trial, through updates and for whoever opens the store next.
        let told = try await store.open().trial(runs[1].reference(2))?.problems
        #expect(told == ["step train gave another output for the same input than before"])
    }

    @Test(arguments: backendFixtures)
    func `a part is kept by its digest, and a wrong digest is refused`(_ fixture: BackendFixture) async throws {
        let backend = try await fixture.make().open()
        // SHA-256 of `abc` (FIPS 180-4).
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        let part = PartReference(digest: digest, size: 3, role: .persist, name: "model")
        let run = SampleRun(1)
        let early = try await backend.file([run.filing(parts: [part])])
        guard case .refused = early.first else {
            Issue.record("a part that nobody stored was taken: \(early)")
            return
        }
        await #expect(throws: StoreError.self) { try await backend.store(part, from: .bytes(Array("abd".utf8))) }
        try await backend.store(part, from: .bytes(Array("abc".utf8)))
        try await backend.store(part, from: .bytes(Array("abc".utf8)))
        #expect(try await backend.file([run.filing(parts: [part])]).map(\.number) == [1])
        #expect(try await backend.part(part, of: run.reference(1)) == Array("abc".utf8))
        #expect(try await backend.trial(run.reference(1))?.parts == [part])
    }

    @Test(arguments: backendFixtures)
    func `a lockfile that one trial brought is a part of every trial that was captured with it`(
        _ fixture: BackendFixture
    ) async throws {
        let backend = try await fixture.make().open()
        // SHA-256 of `abc` (FIPS 180-4), and of nothing, which no trial brings.
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        let part = PartReference(digest: digest, size: 3, role: .lockfile, name: "uv.lock")
        let filings = (1...2).map { number in
            var run = SampleRun(number)
            var capture = TrialCapture(began: SampleRun.time(0), agent: "1")
            capture.lockfiles = [
                ArtifactFacts(path: "uv.lock", size: 3, modified: SampleRun.time(0), sha256: digest),
                ArtifactFacts(path: "poetry.lock", size: 0, modified: SampleRun.time(0), sha256: nothing),
            ]
            run.capture = capture
            return run.filing(parts: number == 1 ? [part] : [])
        }
        try await backend.store(part, from: .bytes(Array("abc".utf8)))
        #expect(try await backend.file(filings).map(\.number) == [1, 2])
        for number in 1...2 {
            let trial = try await backend.trial(SampleRun(number).reference(number))
            #expect(trial?.parts == [part])
            #expect(trial?.capture?.lockfiles.map(\.path) == ["uv.lock", "poetry.lock"])
        }
        try await backend.delete([SampleRun(1).reference(1)])
        #expect(try await backend.part(part, of: SampleRun(2).reference(2)) == Array("abc".utf8))
    }
}

extension Filed {
    /// What the store found worth telling.
    var notices: [String] {
        guard case .done(_, _, let notices) = self else { return [] }
        return notices.map(\.text)
    }
}
