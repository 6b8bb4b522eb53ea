import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials

@testable import TrialAgent

@Suite struct ClaimIndexTests: ClaimGround {
    let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    func index(keeping rows: Int = ClaimIndex.rowsKept) throws -> ClaimIndex {
        let segments = try ClaimSegments(beside: folder.path.appending("claims")) { file throws(SystemCallError) in
            try file.synchronizeContent()
        }
        return ClaimIndex(segments, keeping: rows)
    }

    @Test func `two markers whose names are shown alike are two`() async throws {
        let names: [[CChar]] = [
            [-1] + "a.run".utf8.map { CChar(bitPattern: $0) } + [0],
            #"\xffa.run"#.utf8.map { CChar(bitPattern: $0) } + [0],
        ]
        let places = names.map { MarkerPlace(project: "/p", path: FilePath(platformString: $0)) }
        #expect(places[0].path.shown == places[1].path.shown)
        #expect(Fingerprint(places[0]) != Fingerprint(places[1]))
    }

    @Test func `the log keeps the newest closed run of a marker, whatever was found late of others`() throws {
        var index = try index()
        let heads = [claim(1, outcome: ended), claim(2, outcome: ended), claim(1, outcome: ended)].map(\.head)
        for (offset, head) in zip([0, 10, 20], heads) { index.take(head, at: offset) }
        let needed = try zip([0, 10, 20], heads).filter { offset, head in try index.needs(head.runs[0], at: offset) }
        #expect(needed.map(\.0) == [10])
    }

    @Test func `an open run is found by its place and by its version, wherever it moves, until it is closed`() throws {
        var index = try index()
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

    /// What was claimed, as plain dictionaries: what each question is to be answered with.
    struct Model {
        struct Closed {
            var offset: Int
            var began: Timestamp
        }

        var identities: [VersionIdentity] = []
        var standing: [MarkerPlace: VersionIdentity] = [:]
        var closed: [MarkerPlace: Closed] = [:]
        var named: [RunKey: Int] = [:]

        mutating func take(_ head: Claim.Head, at offset: Int) {
            guard let identity = head.identity, let place = head.place else { return }
            identities.append(identity)
            standing[place] = identity
            for run in head.runs where !run.isOpen {
                if let before = closed[run.place], before.began > run.began { continue }
                closed[run.place] = Closed(offset: offset, began: run.began)
            }
            for run in head.runs where !run.isOpen && run.facts.run != nil { named[run.key] = offset }
        }
    }

    /// A claim of a version, a run and a marker that may have been claimed before; it began before or after others of its marker.
    func randomHead(_ serial: Int, with random: inout some RandomNumberGenerator) -> Claim.Head {
        func number(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }
        let name = number(3) == 0 ? "own \(serial)" : "\(number(200))"
        let run = number(3) == 0 ? "run \(number(300))" : nil
        var head = closed(serial, at: name, run: run).head
        head.identity = VersionIdentity(stamp: identity(serial / 2).stamp, digest: "\(serial)")
        head.runs[0].seen = Timestamp(nanoseconds: number(1000))
        if number(8) == 0 { head.runs[0].outcome = nil }
        return head
    }

    func expect(_ index: ClaimIndex, _ model: Model, unclaimed: Int) throws {
        for identity in model.identities {
            #expect(try index.holds(identity) && index.holds(identity.stamp))
        }
        for (place, identity) in model.standing {
            #expect(try index.holds(digest: identity.digest, at: place) && !index.holds(digest: "other", at: place))
            #expect(
                try index.comparison(of: identity, at: place)
                    == ClaimIndex.Comparison(isSameFile: true, isSameContent: true))
            #expect(try index.closed(at: place) == model.closed[place]?.offset)
        }
        for run in (0..<300).map({ key("run \($0)") }) { #expect(try index.closed(named: run) == model.named[run]) }
        for serial in unclaimed..<(unclaimed + 300) {
            #expect(try !index.holds(identity(serial)) && !index.holds(identity(serial).stamp))
            #expect(try index.comparison(of: identity(serial), at: place("own \(serial)")) == nil)
            #expect(try index.closed(at: place("own \(serial)")) == nil)
        }
    }

    @Test(arguments: [40, 301, 1 << 14])
    func `whatever was claimed is known from memory and from files as plain tables know it`(_ rows: Int) throws {
        var index = try index(keeping: rows)
        var model = Model()
        var random = SystemRandomNumberGenerator()
        for serial in 0..<4000 {
            let head = randomHead(serial, with: &random)
            index.take(head, at: serial)
            model.take(head, at: serial)
            index.tidy(after: 1)
            #expect(index.recent.count <= rows + 5)
            // One for each doubling of what is in files, and those that wait for a merge to end.
            #expect(index.segments.list.count < 12)
            if serial == 700 { try expect(index, model, unclaimed: serial + 2) }
        }
        #expect(rows > 4 * 4000 || index.segments.list.count > 1)
        try expect(index, model, unclaimed: 4000)
    }

    @Test func `a closed run that is older than one of its marker in a file is not the newest`() throws {
        var index = try index(keeping: 1)
        for (serial, began) in [(1, 10), (2, 30), (3, 20), (4, 30), (5, 5)] {
            var head = closed(serial, at: "a").head
            head.runs[0].seen = Timestamp(nanoseconds: began)
            index.take(head, at: serial)
            index.tidy(after: serial % 2)
            #expect(try index.closed(at: place("a")) == [0, 1, 2, 2, 4, 4][serial])
        }
        for _ in 0..<4 { index.tidy(after: 1) }
        #expect(index.segments.list.count < 3)
        #expect(try index.closed(at: place("a")) == 4)
    }

    @Test func `while nothing can be written all stays in memory, and it is tried again now and then`() throws {
        let disk = FailingDisk()
        var tries = 0
        let synchronize: SpoolFiles.Synchronize = { file throws(SystemCallError) in try disk.synchronize(file) }
        var index = ClaimIndex(
            try ClaimSegments(beside: folder.path.appending("claims"), synchronizeContent: synchronize), keeping: 100)
        func claim(_ serials: Range<Int>) {
            for serial in serials {
                index.take(closed(serial, at: "\(serial)").head, at: serial)
                let before = disk.count
                index.tidy(after: 1)
                if disk.isFailing, disk.count > before { tries += 1 }
            }
        }
        claim(0..<200)
        disk.isFailing = true
        claim(200..<600)
        #expect((2...20).contains(tries))
        #expect(index.recent.count > 1000)
        disk.isFailing = false
        claim(600..<700)
        #expect(index.recent.count <= 104)
        for serial in 0..<700 { #expect(try index.closed(at: place("\(serial)")) == serial) }
    }
}
