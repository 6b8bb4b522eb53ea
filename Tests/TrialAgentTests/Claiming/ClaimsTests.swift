import Synchronization
import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials

@testable import TrialAgent

@Suite struct ClaimsTests: ClaimGround {
    let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    @Test func `what was claimed is known after a restart, and handed out until it is settled`() async throws {
        var claims = try open()
        let claimed = try await claims.append([claim(1), claim(2, at: "b.run", outcome: ended), claim(3, at: "c.run")])
        #expect(claimed.map(\.head.sequence) == [1, 2, 3])
        try await claims.settle([2])
        claims = try open()
        #expect(try await claims.holds(identity(1)))
        #expect(try await claims.holds(identity(2).stamp))
        #expect(try await !claims.holds(identity(4)))
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
        for number in [1, count] { #expect(try await reopened.holds(identity(number))) }
        #expect(try await reopened.memory(of: place("a.run"), named: nil).closed?.facts.note == "note \(count)")
    }

    @Test func `a compacted log that cannot be opened takes nobody's place, and no claim goes astray`() async throws {
        let fresh = folder.path.appending("claims.new")
        let spoiled = Atomic(0)
        let claims = try Claims(
            in: folder.path, on: BlockingExecutor("claims"), toleratingWaste: 1 << 14,
            synchronizeContent: { (file) throws(SystemCallError) in
                try file.synchronizeContent()
                guard spoiled.load(ordering: .relaxed) == 0, try FileStatus.ifPresent(fresh) != nil else { return }
                // A link is not opened.
                try FileSystem.remove(fresh)
                try FileSystem.makeSymbolicLink(at: fresh, to: "nowhere")
                spoiled.add(1, ordering: .relaxed)
            })
        var number = 0
        var isRefused = false
        while !isRefused, number < 1000 {
            number += 1
            let claimed = try await claims.append([claim(number, outcome: ended, note: "note \(number)")])
            do { try await claims.settle(claimed.map(\.head.sequence)) } catch { isRefused = true }
        }
        #expect(isRefused && spoiled.load(ordering: .relaxed) == 1)
        _ = try await claims.append([claim(number + 1, outcome: ended)])
        let reopened = try open()
        for number in [1, number, number + 1] { #expect(try await reopened.holds(identity(number))) }
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
            #expect(try await !claims.holds(identity(2)))
            #expect(await claims.open.isEmpty)
        }
        disk.isFailing = false
        #expect(try await claims.append([claim(2, at: "b.run")]).map(\.head.sequence) == [2])
        #expect(try await claims.memory(of: place("a.run"), named: nil).closed?.facts.note == "before")
        #expect(try await open().takeUnsettled().map(\.sequence) == [1, 2])
    }

    @Test func `a claim cut off by a crash is dropped, said, and its marker can be claimed again`() async throws {
        _ = try await open().append([claim(1), claim(2)])
        let path = folder.path.appending("claims")
        let bytes = try OwnedDescriptor(opening: path, .readOnly).readToEnd(limit: 1 << 22)
        let end = (bytes.lastIndex { $0 != 0 } ?? 0) + 1
        try OwnedDescriptor(opening: path, .readWrite).write([UInt8](repeating: 0, count: 40), at: Int64(end - 40))
        let claims = try open()
        #expect(try await claims.holds(identity(1)))
        #expect(try await !claims.holds(identity(2)))
        #expect(await claims.notices.first?.contains("cut off") == true)
        #expect(try await claims.append([claim(2)]).first?.head.sequence == 2)
    }
}
