import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials

@testable import TrialAgent

@Suite struct MarkerReaderTests {
    let folder: TemporaryDirectory
    let reader = MarkerReader(owners: [User.currentIdentifier])

    init() throws { folder = try TemporaryDirectory() }

    func read(_ name: String, asking: Bool = false) throws -> MarkerReader.Reading {
        try reader.read(
            MarkerPlace(project: folder.path, path: FilePath(name)), below: OwnedDescriptor(directory: folder.path),
            askingForWriters: asking)
    }

    func refusal(_ name: String) throws -> String? {
        if case .refused(let reason) = try read(name) { reason } else { nil }
    }

    func content(_ name: String) throws -> MarkerContent? {
        if case .content(let content) = try read(name) { content } else { nil }
    }

    @Test func `a regular file is read with its identity`() throws {
        try folder.file("a.run", "a: 1")
        let content = try #require(try content("a.run"))
        #expect(String(decoding: content.bytes, as: UTF8.self) == "a: 1")
        #expect(try self.content("a.run")?.identity == content.identity)
    }

    @Test func `the same bytes written again are another version`() throws {
        try folder.file("a.run", "a: 1")
        let first = try #require(try content("a.run"))
        try folder.file("new", "a: 1")
        try FileSystem.rename(folder.path.appending("new"), to: folder.path.appending("a.run"))
        let second = try #require(try content("a.run"))
        #expect(first.identity != second.identity)
        #expect(first.identity.digest == second.identity.digest)
    }

    @Test func `a hard link is the same version`() throws {
        try folder.file("a.run", "a: 1")
        try FileSystem.link(folder.path.appending("a.run"), to: folder.path.appending("b.run"))
        #expect(try content("a.run")?.identity == content("b.run")?.identity)
    }

    @Test func `a file that is written to is left to its CLOSE_WRITE`() throws {
        let file = try OwnedDescriptor(opening: folder.path.appending("a.run"), .writeOnly, options: .create)
        try file.write(Array("half".utf8))
        guard case .beingWritten = try read("a.run", asking: true) else {
            Issue.record("it was read while it was open for writing")
            return
        }
        try file.close()
        guard case .content = try read("a.run", asking: true) else {
            Issue.record("it was not read after it was closed")
            return
        }
    }

    @Test func `what is no readable regular file is refused at once, and never blocked on`() throws {
        try makePipe(folder.path.appending("fifo.run"))
        try FileSystem.makeSymbolicLink(at: folder.path.appending("link.run"), to: "/etc/hostname")
        try FileSystem.makeDirectory(folder.path.appending("dir.run"))
        let sparse = try OwnedDescriptor(opening: folder.path.appending("big.run"), .writeOnly, options: .create)
        try sparse.truncate(to: 50 << 30)
        #expect(try refusal("fifo.run")?.contains("no regular file") == true)
        #expect(try refusal("link.run")?.contains("symbolic link") == true)
        #expect(try refusal("dir.run")?.contains("no regular file") == true)
        #expect(try refusal("big.run")?.contains("at most 1048576") == true)
        #expect(try refusal("../outside.run")?.contains("outside") == true)
    }

    @Test func `a stranger's file is refused`() throws {
        try folder.file("a.run", "a: 1")
        let strict = MarkerReader(owners: [])
        let reading = try strict.read(
            MarkerPlace(project: folder.path, path: "a.run"), below: OwnedDescriptor(directory: folder.path),
            askingForWriters: false)
        guard case .refused(let reason) = reading else {
            Issue.record("it was read")
            return
        }
        #expect(reason.contains("owners"))
    }

    @Test func `a file that is gone is absent`() throws {
        guard case .absent = try read("gone.run") else {
            Issue.record("it was found")
            return
        }
    }
}
