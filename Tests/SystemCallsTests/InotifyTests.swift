import SystemCalls
import SystemPackage
import TestFiles
import Testing

@Suite struct InotifyTests {
    let directory: TemporaryDirectory
    init() throws { directory = try TemporaryDirectory() }

    @Test func `what happens to names is told in order`() throws {
        let inotify = try Inotify()
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let watch = try inotify.watch(directory.path)
        #expect(try inotify.read(into: &buffer) == [])
        let file = try directory.file("a", "content")
        try FileSystem.rename(file, to: directory.path.appending("b"))
        try FileSystem.makeDirectory(directory.path.appending("sub"))
        try FileSystem.remove(directory.path.appending("b"))
        let events = try inotify.read(into: &buffer)
        #expect(events.allSatisfy { $0.watch == watch })
        #expect(events.map(\.name?.string) == ["a", "a", "a", "b", "sub", "b"])
        #expect(
            events.map(\.happening) == [
                .created, .closedAfterWrite, .movedOut, .movedIn, [.created, .toDirectory], .deleted,
            ])
        #expect(events[2].cookie == events[3].cookie && events[2].cookie != 0)
    }

    @Test func `looking raises nothing`() throws {
        let inotify = try Inotify()
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let file = try directory.file("a", "content")
        _ = try inotify.watch(directory.path)
        _ = try FileSystem.entries(of: directory.path)
        _ = try OwnedDescriptor(opening: file, .readOnly).readToEnd(limit: 100)
        #expect(try inotify.read(into: &buffer) == [])
    }

    @Test func `a removed watch says so, and removing it again is no error`() throws {
        let inotify = try Inotify()
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let watch = try inotify.watch(directory.path)
        #expect(try inotify.watch(directory.path) == watch)
        inotify.remove(watch)
        inotify.remove(watch)
        #expect(try inotify.read(into: &buffer).map(\.happening) == [.ignored])
    }

    @Test func `a link to a directory is not watched`() throws {
        let link = directory.path.appending("link")
        try FileSystem.makeSymbolicLink(at: link, to: directory.path)
        let error = #expect(throws: SystemCallError.self) { try Inotify().watch(link) }
        #expect(error?.errno == .notDirectory)
    }
}
