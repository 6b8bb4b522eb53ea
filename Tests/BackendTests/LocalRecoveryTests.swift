import BackendTesting
import LocalBackend
import SystemCalls
import SystemPackage
import Testing
import Trials

/// What local files outlive.
@Suite struct LocalRecoveryTests {
    let store: LocalStore
    init() throws { store = try LocalStore() }

    private func filed(_ numbers: ClosedRange<Int>) async throws {
        let backend = store.backend()
        _ = try await backend.prepare()
        for number in numbers { for filing in FiledInSteps(number).filings { _ = try await backend.file([filing]) } }
        try await backend.synchronize()
    }

    private func append(_ text: String) throws {
        try OwnedDescriptor(opening: store.journal, .writeOnly, options: .append).write(Array(text.utf8))
    }

    @Test(arguments: ["{\"event\":\"opened\",\"tri", "\u{0}\u{0}\u{0}", "{\"event\":\"opened\"}\n{\"half"])
    func `a torn tail is cut at the next open, and said`(_ tail: String) async throws {
        try await filed(1...2)
        let whole = try store.bytes(store.journal)
        try append(tail)
        let backend = store.backend()
        let readiness = try await backend.prepare()
        #expect(readiness.notices.contains { $0.text.contains("cut off") })
        #expect(try store.bytes(store.journal) == whole)
        #expect(try await backend.prepare().notices == [])
        for number in 1...2 { try await expectWhole(FiledInSteps(number), number, in: backend) }
    }

    @Test func `a line that is damaged in the middle is passed over and said, and nothing after it is lost`()
        async throws
    {
        try await filed(1...2)
        try FileSystem.removeTree(store.folder.appending("trialwatch").appending("index"))
        try FileSystem.makeDirectory(store.folder.appending("trialwatch").appending("index"))
        var bytes = try store.bytes(store.journal)
        let lines = try store.lines()
        // The line that closes trial 1.
        let place = try #require(lines.firstIndex { $0.starts(with: "{\"event\":\"closed\",\"trial\":1,".utf8) })
        let offset = lines[..<place].reduce(0) { $0 + $1.count + 1 }
        bytes[offset + 40] ^= 1
        try OwnedDescriptor(opening: store.journal, .writeOnly).write(bytes, at: 0)
        let backend = store.backend()
        #expect(try await backend.prepare().notices.contains { $0.text.contains("passed over") })
        #expect(try await backend.trial(SampleRun(1).reference(1))?.state == .running)
        try await expectWhole(FiledInSteps(2), 2, in: backend)
    }

    @Test(arguments: ["rows", "lookup", "points", "entries", "names"], [true, false])
    func `an index that lost a file is built anew`(_ name: String, headerToo: Bool) async throws {
        try await filed(1...3)
        let index = store.folder.appending("trialwatch").appending("index")
        let file = try OwnedDescriptor(opening: index.appending(name), .readWrite)
        if headerToo { try OwnedDescriptor(opening: index.appending("rows"), .readWrite).write([0xFF, 0xFF], at: 100) }
        try file.truncate(to: file.status().size / 2)
        let backend = store.backend()
        _ = try await backend.prepare()
        for number in 1...3 { try await expectWhole(FiledInSteps(number), number, in: backend) }
        #expect(try await backend.file([FiledInSteps(2).filings[2]]).map(\.number) == [2])
        #expect(try await backend.file([SampleRun(4).filing()]).map(\.number) == [4])
        try await backend.synchronize()
    }

    @Test func `after a power failure the index is trusted only if it was brought to the disk`() async throws {
        try await filed(1...1)
        let backend = store.backend()
        _ = try await backend.file([SampleRun(2).filing()])
        // A row that never reached the disk, as a power failure leaves it; the header did.
        let rows = store.folder.appending("trialwatch").appending("index").appending("rows")
        let file = try OwnedDescriptor(opening: rows, .readWrite)
        let size = try file.status().size
        try file.truncate(to: size - 128)
        try file.truncate(to: size)
        let after = store.backend(boot: "another")
        _ = try await after.prepare()
        #expect(try await after.trial(SampleRun(2).reference(2))?.key == SampleRun(2).key)
        try await expectWhole(FiledInSteps(1), 1, in: after)
    }

    @Test func `an index that is built anew as another machine wrote it serves that one, too`() async throws {
        let (filer, other) = (store.backend(), store.backend(boot: "another"))
        for number in 1...2 { for filing in FiledInSteps(number).filings { _ = try await filer.file([filing]) } }
        #expect(try await other.trial(SampleRun(2).reference(2))?.key == SampleRun(2).key)
        // Building it anew puts back what is missing.
        let file = try #require(store.files(of: 1).first)
        try FileSystem.remove(file)
        #expect(try await filer.trial(SampleRun(2).reference(2))?.key == SampleRun(2).key)
        #expect(try await filer.file([SampleRun(3).filing()]).map(\.number) == [3])
        #expect(try store.missingFiles(of: [1, 2]) == [file])
    }

    @Test func `files of the layout that are gone are written again, and said`() async throws {
        try await filed(1...3)
        for path in store.files(of: 2) { try FileSystem.remove(path) }
        try FileSystem.remove(store.files(of: 3)[0])
        let readiness = try await store.backend().prepare()
        #expect(readiness.notices.map(\.text).contains { $0.contains("files of 2 trials") })
        #expect(try store.missingFiles(of: [1, 2, 3]) == [])
    }

    @Test func `the pickle is written again when it is gone`() async throws {
        try await filed(1...2)
        let before = try store.bytes(store.pickle)
        try FileSystem.remove(store.pickle)
        let backend = store.backend()
        _ = try await backend.file([SampleRun(9).filing()])
        try await backend.synchronize()
        #expect(try store.bytes(store.pickle).count > before.count)
    }

    /// Not daskperiment's, and cut short.
    @Test(arguments: [0, 1])
    func `a pickle that cannot be read is kept aside, said, and written anew with all trials`(_ change: Int)
        async throws
    {
        try await filed(1...2)
        let whole = try store.bytes(store.pickle)
        let bytes = change == 0 ? Array("\u{80}\u{4}N.".utf8) : Array(whole.prefix(whole.count / 2))
        try OwnedDescriptor(opening: store.pickle, .writeOnly, options: .truncate).write(bytes)
        let backend = store.backend()
        guard case .done(let reference, _, let notices)? = try await backend.file([SampleRun(3).filing()]).first else {
            Issue.record("it was not filed")
            return
        }
        #expect(reference.number == 3)
        #expect(notices.contains { $0.text.contains(".damaged-") })
        let entries = try FileSystem.entries(of: store.folder).map(\.name)
        let aside = try #require(entries.first { $0.string.contains(".damaged-") })
        #expect(try store.bytes(store.folder.appending(aside)) == bytes)
        try await backend.synchronize()
        #expect(try store.bytes(store.pickle).count > whole.count)
        #expect(try await backend.trial(SampleRun(1).reference(2)) != nil)
    }

    @Test func `of two damaged pickles of one moment both are kept`() async throws {
        try await filed(1...2)
        let backend = store.backend()
        for count in 1...2 {
            let file = try OwnedDescriptor(opening: store.pickle, .writeOnly, options: .truncate)
            try file.write(Array("\u{80}\u{4}N.".utf8))
            try file.close()
            _ = try await backend.reconcile(SampleRun(1).experiment)
            let entries = try FileSystem.entries(of: store.folder).filter { $0.name.string.contains(".damaged-") }
            #expect(entries.count == count)
        }
    }

    @Test func `a pickle of ours that was copied back is still ours`() async throws {
        try await filed(1...2)
        let bytes = try store.bytes(store.pickle)
        try FileSystem.remove(store.pickle)
        try OwnedDescriptor(opening: store.pickle, .writeOnly, options: .create).write(bytes)
        #expect(try await store.backend().file([SampleRun(3).filing()]).map(\.number) == [3])
    }

    @Test func `a deleted trial leaves nothing of itself behind`() async throws {
        try await filed(1...2)
        let backend = store.backend()
        var run = SampleRun(3)
        run.facts.note = "a secret that has to go"
        run.capture = SampleRun.wholeCapture()
        run.capture?.environment[.conda] = .text(String(repeating: "only here ", count: 50))
        _ = try await backend.file([run.filing()])
        try await backend.delete([run.reference(3)])
        for path in [store.journal, store.pickle] {
            let text = String(decoding: try store.bytes(path), as: UTF8.self)
            #expect(!text.contains("a secret") && !text.contains("only here"))
        }
        #expect(try store.missingFiles(of: [3]).count == store.files(of: 3).count)
        #expect(try store.missingFiles(of: [1, 2]) == [])
    }

    @Test func `a process that stopped with the lock in its hand keeps nobody waiting for ever`() async throws {
        try await filed(1...1)
        let backend = store.backend(patience: .milliseconds(20))
        let lock = store.folder.appending("trialwatch").appending("lock")
        do {
            let stopped = try OwnedDescriptor(opening: lock, .readOnly)
            try stopped.lock(.exclusive)
            let error = await #expect(throws: StoreError.self) { _ = try await backend.file([SampleRun(2).filing()]) }
            #expect(error?.isTransient == true && error?.remedy?.contains("fuser") == true)
        }
        #expect(try await backend.file([SampleRun(2).filing()]).map(\.number) == [2])
    }

    @Test func `an experiment whose directory was removed begins anew`() async throws {
        try await filed(1...2)
        let backend = store.backend()
        #expect(try await backend.trial(SampleRun(1).reference(2)) != nil)
        try FileSystem.removeTree(store.folder)
        #expect(try await backend.trial(SampleRun(1).reference(2)) == nil)
        #expect(try await backend.file([SampleRun(3).filing()]).map(\.number) == [1])
    }

    @Test func `a store that another process wrote anew is read anew`() async throws {
        try await filed(1...3)
        let one = store.backend()
        #expect(try await one.trial(SampleRun(1).reference(3)) != nil)
        try await store.backend().delete([SampleRun(1).reference(1)])
        #expect(try await one.trial(SampleRun(1).reference(1)) == nil)
        try await expectWhole(FiledInSteps(3), 3, in: one)
        #expect(try await one.file([SampleRun(4).filing()]).map(\.number) == [4])
    }

    @Test func `lagging pickles are written while the store is kept current, and when that ends`() async throws {
        let backend = store.backend()
        let keeping = Task { await backend.keepCurrent(within: .milliseconds(10)) }
        _ = try await backend.file([SampleRun(1).filing()])
        while try FileStatus.ifPresent(store.pickle) == nil { await Task.yield() }
        keeping.cancel()
        await keeping.value
        let before = try store.bytes(store.pickle)
        let last = Task { await backend.keepCurrent(within: .seconds(3600)) }
        _ = try await backend.file([SampleRun(2).filing()])
        last.cancel()
        await last.value
        #expect(try store.bytes(store.pickle) != before)
    }
}
