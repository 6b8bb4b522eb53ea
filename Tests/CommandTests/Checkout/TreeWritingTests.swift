import Git
import Glibc
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing

@testable import Trialwatch

/// No tree, however made, writes a byte outside of its folder.
@Suite struct TreeWritingTests {
    private let sandbox: Sandbox
    private let folder: FilePath

    init() throws {
        sandbox = try Sandbox()
        folder = sandbox.root.appending("home/outer/checkout")
    }

    /// Writes a tree as checkout does; gives what was refused.
    private func write(_ tree: ObjectID, _ objects: RawObjects, into folder: FilePath) throws -> [String] {
        let listing = try TreeListing(of: tree, in: objects)
        var writing = try TreeWriting(into: folder)
        try writing.writeFiles(listing, from: objects)
        try writing.write(Array("ours\n".utf8), to: "RUN.md", in: ".trialwatch")
        try writing.writeLinks(listing, from: objects)
        return (listing.refusals + writing.refusals).map(\.path)
    }

    private func kind(_ path: String) throws -> FileKind? { try FileStatus.ifPresent(folder.appending(path))?.kind }

    @Test func `files, folders and links are as the tree has them, byte for byte`() throws {
        var objects = RawObjects()
        let blob = objects.blob("content\n")
        let odd = try #require(FilePath(pathBytes: [0xFF, 0x0A, 0x5C, 0x3A]))
        let inner = objects.tree([
            (0o100644, [0xFF, 0x0A, 0x5C, 0x3A], blob), (0o120000, Array("up".utf8), objects.blob("../run.sh")),
        ])
        let tree = objects.tree(
            (0o100644, ".gitignore", blob), (0o040000, "inner", inner), (0o120000, "link", objects.blob("inner//odd/")),
            (0o120000, "root", objects.blob("/")), (0o100755, "run.sh", blob),
            (0o100644, String(repeating: "n", count: 255), blob))
        #expect(try write(tree, objects, into: folder).isEmpty)
        #expect(try sandbox.text(of: folder.appending("inner").pushing(odd)) == "content\n")
        #expect(try FileStatus(of: folder.appending("run.sh")).permissions.contains(.ownerExecute))
        #expect(try !FileStatus(of: folder.appending(".gitignore")).permissions.contains(.ownerExecute))
        #expect(try FileSystem.target(ofLink: folder.appending("inner/up")) == "../run.sh")
        #expect(try FileStatus(of: folder.appending("link")).size == 11, "the slash at its end is there")
        #expect(try kind("root") == .symbolicLink)
        #expect(try kind(String(repeating: "n", count: 255)) == .regular)
    }

    @Test(arguments: [
        ".", "..", ".git", ".GIT", ".Git", ".git.", ".git ", "git~1", "GIT~1", ".git::$INDEX_ALLOCATION", "a/b", "../a",
        "/a", ".g\u{200C}it", "", String(repeating: "x", count: 4000), String(repeating: "x", count: 256),
    ])
    func `names that lead elsewhere, that git takes for its own, or that no file can have are refused`(name: String)
        throws
    {
        var objects = RawObjects()
        let blob = objects.blob("x")
        for (mode, object) in [
            (0o100644, blob), (0o040000, objects.tree((0o100644, "in", blob))), (0o120000, objects.blob("/etc")),
        ] as [(UInt32, ObjectID)] {
            let folder = sandbox.root.appending("home/\(mode)")
            let tree = objects.tree((0o100644, "good", blob), (mode, name, object))
            #expect(try write(tree, objects, into: folder).count == 1)
            #expect(try FileSystem.entries(of: folder).map(\.name.string).sorted() == [".trialwatch", "good"])
        }
    }

    @Test func `nothing is written through a link, and a mode gives no rights but to execute`() throws {
        var objects = RawObjects()
        let blob = objects.blob("evil")
        let below = objects.tree((0o100644, "in", blob))
        let tree = objects.tree(
            (0o120000, "a", objects.blob("..")), (0o040000, "a", below),
            (0o040000, "b", below), (0o120000, "b", objects.blob("../..")),
            (0o120000, ".trialwatch", objects.blob("/tmp")),
            (0o104755, "setuid", blob), (0o106777, "both", blob), (0o160000, "module", blob), (0o010644, "pipe", blob),
            (0o100644, "tree as file", below), (0o040000, "absent", objects.tree()))
        let refused = try write(tree, objects, into: folder)
        #expect(refused == ["a", "b", "module", "pipe", "tree as file", ".trialwatch"])
        #expect(try kind("a") == .symbolicLink)
        #expect(try kind("../in") == nil)
        #expect(try kind("b/in") == .regular)
        #expect(try kind(".trialwatch/RUN.md") == .regular)
        for name in ["setuid", "both"] {
            #expect(try FileStatus(of: folder.appending(name)).permissions.rawValue & 0o7000 == 0)
        }
        #expect(try FileSystem.entries(of: folder.removingLastComponent()).map(\.name.string) == ["checkout"])
    }

    @Test func `a folder deeper than Linux's paths, and a tree without end, are refused`() throws {
        var objects = RawObjects()
        let name = String(repeating: "d", count: 200)
        var tree = objects.tree((0o100644, "leaf", objects.blob("x")))
        for _ in 0..<30 { tree = objects.tree((0o040000, name, tree), (0o100644, "f", objects.blob("f"))) }
        #expect(try write(tree, objects, into: folder).count == 1)
        #expect(try kind(String(repeating: name + "/", count: 18) + "f") == .regular)
        var doubling = objects.tree()
        for _ in 0..<60 { doubling = objects.tree((0o040000, "a", doubling), (0o040000, "b", doubling)) }
        #expect(throws: CommandFailure.self) { try TreeListing(of: doubling, in: objects, atMost: 10_000) }
    }

    @Test func `a folder that has something in it is left alone`() throws {
        var objects = RawObjects()
        let tree = objects.tree((0o100644, "a", objects.blob("new")))
        try sandbox.write("mine", to: folder.appending("a"))
        #expect(throws: CommandFailure.self) { try write(tree, objects, into: folder) }
        #expect(try sandbox.text(of: folder.appending("a")) == "mine")
    }

    /// Objects of which one claims to be larger than anything.
    private struct Bloated: TreeListing.Source {
        let objects: RawObjects
        let bomb: ObjectID

        func header(of id: ObjectID) throws(GitError) -> (kind: ObjectStore.Kind, size: Int)? {
            id == bomb ? (.blob, 1 << 40) : try objects.header(of: id)
        }

        func content(of id: ObjectID, atMost limit: Int) throws(GitError) -> [UInt8]? {
            guard id != bomb else { throw GitError(function: "git_odb_read", code: 0, message: "no memory") }
            return try objects.content(of: id, atMost: limit)
        }
    }

    @Test func `a file that is larger than memory is refused, and the others are written`() throws {
        var objects = RawObjects()
        let bomb = objects.blob("bomb")
        let tree = objects.tree((0o100644, "a", objects.blob("a\n")), (0o100644, "bomb", bomb))
        let source = Bloated(objects: objects, bomb: bomb)
        let listing = try TreeListing(of: tree, in: source)
        #expect(listing.refusals.map(\.path) == ["bomb"])
        var writing = try TreeWriting(into: folder)
        try writing.writeFiles(listing, from: source)
        #expect(try sandbox.text(of: folder.appending("a")) == "a\n")
    }

    @Test func `a folder that is to be nobody else's is made so, and one that is there is not taken`() throws {
        try FileSystem.makeDirectories(folder.removingLastComponent())
        _ = try TreeWriting(into: folder, isPrivate: true)
        #expect(try FileStatus(of: folder).permissions == .ownerReadWriteExecute)
        #expect(throws: CommandFailure.self) { _ = try TreeWriting(into: folder, isPrivate: true) }
    }
}
