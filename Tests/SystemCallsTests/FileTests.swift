import CLinux
import Glibc
import SystemCalls
import SystemPackage
import TestFiles
import Testing

@Suite struct FileTests {
    let directory: TemporaryDirectory
    init() throws { directory = try TemporaryDirectory() }

    @Test func `what was written is read back`() throws {
        let path = try directory.file("a", "first line\n")
        let appending = try OwnedDescriptor(opening: path, .writeOnly, options: .append)
        try appending.write(Array("second".utf8))
        try appending.close()
        let file = try OwnedDescriptor(opening: path, .readWrite)
        try file.write(Array("FIRST".utf8), at: 0)
        #expect(try file.read(5, at: 11) == Array("secon".utf8))
        #expect(try file.read(100, at: 11) == Array("second".utf8))
        #expect(try String(decoding: file.readToEnd(limit: 17), as: UTF8.self) == "FIRST line\nsecond")
        try file.synchronize()
        try file.synchronizeContent()
        try file.truncate(to: 5)
        #expect(try file.status().size == 5)
        try file.allocate(4096)
        #expect(try file.status().size == 4096)
    }

    @Test func `a second name is the same file, and on another file system a copy`() throws {
        let path = try directory.file("a", "content")
        let second = directory.path.appending("b")
        try FileSystem.linkOrCopy(path, to: second)
        #expect(try FileStatus(of: second).inode == FileStatus(of: path).inode)
        let taken = #expect(throws: SystemCallError.self) { try FileSystem.linkOrCopy(path, to: second) }
        #expect(taken?.errno == .fileExists)
        let memory = FilePath("/dev/shm/trialwatch-\(UInt64.random(in: .min ... .max))")
        defer { try? FileSystem.remove(memory) }
        try FileSystem.linkOrCopy(path, to: memory)
        #expect(try FileStatus(of: memory).device != FileStatus(of: path).device)
        #expect(try OwnedDescriptor(opening: memory, .readOnly).readToEnd(limit: 100) == Array("content".utf8))
        let again = #expect(throws: SystemCallError.self) { try FileSystem.linkOrCopy(path, to: memory) }
        #expect(again?.errno == .fileExists)
    }

    @Test func `a file over the limit is refused, and one of exactly the limit is read`() throws {
        let path = try directory.file("a", String(repeating: "x", count: 10_000))
        #expect(try OwnedDescriptor(opening: path, .readOnly).readToEnd(limit: 10_000).count == 10_000)
        let error = #expect(throws: SystemCallError.self) {
            try OwnedDescriptor(opening: path, .readOnly).readToEnd(limit: 9_999)
        }
        #expect(error?.errno == .fileTooLarge)
    }

    @Test func `a file of the kernel that says it is empty is read whole`() throws {
        let status = try OwnedDescriptor(opening: "/proc/self/status", .readOnly).readToEnd(limit: 1 << 20)
        #expect(String(decoding: status, as: UTF8.self).contains("VmRSS:"))
    }

    @Test func `a path that cannot be opened is named with its reason, strange bytes shown`() throws {
        let path = withUnsafeBytes(of: (0x2F as UInt8, 0x61 as UInt8, 0xFF as UInt8, 0x0A as UInt8, 0 as UInt8)) {
            $0.assumingMemoryBound(to: CChar.self).baseAddress.map { FilePath(platformString: $0) }
        }
        let error = #expect(throws: SystemCallError.self) {
            try OwnedDescriptor(opening: path ?? "", .readOnly).status()
        }
        #expect(error?.description == #"openat /a\xff\x0a: No such file or directory (ENOENT)"#)
    }

    @Test(
        arguments: [
            ("inside", nil), ("link", Errno.tooManySymbolicLinkLevels), ("linked/inside", .tooManySymbolicLinkLevels),
            ("../outside", Errno(rawValue: 18)), ("/etc/hostname", Errno(rawValue: 18)),
            ("missing", .noSuchFileOrDirectory),
        ] as [(String, Errno?)])
    func `only what lies below a directory is opened there`(path: String, expected: Errno?) throws {
        let root = directory.path.appending("root")
        try FileSystem.makeDirectories(root.appending("real"))
        _ = try directory.file("outside", "secret")
        _ = try directory.file("root/inside", "yes")
        try FileSystem.makeSymbolicLink(at: root.appending("link"), to: "inside")
        try FileSystem.makeSymbolicLink(at: root.appending("linked"), to: ".")
        let descriptor = try OwnedDescriptor(directory: root)
        do throws(SystemCallError) {
            #expect(try descriptor.openBeneath(FilePath(path)).readToEnd(limit: 3) == Array("yes".utf8))
            #expect(expected == nil)
        } catch {
            #expect(error.errno == expected)
        }
    }

    @Test func `a pipe with no writer is opened at once and told by its kind`() throws {
        try makePipe(directory.path.appending("pipe"))
        let opened = try OwnedDescriptor(directory: directory.path).openBeneath("pipe")
        #expect(try opened.status().kind == .fifo)
    }

    @Test func `status tells kind, links, sparseness and times`() throws {
        let path = try directory.file("a", "abc")
        try FileSystem.link(path, to: directory.path.appending("b"))
        let before = Clock.now
        let file = try OwnedDescriptor(opening: path, .readWrite)
        try file.truncate(to: 50 << 30)
        let status = try FileStatus(of: path)
        #expect(status.kind == .regular)
        #expect(status.links == 2)
        #expect(status.size == 50 << 30)
        #expect(status.allocated < 1 << 20)
        #expect(status.owner == User.currentIdentifier)
        // The kernel stamps files with the time of its last tick, which may lie some milliseconds back.
        #expect(abs(status.modified - before) < 60_000_000_000)
        #expect(try FileStatus(of: directory.path.appending("b")).inode == status.inode)
        #expect(try FileStatus.ifPresent(directory.path.appending("nothing")) == nil)
        #expect(try FileStatus.ifPresent(path.appending("below-a-file")) == nil)
    }

    @Test func `a name that is taken is not replaced unless asked for`() throws {
        let old = try directory.file("old", "old")
        let new = try directory.file("new", "new")
        let error = #expect(throws: SystemCallError.self) { try FileSystem.rename(old, to: new, replacing: false) }
        #expect(error?.errno == .fileExists)
        try FileSystem.rename(old, to: new)
        #expect(try OwnedDescriptor(opening: new, .readOnly).readToEnd(limit: 10) == Array("old".utf8))
        #expect(try FileStatus.ifPresent(old) == nil)
    }

    @Test func `a tree is made and removed, links in it not followed`() throws {
        let outside = try directory.file("outside", "kept")
        let deep = directory.path.appending("a/b/c")
        try FileSystem.makeDirectories(deep)
        try FileSystem.makeDirectories(deep)
        _ = try directory.file("a/b/file")
        try FileSystem.makeSymbolicLink(at: deep.appending("link"), to: outside)
        #expect(try FileSystem.target(ofLink: deep.appending("link")) == outside)
        #expect(throws: SystemCallError.self) { try FileSystem.makeDirectories(outside) }
        try FileSystem.removeTree(directory.path.appending("a"))
        #expect(try FileStatus.ifPresent(directory.path.appending("a")) == nil)
        #expect(try FileStatus.ifPresent(outside) != nil)
    }

    @Test func `a directory lists every entry once with its kind, and again the second time`() throws {
        for number in 0..<1500 { _ = try directory.file("file-\(number)") }
        try FileSystem.makeDirectory(directory.path.appending("sub"))
        let descriptor = try OwnedDescriptor(directory: directory.path)
        for _ in 0..<2 {
            let entries = try descriptor.entries()
            #expect(Set(entries.map(\.name)).count == 1501)
            #expect(entries.count == 1501)
            #expect(entries.filter { $0.kind == .directory }.map(\.name.string) == ["sub"])
        }
    }

    @Test func `a folder that is read without leaving a trace keeps its time of access`() throws {
        let path = directory.path.appending("read")
        try FileSystem.makeDirectory(path)
        // So long ago that any reading would change it.
        var times = [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 2, tv_nsec: 0)]
        try #require(utimensat(AT_FDCWD, path.string, &times, 0) == 0)
        let root = try OwnedDescriptor(directory: directory.path)
        let folder = try root.openBeneath("read", options: .directory, leavingNoTrace: true)
        #expect(try folder.entries().isEmpty)
        var status = stat()
        try #require(stat(path.string, &status) == 0)
        #expect(status.st_atim.tv_sec == 1)
    }

    @Test(arguments: [
        (-9_000_000_000, -1_262_304_000), (1, 1), (9_000_000_000, 7_258_118_399), (15_000_000_000, 7_258_118_399),
    ])
    func `a file's time that nobody means is the nearest that can be reckoned with`(seconds: Int, told: Int64) throws {
        let path = try directory.file("a")
        var times = [timespec(tv_sec: seconds, tv_nsec: 0), timespec(tv_sec: seconds, tv_nsec: 0)]
        try #require(utimensat(AT_FDCWD, path.string, &times, 0) == 0)
        var kept = stat()
        try #require(stat(path.string, &kept) == 0)
        // A file system may keep less.
        guard kept.st_mtim.tv_sec == seconds else { return }
        #expect(try FileStatus(of: path).modified == told * 1_000_000_000)
    }

    @Test func `volume and handle tell files apart that have the same number`() throws {
        let path = try directory.file("a")
        let file = try OwnedDescriptor(opening: path, .readOnly)
        #expect(try file.volume() == Volume(of: path) || file.volume().magic == Volume(of: path).magic)
        #expect(try !file.volume().isNetwork)
        #expect(try file.volume().availableBytes > 0)
        guard let handle = try file.fileHandle() else { return }
        let other = try OwnedDescriptor(opening: directory.file("b"), .readOnly)
        #expect(try other.fileHandle() != handle)
        #expect(try OwnedDescriptor(opening: path, .readOnly).fileHandle() == handle)
    }
}
