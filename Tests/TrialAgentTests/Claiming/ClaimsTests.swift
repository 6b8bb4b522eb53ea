import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials

@testable import TrialAgent

@Suite struct ClaimsTests {
    let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    func open() throws -> Claims { try Claims(in: folder.path, on: BlockingExecutor("test")) }

    func identity(_ serial: Int) -> VersionIdentity {
        VersionIdentity(stamp: FileStamp(volume: "v", file: "\(serial)", modified: serial, size: 1), digest: "d")
    }

    func place(_ name: String) -> MarkerPlace { MarkerPlace(project: "/p", path: FilePath(name)) }

    func claim(
        _ serial: Int, at name: String = "a.run", outcome: Outcome? = nil, run: String? = nil, note: String? = nil
    ) -> Claim {
        var facts = TrialFacts()
        facts.run = run
        facts.note = note
        let key = run.map { RunRules.key(ofRun: $0, in: MarkerStory.experiment) } ?? RunRules.key(of: identity(serial))
        var record = RunRecord(
            key: key, experiment: MarkerStory.experiment, backend: "here", place: place(name), revision: Revision(1),
            facts: facts,
            given: [], metrics: [], outcome: outcome, seen: Timestamp(nanoseconds: serial))
        record.version = identity(serial)
        let filing = Filing(
            key: key, experiment: record.experiment, revision: record.revision, facts: facts, outcome: outcome)
        return Claim(
            head: Claim.Head(sequence: 0, identity: identity(serial), runs: [record]),
            runs: [
                ClaimedRun(
                    sequence: 0, place: place(name), backend: "here", filing: filing,
                    wish: CaptureWish(code: [], seen: 0))
            ])
    }

    let ended = Outcome(state: .succeeded, finished: Timestamp(nanoseconds: 9))

    @Test func `what was claimed is known after a restart, and handed out until it is settled`() async throws {
        var claims = try open()
        let claimed = try await claims.append([claim(1), claim(2, at: "b.run", outcome: ended), claim(3, at: "c.run")])
        #expect(claimed.map(\.head.sequence) == [1, 2, 3])
        try await claims.settle([2])
        claims = try open()
        #expect(await claims.holds(identity(1)))
        #expect(await claims.holds(identity(2).stamp))
        #expect(await !claims.holds(identity(4)))
        #expect(await claims.open.count == 2)
        let unsettled = await claims.takeUnsettled()
        #expect(unsettled.map(\.sequence) == [1, 3])
        #expect(unsettled.allSatisfy { $0.wish?.isLate == true })
        #expect(await claims.takeUnsettled().isEmpty)
        #expect(try await claims.append([claim(5)]).first?.head.sequence == 4)
    }

    @Test func `what a claim led to is wiped from the disk once it is settled`() async throws {
        let claims = try open()
        _ = try await claims.append([claim(1, outcome: ended, note: "in both")])
        let before = try OwnedDescriptor(opening: folder.path.appending("claims"), .readOnly).readToEnd(limit: 1 << 22)
        try await claims.settle([1])
        let after = try OwnedDescriptor(opening: folder.path.appending("claims"), .readOnly).readToEnd(limit: 1 << 22)
        #expect(before.count { $0 != 0 } > after.count { $0 != 0 })
        #expect(try await open().takeUnsettled().isEmpty)
    }

    @Test func `a marker that is written again and again leaves little more of each run than what tells it again`()
        async throws
    {
        let claims = try Claims(in: folder.path, on: BlockingExecutor("claims"), toleratingWaste: 1 << 14)
        let count = 400
        for number in 1...count {
            let claimed = try await claims.append([claim(number, outcome: ended, note: "note \(number)")])
            try await claims.settle(claimed.map(\.head.sequence))
        }
        let bytes = try folder.path.appending("claims").content()
        let used = (bytes.lastIndex { $0 != 0 } ?? 0) + 1
        #expect(used < 1000 * count, "\(used / count) bytes a run")
        let reopened = try open()
        for number in [1, count] { #expect(await reopened.holds(identity(number))) }
        #expect(try await reopened.memory(of: place("a.run"), named: nil).closed?.facts.note == "note \(count)")
    }

    @Test func `no secret of a run is in the claims; a marker is still found by its path, and a run by its name`()
        async throws
    {
        let secret = MadeSecrets.tokens.first { $0.kind == "github" }?.text ?? ""
        var claimed = claim(1, at: "\(secret).run", run: "sk-learn", note: "with \(secret)")
        claimed.head.runs[0].facts.command = ["x", "--password", "hunter2"]
        _ = try await open().append([claimed])
        let text = String(decoding: try folder.path.appending("claims").content(), as: UTF8.self)
        #expect(text.contains("with «scrubbed:github»") && !text.contains("with \(secret)"))
        #expect(!text.contains("hunter2"))
        let claims = try open()
        let run = try #require(await claims.open(at: place("\(secret).run")).first)
        #expect(run.facts.run == "sk-learn")
        #expect(run.place == place("\(secret).run"))
        #expect(await claims.takeUnsettled().first?.filing.facts.note == "with «scrubbed:github»")
    }

    @Test func `two markers whose names are shown alike are two`() async throws {
        let names: [[CChar]] = [
            [-1] + "a.run".utf8.map { CChar(bitPattern: $0) } + [0],
            #"\xffa.run"#.utf8.map { CChar(bitPattern: $0) } + [0],
        ]
        let places = names.map { MarkerPlace(project: "/p", path: FilePath(platformString: $0)) }
        #expect(places[0].path.shown == places[1].path.shown)
        #expect(ClaimIndex.Fingerprint(places[0]) != ClaimIndex.Fingerprint(places[1]))
    }

    @Test func `open and closed runs of a marker are found, the newest closed one among them`() async throws {
        let claims = try open()
        _ = try await claims.append([claim(1, outcome: ended, note: "old")])
        _ = try await claims.append([claim(2, outcome: ended, note: "new")])
        _ = try await claims.append([claim(3), claim(4)])
        let memory = try await claims.memory(of: place("a.run"), named: nil)
        #expect(memory.closed?.facts.note == "new")
        #expect(memory.open.map(\.seen.nanoseconds) == [3, 4])
        let elsewhere = try await claims.memory(of: place("b.run"), named: nil)
        #expect(elsewhere.open.isEmpty && elsewhere.closed == nil)
    }

    @Test func `what is found late of an older run does not make it the newest closed one of its marker`() async throws
    {
        var claims = try open()
        _ = try await claims.append([claim(1, outcome: ended, note: "old")])
        _ = try await claims.append([claim(2, outcome: ended, note: "new")])
        _ = try await claims.append([claim(1, outcome: ended, note: "old, and read to its end")])
        #expect(try await claims.memory(of: place("a.run"), named: nil).closed?.facts.note == "new")
        _ = try await claims.append([claim(2, outcome: ended, note: "new, and read to its end")])
        for _ in 0..<2 {
            let memory = try await claims.memory(of: place("a.run"), named: nil)
            #expect(memory.closed?.facts.note == "new, and read to its end")
            claims = try open()
        }
    }

    @Test func `the log keeps the newest closed run of a marker, whatever was found late of others`() {
        var index = ClaimIndex()
        let heads = [claim(1, outcome: ended), claim(2, outcome: ended), claim(1, outcome: ended)].map(\.head)
        for (offset, head) in zip([0, 10, 20], heads) { index.take(head, at: offset) }
        let needed = zip([0, 10, 20], heads).filter { offset, head in index.needs(head.runs[0], at: offset) }
        #expect(needed.map(\.0) == [10])
    }

    @Test func `an open run is found by its place and by its version, wherever it moves, until it is closed`() {
        var index = ClaimIndex()
        func take(_ serial: Int, at name: String, outcome: Outcome? = nil) {
            var claim = claim(serial, at: name, outcome: outcome, run: "one")
            claim.head.runs[0].version = identity(serial)
            index.take(claim.head, at: serial)
        }
        func found(_ serial: Int, at name: String) -> [Int] {
            [index.open(as: identity(serial).stamp).count, index.open(at: place(name)).count]
        }
        take(1, at: "a.run")
        #expect(found(1, at: "a.run") == [1, 1])
        take(2, at: "a.run")
        #expect(found(1, at: "a.run") == [0, 1])
        take(2, at: "b.run")
        #expect(found(2, at: "b.run") == [1, 1])
        #expect(found(1, at: "a.run") == [0, 0])
        take(3, at: "b.run", outcome: ended)
        #expect(found(2, at: "b.run") == [0, 0])
        #expect(found(3, at: "b.run") == [0, 0])
    }

    @Test func `a run that its marker names is found from anywhere, open or closed, after a restart too`() async throws
    {
        var claims = try open()
        let key = RunRules.key(ofRun: "base", in: MarkerStory.experiment)
        _ = try await claims.append([claim(1, run: "base")])
        #expect(try await claims.memory(of: place("x"), named: key).named?.isOpen == true)
        _ = try await claims.append([claim(2, outcome: ended, run: "base")])
        claims = try open()
        #expect(try await claims.memory(of: place("x"), named: key).named?.isOpen == false)
    }

    @Test func `one agent after another numbers its claims without a gap or a repeat`() async throws {
        var sequences: [Int] = []
        for round in 0..<5 {
            let claims = try open()
            sequences += try await claims.append([claim(round * 2), claim(round * 2 + 1)]).map(\.head.sequence)
        }
        #expect(sequences == Array(1...10))
    }

    @Test func `a claim that could not be brought to the device counts for nothing, and can be made again`()
        async throws
    {
        let disk = FailingDisk()
        let claims = try Claims(
            in: folder.path, on: BlockingExecutor("test"), synchronizeContent: disk.synchronize)
        _ = try await claims.append([claim(1, outcome: ended, note: "before")])
        disk.isFailing = true
        for _ in 0..<2 {
            let error = await #expect(throws: AgentError.self) { try await claims.append([claim(2), claim(3)]) }
            #expect(error?.reason.contains("fdatasync") == true)
            #expect(await !claims.holds(identity(2)))
            #expect(await claims.open.isEmpty)
        }
        disk.isFailing = false
        #expect(try await claims.append([claim(2, at: "b.run")]).map(\.head.sequence) == [2])
        #expect(try await claims.memory(of: place("a.run"), named: nil).closed?.facts.note == "before")
        #expect(try await open().takeUnsettled().map(\.sequence) == [1, 2])
    }

    /// Opened with its index, and by reading the whole log.
    func openBothWays() throws -> [Claims] {
        let path = folder.path.appending("claims.index")
        let index = try OwnedDescriptor(opening: path, .readOnly).readToEnd(limit: 1 << 20)
        let claims = try open()
        try FileSystem.remove(path)
        let slow = try open()
        try DurableFile.write(index, to: path)
        return [claims, slow]
    }

    @Test func `a start that finds the index knows what one knows that reads the whole log`() async throws {
        var claims = try open()
        _ = try await claims.append([
            claim(1), claim(2, at: "b.run", outcome: ended), claim(3, at: "c.run", run: "named"),
            claim(4, at: "d.run", outcome: ended, run: "done"),
        ])
        try await claims.settle([1])
        await claims.rest()
        // What follows is in the log alone.
        try await claims.settle([2])
        _ = try await claims.append([claim(5, at: "e.run"), claim(6, at: "c.run", outcome: ended, run: "named")])
        for claims in try openBothWays() {
            #expect(await claims.open.map(\.place.path.string).sorted() == ["a.run", "e.run"])
            for serial in 1...6 {
                #expect(await claims.holds(identity(serial)))
                #expect(await claims.holds(identity(serial).stamp))
            }
            #expect(await !claims.holds(identity(7)))
            #expect(try await claims.memory(of: place("b.run"), named: nil).closed?.outcome == ended)
            let named = RunRules.key(ofRun: "named", in: MarkerStory.experiment)
            #expect(try await claims.memory(of: place("z.run"), named: named).named?.outcome == ended)
            #expect(await claims.open(as: identity(1).stamp).count == 1)
            #expect(await claims.takeUnsettled().map(\.sequence) == [3, 4, 5, 6])
        }
        claims = try open()
        #expect(try await claims.append([claim(8)]).first?.head.sequence == 7)
    }

    @Test(arguments: ["another byte", "another log", "a shorter log"])
    func `an index that is not of the log as it is counts for nothing`(_ fault: String) async throws {
        let claims = try open()
        _ = try await claims.append([claim(1), claim(2, at: "b.run")])
        await claims.rest()
        let (log, index) = (folder.path.appending("claims"), folder.path.appending("claims.index"))
        switch fault {
        case "another byte":
            try OwnedDescriptor(opening: index, .readWrite).write([0xFF], at: 60)
        case "another log":
            try DurableFile.write(try OwnedDescriptor(opening: log, .readOnly).readToEnd(limit: 1 << 22), to: log)
        default:
            try OwnedDescriptor(opening: log, .readWrite).truncate(to: 1200)
        }
        let opened = try open()
        #expect(await opened.holds(identity(1)))
        #expect(await opened.holds(identity(2)) == (fault != "a shorter log"))
    }

    @Test func `a claim cut off by a crash is dropped, said, and its marker can be claimed again`() async throws {
        _ = try await open().append([claim(1), claim(2)])
        let path = folder.path.appending("claims")
        let bytes = try OwnedDescriptor(opening: path, .readOnly).readToEnd(limit: 1 << 22)
        let end = (bytes.lastIndex { $0 != 0 } ?? 0) + 1
        try OwnedDescriptor(opening: path, .readWrite).write([UInt8](repeating: 0, count: 40), at: Int64(end - 40))
        let claims = try open()
        #expect(await claims.holds(identity(1)))
        #expect(await !claims.holds(identity(2)))
        #expect(await claims.notices.first?.contains("cut off") == true)
        #expect(try await claims.append([claim(2)]).first?.head.sequence == 2)
    }

    @Test func `a claim that is damaged after it was indexed is remembered as lost, and hinders nobody`() async throws {
        let before = try open()
        _ = try await before.append([
            claim(1, outcome: ended, run: "lost"), claim(2, at: "b.run", outcome: ended, run: "kept"),
        ])
        await before.rest()
        let key = { (name: String) in RunRules.key(ofRun: name, in: MarkerStory.experiment) }
        let claims = try open()
        try OwnedDescriptor(opening: folder.path.appending("claims"), .readWrite).write([0xFF], at: 40)
        let memory = try await claims.memory(of: place("a.run"), named: key("lost"))
        #expect(memory.closed == nil && memory.isClosedLost)
        #expect(memory.named == nil && memory.isNamedLost)
        let other = try await claims.memory(of: place("b.run"), named: key("kept"))
        #expect(other.closed?.facts.run == "kept" && !other.isClosedLost)
        #expect(other.named?.facts.run == "kept" && !other.isNamedLost)
        let new = try await claims.memory(of: place("c.run"), named: key("new"))
        #expect(!new.isClosedLost && !new.isNamedLost)
    }
}
