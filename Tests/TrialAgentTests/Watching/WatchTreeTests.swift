import SystemCalls
import SystemPackage
import Testing

@testable import TrialAgent

@Suite struct WatchTreeTests {
    private func watch(_ number: Int32) -> Inotify.Watch { Inotify.Watch(rawValue: number) }

    /// A project with `a/b/c` and `a/d`, each folder with a watch of its own: 1 is the project, then 2 to 5.
    private func tree() -> WatchTree {
        var tree = WatchTree()
        for (number, path) in ["", "a", "a/b", "a/b/c", "a/d"].enumerated() {
            let place = tree.place(at: FilePath(path), in: "/project", seenBy: 1)
            #expect(tree.bind(place, to: watch(Int32(number + 1))) == nil)
        }
        return tree
    }

    @Test func `a watch leads to its folder's path`() throws {
        let tree = tree()
        let place = try #require(tree.places(of: watch(4)).first)
        #expect(tree.path(of: place) == "a/b/c")
        #expect(tree.project(of: place) == "/project")
        #expect(tree.place(at: "a/b/c", in: "/project") == place)
        #expect(tree.place(at: "a/x/c", in: "/project") == nil)
        #expect(tree.places(of: watch(9)).isEmpty)
        #expect(tree.count(in: "/project") == (5, 0))
    }

    @Test func `a folder that goes takes the watches of all below it along`() throws {
        var tree = tree()
        let gone = tree.remove(try #require(tree.place(at: "a/b", in: "/project")))
        #expect(Set(gone) == [watch(3), watch(4)])
        #expect(tree.count(in: "/project") == (3, 0))
        let made = tree.place(at: "a/b", in: "/project", seenBy: 1)
        #expect(tree.watch(of: made) == nil)
        #expect(tree.path(of: made) == "a/b")
    }

    @Test func `a watch that two folders share goes with the second`() throws {
        var tree = tree()
        let twin = tree.place(at: "twin", in: "/other", seenBy: 1)
        #expect(tree.bind(twin, to: watch(3)) == nil)
        #expect(Set(tree.places(of: watch(3)).map { tree.path(of: $0) }) == ["a/b", "twin"])
        #expect(tree.remove(try #require(tree.place(at: "a/b", in: "/project"))) == [watch(4)])
        #expect(tree.remove(twin) == [watch(3)])
    }

    @Test func `a folder that another one replaced gives its watch up`() throws {
        var tree = tree()
        let place = try #require(tree.place(at: "a/d", in: "/project"))
        #expect(tree.bind(place, to: watch(9)) == watch(5))
        #expect(tree.places(of: watch(5)).isEmpty)
        #expect(tree.bind(place, to: nil) == watch(9))
        #expect(tree.count(in: "/project") == (4, 1))
    }

    @Test func `a folder that shows one above it again is a loop, and a twin beside it is none`() throws {
        var tree = tree()
        let again = tree.place(at: "a/b/again", in: "/project", seenBy: 1)
        #expect(tree.isLoop(watch(1), at: again))
        #expect(tree.isLoop(watch(3), at: again))
        #expect(!tree.isLoop(watch(5), at: again))
        #expect(!tree.isLoop(watch(9), at: again))
    }

    @Test func `a folder is polled until it has a watch or is forgotten`() throws {
        var tree = tree()
        #expect(!tree.isPolled("/project"))
        for (path, reason) in [("a/x", PolledFolder.Reason.limit), ("a/x/y", .network)] {
            tree.poll(tree.place(at: FilePath(path), in: "/project", seenBy: 1), PolledFolder(reason: reason))
        }
        #expect(Set(tree.polled(in: "/project").map { tree.path(of: $0) }) == ["a/x", "a/x/y"])
        #expect(tree.polledCount(in: "/project") == [.limit: 1, .network: 1])
        let place = try #require(tree.place(at: "a/x", in: "/project"))
        _ = tree.bind(place, to: watch(9))
        #expect(tree.polled(at: place) == nil)
        #expect(tree.polledCount(in: "/project") == [.network: 1])
        _ = tree.remove(place)
        #expect(!tree.isPolled("/project"))
    }

    @Test func `a watch that the kernel dropped leaves its folder without one`() {
        var tree = tree()
        #expect(tree.forget(watch(4)).map { tree.path(of: $0) } == ["a/b/c"])
        #expect(tree.forget(watch(4)).isEmpty)
        #expect(tree.count(in: "/project") == (4, 1))
    }

    @Test func `what a scan has not seen is forgotten, the rest stays`() {
        var tree = tree()
        for path in ["", "a", "a/d"] { _ = tree.place(at: FilePath(path), in: "/project", seenBy: 2) }
        #expect(Set(tree.removeUnseen(in: "/project", by: 2)) == [watch(3), watch(4)])
        #expect(tree.count(in: "/project") == (3, 0))
        #expect(tree.removeUnseen(in: "/project", by: 2).isEmpty)
    }
}
