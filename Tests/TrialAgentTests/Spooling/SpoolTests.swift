import Dispatch
import Synchronization
import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials

@testable import TrialAgent

@Suite struct `The spool` {
    let directory: TemporaryDirectory
    var state: FilePath { directory.path }
    var new: FilePath { state.appending("spool/new") }
    var aside: FilePath { state.appending("spool/aside") }
    var quarantine: FilePath { state.appending("spool/quarantine") }

    init() throws { directory = try TemporaryDirectory() }

    @Test func `gives entries in the order of their claims, to their store alone, and after another start, too`()
        async throws
    {
        let spooled = try [entry(3, "c"), entry(1, "a"), entry(2, "b", for: "lab"), entry(4, "d")]
        do {
            let spool = try Spool(in: state)
            try await spool.append(spooled)
            #expect(try await spool.everything().map(\.sequence) == [1, 3, 4])
        }
        let spool = try Spool(in: state)
        #expect(try await spool.everything() == [spooled[1], spooled[0], spooled[3]])
        #expect(try await spool.everything(for: "lab") == [spooled[2]])
        #expect(spool.counts == ["here": SpoolCounts(waiting: 3), "lab": SpoolCounts(waiting: 1)])
        #expect(spool.notices.isEmpty)
    }

    @Test func `gives what waits for one store, and what it refused, to another, after another start, too`()
        async throws
    {
        let (waiting, refused, later) = (try entry(1, "a"), try entry(2, "b"), try entry(3, "b", revision: 2))
        do {
            let spool = try Spool(in: state)
            try await spool.append([waiting, refused, later])
            #expect(await spool.setAside(refused.name, of: "here", reason: "no") == nil)
            #expect(try await spool.move(from: "here", to: "here", onlyRefused: false) == 0)
            #expect(try await spool.move(from: "here", to: "lab", onlyRefused: false) == 3)
            #expect(spool.counts == ["here": SpoolCounts(), "lab": SpoolCounts(waiting: 3)])
        }
        let spool = try Spool(in: state)
        #expect(
            try await spool.everything(for: "lab", limit: 1) == [waiting, refused, later].map { $0.moved(to: "lab") })
        #expect(try await spool.everything().isEmpty)
        #expect(try aside.names().isEmpty)
        #expect(spool.counts == ["lab": SpoolCounts(waiting: 3)])
    }

    @Test(arguments: [false, true])
    func `keeps what could not be given to another where it was`(isRefused: Bool) async throws {
        let entry = try entry(1, "a")
        let disk = FailingDisk()
        let spool = try Spool(in: state, synchronizeContent: disk.synchronize)
        try await spool.append([entry])
        if isRefused { #expect(await spool.setAside(entry.name, of: "here", reason: "no") == nil) }
        let counts = isRefused ? SpoolCounts(setAside: 1) : SpoolCounts(waiting: 1)
        disk.isFailing = true
        await #expect(throws: AgentError.self) {
            try await spool.move(from: "here", to: "lab", onlyRefused: false)
        }
        disk.isFailing = false
        #expect(spool.counts["here"] == counts)
        #expect(try await spool.everything() == (isRefused ? [] : [entry]))
        #expect(try Spool(in: state).counts == ["here": counts])
        #expect(try await spool.move(from: "here", to: "lab", onlyRefused: false) == 1)
        #expect(try await spool.everything(for: "lab") == [entry.moved(to: "lab")])
    }

    @Test func `gives only what was refused to another while the store is filed to`() async throws {
        let spool = try Spool(in: state)
        let (waiting, refused) = (try entry(1, "a"), try entry(2, "b"))
        try await spool.append([waiting, refused])
        #expect(await spool.setAside(refused.name, of: "here", reason: "no") == nil)
        #expect(try await spool.move(from: "here", to: "lab", onlyRefused: true) == 1)
        #expect(try await spool.everything() == [waiting])
        #expect(try await spool.everything(for: "lab") == [refused.moved(to: "lab")])
        #expect(try await spool.retry("here") == 0)
    }

    @Test func `is open to nobody but its owner`() async throws {
        let spool = try Spool(in: state)
        try await spool.append([entry(1, "a")])
        for folder in ["spool", "spool/new", "spool/aside", "spool/quarantine", "spool/tmp"] {
            #expect(try FileStatus(of: state.appending(folder)).permissions.rawValue == 0o700)
        }
        let name = try #require(new.names().first)
        #expect(try FileStatus(of: new.appending(name)).permissions.rawValue == 0o600)
    }

    @Test func `holds an entry once that is spooled again after a crash`() async throws {
        let entry = try entry(1, "a")
        do {
            let spool = try Spool(in: state)
            try await spool.append([entry])
            try await spool.append([entry, entry])
            #expect(spool.counts["here"]?.waiting == 1)
        }
        let spool = try Spool(in: state)
        try await spool.append([entry])
        #expect(try await spool.everything() == [entry])
        try await spool.remove([entry.name], of: "here")
        #expect(try new.names().isEmpty)
        #expect(try await spool.everything().isEmpty)
    }

    @Test func `sweeps what a crash left in the writing`() async throws {
        let entry = try entry(1, "a")
        do {
            let spool = try Spool(in: state)
            try await spool.append([entry])
        }
        let leftover = state.appending("spool/tmp").appending(try TrialAgentTests.entry(2, "b").name.description)
        try leftover.overwrite(Array("half".utf8))
        let spool = try Spool(in: state)
        #expect(try state.appending("spool/tmp").names().isEmpty)
        #expect(try await spool.everything() == [entry])
    }

    @Test func `keeps a batch within the store's capacity, but gives a single entry that exceeds it`() async throws {
        let spool = try Spool(in: state)
        try await spool.append(entries(1...10))
        let size = try EntryFile.manifest(
            in: EntryFile.bytes(of: entry(1, "run 1")), named: entry(1, "run 1").name
        ).contentBytes
        func count(_ trials: Int, _ bytes: Int) async throws -> Int {
            try await spool.pending(for: "here", limit: FilingCapacity(trials: trials, bytes: bytes)).entries.count
        }
        #expect(try await count(4, 1 << 20) == 4)
        #expect(try await count(100, 3 * size + size / 2) == 3)
        #expect(try await count(100, 1) == 1)
        #expect(try await count(0, 0) == 1)
    }

    @Test func `gives one entry a run in a batch, and passes none over for good`() async throws {
        let spool = try Spool(in: state)
        var spooled: [SpoolEntry] = []
        for sequence in 1...12 {
            let run = ["a", "b", "c"][sequence % 3]
            spooled.append(try entry(sequence, run, revision: (sequence + 2) / 3))
        }
        try await spool.append(spooled)
        var filed: [SpoolEntry] = []
        var place: EntryName?
        while case let batch = try await spool.pending(
            for: "here", after: place, limit: FilingCapacity(trials: 5, bytes: 1 << 20)), !batch.entries.isEmpty
        {
            #expect(Set(batch.entries.map(\.filing.key)).count == batch.entries.count)
            try await spool.remove(batch.entries.map(\.name), of: "here")
            filed += batch.entries
            place = batch.end
        }
        #expect(filed.sorted { $0.name < $1.name } == spooled)
        for run in ["a", "b", "c"] {
            let key = try runKey(run)
            #expect(filed.filter { $0.filing.key == key }.map(\.filing.revision.number) == [1, 2, 3, 4])
        }
    }

    @Test func `keeps for each entry its own capture, without the secrets in it, however many share one`() async throws
    {
        func entry(_ sequence: Int, _ text: String?) throws -> SpoolEntry {
            var filing = try filing("run \(sequence)")
            if let text {
                var capture = TrialCapture(began: Timestamp(nanoseconds: 1), agent: "0")
                capture.problems = [text]
                filing.capture = capture
            }
            return SpoolEntry(sequence: sequence, backend: "here", filing: filing)
        }
        let secret = "ghp_" + String(repeating: "a1B2", count: 9)
        let texts = ["one", "one", nil, "two", "one", "cloning \(secret)", "cloning \(secret)", nil, "one"]
        // Several writers take turns with them.
        let given = (0..<10).flatMap { _ in texts }
        let spool = try Spool(in: state)
        try await spool.append(given.enumerated().map { try entry($0 + 1, $1) })
        let read = try await spool.everything().map(\.filing)
        #expect(read.count == given.count)
        for (text, filing) in zip(given, read) {
            let isSecret = text?.contains(secret) == true
            #expect(filing.capture?.problems == text.map { [isSecret ? "cloning «scrubbed:github»" : $0] })
            // Each trial says so, whoever else has the same capture.
            #expect(filing.facts.problems.count { $0.contains("1 × github") } == (isSecret ? 1 : 0))
        }
    }

    @Test func `gives no entry of a run that has one under way, and comes back to it`() async throws {
        let spool = try Spool(in: state)
        try await spool.append([entry(1, "a"), entry(2, "b"), entry(3, "a", revision: 2), entry(4, "c")])
        let limit = FilingCapacity(trials: 2, bytes: 1 << 20)
        let first = try await spool.pending(for: "here", limit: limit)
        #expect(first.entries.map(\.sequence) == [1, 2])
        #expect(first.isFull)
        let runs = Set(first.entries.map(\.name.run))
        let second = try await spool.pending(for: "here", after: first.end, underWay: runs, limit: limit)
        #expect(second.entries.map(\.sequence) == [4])
        #expect(!second.isFull)
        try await spool.remove((first.entries + second.entries).map(\.name), of: "here")
        let third = try await spool.pending(for: "here", after: second.end, limit: limit)
        #expect(third.entries.map(\.sequence) == [3])
    }

    @Test func `puts a damaged entry into quarantine with the reason and gives the others`() async throws {
        let spool = try Spool(in: state)
        try await spool.append(entries(1...3))
        let bad = new.appending(try entry(2, "run 2").name.description)
        var bytes = try bad.content()
        bytes[bytes.count - 1] ^= 1
        try bad.overwrite(bytes)
        let batch = try await spool.pending(for: "here", limit: FilingCapacity(trials: 10, bytes: 1 << 20))
        #expect(batch.entries.map(\.sequence) == [1, 3])
        #expect(batch.notices.count == 1)
        #expect(batch.notices.first?.contains("the payload is not what was written") == true)
        #expect(spool.counts["here"]?.waiting == 2)
        #expect(spool.quarantined == 1)
        let name = try entry(2, "run 2").name.description
        #expect(try quarantine.names() == [name, name + ".reason.txt"])
        #expect(try quarantine.appending(name).content() == bytes)
        #expect(try Spool(in: state).quarantined == 1)
    }

    @Test func `puts what is no entry, or has no readable manifest, into quarantine when it opens`() async throws {
        do {
            let spool = try Spool(in: state)
            try await spool.append(entries(1...2))
        }
        try new.appending("notes.txt").overwrite([1, 2, 3])
        try new.appending(try entry(1, "run 1").name.description).overwrite([])
        try makePipe(new.appending(try entry(9, "pipe").name.description))
        let spool = try Spool(in: state)
        #expect(spool.notices.count == 3)
        #expect(spool.quarantined == 3)
        #expect(try await spool.everything().map(\.sequence) == [2])
    }

    @Test func `says so when an entry was removed by somebody else`() async throws {
        let spool = try Spool(in: state)
        try await spool.append(entries(1...2))
        try FileSystem.remove(new.appending(try entry(1, "run 1").name.description))
        let batch = try await spool.pending(for: "here", limit: FilingCapacity(trials: 10, bytes: 1 << 20))
        #expect(batch.entries.map(\.sequence) == [2])
        #expect(batch.notices.count == 1)
    }

    @Test func `sets aside a refused entry and all that comes of its run, until it is to be tried again`() async throws
    {
        let refused = try entry(1, "a")
        do {
            let spool = try Spool(in: state)
            try await spool.append([refused, entry(2, "b"), entry(3, "a", revision: 2)])
            #expect(await spool.setAside(refused.name, of: "here", reason: "too large") == nil)
            #expect(try await spool.everything().map(\.sequence) == [2])
            #expect(spool.counts["here"] == SpoolCounts(waiting: 1, setAside: 2))
        }
        let reason = try aside.appending(refused.name.description + ".reason.txt").content()
        #expect(String(decoding: reason, as: UTF8.self) == "too large\n")
        let spool = try Spool(in: state)
        try await spool.append([entry(4, "a", revision: 3), entry(5, "c")])
        #expect(try await spool.everything().map(\.sequence) == [2, 5])
        #expect(spool.counts["here"] == SpoolCounts(waiting: 2, setAside: 3))
        try await spool.retry("here")
        #expect(try await spool.everything(limit: 1).map(\.sequence) == [1, 2, 3, 4, 5])
        #expect(spool.counts["here"] == SpoolCounts(waiting: 5, setAside: 0))
        #expect(try aside.names().isEmpty)
    }

    @Test func `writes a copy anew, once, when it cannot be brought to the device`() async throws {
        let failures = Failures(first: 1, .ioError)
        let spool = try Spool(in: state, synchronizeContent: failures.synchronize)
        try await spool.append([entry(1, "a")])
        #expect(failures.inodes.count == 2)
        #expect(try await spool.everything() == [entry(1, "a")])
    }

    @Test(arguments: [(Errno.ioError, false), (.noSpace, true), (.diskQuotaExceeded, true)])
    func `spools nothing when that fails again, and says whether it will pass`(errno: Errno, isTransient: Bool)
        async throws
    {
        // Of an entry two copies are written, and two more in the room that is kept for a full disk.
        let failures = Failures(first: isTransient ? 4 : 2, errno)
        let spool = try Spool(in: state, synchronizeContent: failures.synchronize)
        let error = await #expect(throws: AgentError.self) { try await spool.append([entry(1, "a")]) }
        #expect(error?.isTransient == isTransient)
        #expect((error?.remedy != nil) == isTransient)
        #expect(try await spool.everything().isEmpty)
        #expect(try new.names().isEmpty)
        #expect(try state.appending("spool/tmp").names().isEmpty)
        try await spool.append([entry(1, "a")])
        #expect(try await spool.everything() == [entry(1, "a")])
    }

    @Test func `when the disk is full it uses the room that is kept, which is there again before more is begun`()
        async throws
    {
        // Of an entry two copies are written.
        let failures = Failures(first: 2, .noSpace)
        let spool = try Spool(in: state, synchronizeContent: failures.synchronize)
        let ballast = (0..<4).map { state.appending("spool/ballast.\($0)") }
        let kept = { try ballast.map { try FileStatus.ifPresent($0)?.allocated ?? 0 } }
        #expect(try kept() == [1 << 16, 1 << 16, 1 << 16, 1 << 16])
        try await spool.checkRoom()
        try await spool.append([entry(1, "a")])
        #expect(try kept() == [0, 0, 0, 0])
        try await spool.checkRoom()
        #expect(try kept() == [1 << 16, 1 << 16, 1 << 16, 1 << 16])
        #expect(try await spool.everything() == [entry(1, "a")])
    }

    @Test func `keeps the room that was given up for entries until they are written`() async throws {
        let failures = Failures(first: 2, .noSpace)
        let (reached, isReached) = AsyncStream.makeStream(of: Void.self)
        let gate = DispatchSemaphore(value: 0)
        let spool = try Spool(in: state) { (file) throws(SystemCallError) in
            try failures.synchronize(file)
            // The first of the copies that are written in that room.
            isReached.yield()
            gate.wait()
        }
        async let spooled: Void = spool.append([entry(1, "a")])
        for await _ in reached { break }
        await #expect(throws: AgentError.self) { try await spool.checkRoom() }
        #expect(try FileStatus.ifPresent(state.appending("spool/ballast.0")) == nil)
        gate.signal()
        try await spooled
        try await spool.checkRoom()
        #expect(try FileStatus.ifPresent(state.appending("spool/ballast.0")) != nil)
    }

    @Test func `takes and gives thousands of entries, batch by batch`() async throws {
        let none: SpoolFiles.Synchronize = { (_: borrowing OwnedDescriptor) in }
        do {
            let spool = try Spool(in: state, synchronizeContent: none)
            for start in stride(from: 1, through: 2000, by: 500) {
                try await spool.append(entries(start...(start + 499)))
            }
        }
        let spool = try Spool(in: state, synchronizeContent: none)
        #expect(spool.counts["here"]?.waiting == 2000)
        var next = 1
        while case let batch = try await spool.pending(
            for: "here", limit: FilingCapacity(trials: 500, bytes: 1 << 24)), !batch.entries.isEmpty
        {
            #expect(batch.entries.map(\.sequence) == Array(next..<(next + 500)))
            next += 500
            try await spool.remove(batch.entries.map(\.name), of: "here")
        }
        #expect(next == 2001)
        #expect(spool.counts["here"]?.waiting == 0)
    }
}

/// A device that fails at first; it remembers which files it was asked for.
private final class Failures: Sendable {
    private struct State {
        var left: Int
        var inodes: [UInt64] = []
    }

    private let errno: Errno
    private let state: Mutex<State>

    init(first count: Int, _ errno: Errno) {
        self.errno = errno
        state = Mutex(State(left: count))
    }

    var inodes: [UInt64] { state.withLock { $0.inodes } }

    var synchronize: SpoolFiles.Synchronize {
        { (file) throws(SystemCallError) in
            let inode = try file.status().inode
            let fails = self.state.withLock { state in
                state.inodes.append(inode)
                state.left -= 1
                return state.left >= 0
            }
            if fails { throw SystemCallError(call: "fdatasync", subject: nil, errno: self.errno) }
            try file.synchronizeContent()
        }
    }
}
