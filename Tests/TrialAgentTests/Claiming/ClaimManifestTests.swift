import Bytes
import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials

@testable import TrialAgent

@Suite struct ClaimManifestTests: ClaimGround {
    let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

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
                #expect(try await claims.holds(identity(serial)))
                #expect(try await claims.holds(identity(serial).stamp))
            }
            #expect(try await !claims.holds(identity(7)))
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
        #expect(try await opened.holds(identity(1)))
        #expect(try await opened.holds(identity(2)) == (fault != "a shorter log"))
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

    /// Keeps few rows in memory.
    func openSmall(in state: FilePath? = nil) throws -> Claims {
        try Claims(in: state ?? folder.path, on: BlockingExecutor("test"), keeping: 40)
    }

    /// So many claims, each of a marker of its own, some of runs with a name.
    func fill(_ claims: Claims, _ serials: Range<Int>) async throws {
        for first in stride(from: serials.lowerBound, to: serials.upperBound, by: 20) {
            _ = try await claims.append(
                (first..<min(first + 20, serials.upperBound)).map {
                    closed($0, at: "\($0)", run: $0 % 4 == 0 ? "run \($0)" : nil)
                })
        }
    }

    func expectKnown(_ claims: Claims, _ serials: Range<Int>, _ comment: Comment? = nil) async throws {
        for serial in serials {
            let place = place("\(serial)")
            let isHeld = try await [claims.holds(identity(serial)), claims.holds(identity(serial).stamp)]
            #expect(isHeld == [true, true], comment)
            #expect(try await claims.comparison(of: identity(serial), at: place)?.isSameFile == true, comment)
            let memory = try await claims.memory(of: place, named: serial % 4 == 0 ? key("run \(serial)") : nil)
            #expect(memory.closed?.facts.note == "note \(serial)", comment)
            #expect(memory.named?.facts.note == (serial % 4 == 0 ? "note \(serial)" : nil), comment)
        }
        let end = serials.upperBound
        let isHeld = try await [claims.holds(identity(end)), claims.holds(identity(end).stamp)]
        #expect(isHeld == [false, false], comment)
    }

    @Test func `one start after another knows all, with few rows in memory, and so does one that reads the whole log`()
        async throws
    {
        for round in 0..<6 {
            let claims = try openSmall()
            try await expectKnown(claims, 0..<(round * 100))
            try await fill(claims, (round * 100)..<(round * 100 + 100))
            #expect(await claims.rows.inMemory < 40 + 5 * 20)
            if round != 3 { await claims.rest() }
        }
        try FileSystem.remove(folder.path.appending("claims.index"))
        let claims = try openSmall()
        #expect(await claims.rows.inMemory < 40 + 5)
        #expect(await claims.rows.inFiles > 1700)
        #expect(try segments().count < 12)
        try await expectKnown(claims, 0..<600)
    }

    @Test func `a log that is written anew has a new index`() async throws {
        let claims = try Claims(in: folder.path, on: BlockingExecutor("test"), toleratingWaste: 1 << 14, keeping: 40)
        try await fill(claims, 0..<100)
        await claims.rest()
        for round in 0..<200 {
            let claimed = try await claims.append([claim(1000 + round, at: "x", outcome: ended)])
            try await claims.settle(claimed.map(\.head.sequence))
        }
        #expect(await claims.rows.inMemory < 60)
        try await expectKnown(claims, 0..<100)
        await claims.rest()
        try await expectKnown(try openSmall(), 0..<100)
    }

    @Test(arguments: ["a byte", "shorter", "gone", "a stray", "of before"])
    func `whatever is wrong with the index, the log is read, and what is of no index is removed`(
        _ fault: String
    ) async throws {
        do {
            let claims = try openSmall()
            try await fill(claims, 0..<200)
            await claims.rest()
        }
        let path = try #require(try segments().first)
        let before = try segments()
        switch fault {
        case "a byte": try OwnedDescriptor(opening: path, .readWrite).write([0xFF, 0xEE], at: 33)
        case "shorter": try OwnedDescriptor(opening: path, .readWrite).truncate(to: 100)
        case "gone": try FileSystem.remove(path)
        case "a stray": try folder.file("claims.index.7777", "x")
        default:
            // The digest of a file of format 2, and no more than its head.
            let text =
                #"{"format": 2, "log": 1, "end": 1, "lastOffset": 0, "lastChecksum": [], "live": {}, "wiped": 0}"#
            let head = Array(text.utf8)
            var content: [UInt8] = []
            content.append(fixed: Int64(head.count))
            content += head
            try DurableFile.write(SHA256.digest(of: content).bytes + content, to: folder.path.appending("claims.index"))
        }
        let claims = try openSmall()
        #expect(await claims.rows.inMemory < 45)
        #expect(try Set(segments()).isDisjoint(with: before) == (fault != "a stray"))
        #expect(try !segments().contains(folder.path.appending("claims.index.7777")))
        try await expectKnown(claims, 0..<200)
    }

    @Test func `what cannot be looked up is not taken for unknown, and is known when it can be`() async throws {
        let claims = try openSmall()
        try await fill(claims, 0..<200)
        let files = try segments().map { (path: $0, bytes: try $0.content()) }
        for file in files { try OwnedDescriptor(opening: file.path, .readWrite).truncate(to: 0) }
        let questions: [(Claims) async throws -> Void] = [
            { _ = try await $0.holds(self.identity(0)) }, { _ = try await $0.holds(self.identity(0).stamp) },
            { _ = try await $0.holds(digest: "d", at: self.place("0")) },
            { _ = try await $0.comparison(of: self.identity(0), at: self.place("0")) },
            { _ = try await $0.memory(of: self.place("0"), named: nil) },
            { _ = try await $0.memory(of: self.place("new"), named: self.key("run 0")) },
        ]
        for question in questions {
            let error = await #expect(throws: AgentError.self) { try await question(claims) }
            #expect(error?.isTransient == true)
        }
        for file in files { try OwnedDescriptor(opening: file.path, .readWrite).write(file.bytes) }
        try await expectKnown(claims, 0..<200)
    }

    /// A folder as it is now, by names: its files are given second names in another one.
    func photograph(_ name: String) throws -> FilePath {
        let photograph = folder.path.appending(name)
        try FileSystem.makeDirectory(photograph)
        for entry in try FileSystem.entries(of: folder.path) where entry.kind == .regular {
            try FileSystem.link(folder.path.appending(entry.name), to: photograph.appending(entry.name))
        }
        return photograph
    }

    func names(in folder: FilePath) throws -> Set<String> {
        Set(try FileSystem.entries(of: folder).map(\.name.string))
    }

    @Test func `killed between any two steps of writing its index, the agent knows all, and leaves nothing behind`()
        async throws
    {
        let claims = try openSmall()
        var before = try photograph("0")
        var looks = 0
        for round in 1...12 {
            try await fill(claims, ((round - 1) * 10)..<(round * 10))
            if round % 3 == 0 { await claims.rest() }
            let after = try photograph("\(round)")
            let (old, new) = (try names(in: before), try names(in: after))
            // New segments come before the manifest that names them, and that before old ones go.
            var steps: [(names: [(FilePath, String)], cut: String?)] = []
            let made = new.subtracting(old).filter { $0.hasPrefix("claims.index.") }.sorted()
            for count in 0..<made.count {
                steps.append((old.map { (before, $0) } + made.prefix(count + 1).map { (after, $0) }, made[count]))
            }
            steps.append((old.map { (before, $0) } + made.map { (after, $0) }, nil))
            let gone = old.subtracting(new).sorted()
            for count in 0...gone.count {
                steps.append((new.map { (after, $0) } + gone.dropFirst(count).map { (before, $0) }, nil))
            }
            for step in steps {
                let state = folder.path.appending("killed")
                try FileSystem.makeDirectory(state)
                for (folder, name) in step.names {
                    try FileSystem.link(folder.appending(name), to: state.appending(name))
                }
                try DurableFile.write([1, 2, 3], to: state.appending("claims.index.99"))
                if let cut = step.cut {
                    let bytes = try state.appending(cut).content()
                    try DurableFile.write(Array(bytes.prefix(bytes.count / 2)), to: state.appending(cut))
                }
                let restarted = try openSmall(in: state)
                looks += 1
                try await expectKnown(restarted, 0..<(round * 10), "round \(round), \(step)")
                await restarted.rest()
                try await expectKnown(try openSmall(in: state), 0..<(round * 10), "round \(round), \(step)")
                #expect(try !names(in: state).contains("claims.index.99"))
                try FileSystem.removeTree(state)
            }
            before = after
        }
        #expect(looks > 30)
    }
}
