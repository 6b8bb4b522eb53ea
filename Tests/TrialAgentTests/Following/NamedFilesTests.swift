import SystemCalls
import SystemPackage
import TestFiles
import Testing

@testable import TrialAgent

@Suite struct NamedFilesTests {
    let ground: FollowingGround

    init() throws {
        ground = try FollowingGround()
        try ground.write("project/a.txt", "top")
        try ground.write("project/runs/a.txt", "here")
        try ground.write("project/runs/deep/b.txt", "deep")
        try ground.write("allowed/data.txt", "allowed")
        try ground.write("secret.txt", "secret")
    }

    @Test(arguments: [
        ("a.txt", "here", "runs/a.txt"), ("./deep/b.txt", "deep", "runs/deep/b.txt"), ("../a.txt", "top", "a.txt"),
        ("deep/../../a.txt", "top", "a.txt"), ("gone/../a.txt", "here", "runs/a.txt"),
    ])
    func `a relative path starts at the marker's folder and may lead about in the project`(
        path: String, content: String, recorded: String
    ) throws {
        let door = try ground.door()
        #expect(try door.read(path, limit: 100) == Array(content.utf8))
        #expect(try door.file(path).recorded == recorded)
    }

    @Test func `an absolute path is read in the project, and in a folder that is allowed`() throws {
        let door = try ground.door()
        #expect(try door.read("\(ground.project)/a.txt", limit: 100) == Array("top".utf8))
        #expect(try door.file("\(ground.project)/a.txt").recorded == "a.txt")
        #expect(try door.read("\(ground.allowed)/data.txt", limit: 100) == Array("allowed".utf8))
        #expect(try door.read("../../allowed/data.txt", limit: 100) == Array("allowed".utf8))
        #expect(try door.file("../../allowed/data.txt").recorded == "\(ground.allowed)/data.txt")
    }

    @Test func `a project that is named by a link is known by its own path, too`() throws {
        let link = ground.outside.appending("link")
        try FileSystem.makeSymbolicLink(at: link, to: ground.project)
        let door = try NamedFiles(project: link, markerFolder: "runs", owners: [User.currentIdentifier], allowed: [])
        #expect(try door.read("\(ground.project)/a.txt", limit: 100) == Array("top".utf8))
        #expect(try door.file("\(ground.project)/a.txt").recorded == "a.txt")
    }

    @Test(arguments: [
        "../../secret.txt", "../../../../../etc/passwd", "/etc/passwd", "../../project2/a.txt", "/", "..",
    ])
    func `a path out of the project is refused, and told of allow_paths`(path: String) throws {
        let refusal = try ground.refusal(path)
        if path == ".." {
            #expect(refusal == "it is a folder" || refusal?.contains("folder") == true)
        } else {
            #expect(refusal?.contains("`allow_paths`") == true)
        }
    }

    @Test func `links are not followed, wherever they lead`() throws {
        let runs = ground.project.appending("runs")
        try FileSystem.makeSymbolicLink(at: runs.appending("out"), to: "/etc")
        try FileSystem.makeSymbolicLink(at: runs.appending("near"), to: "a.txt")
        try FileSystem.makeSymbolicLink(at: ground.allowed.appending("out"), to: ground.outside.appending("secret.txt"))
        for path in ["out/passwd", "near", "../../allowed/out"] {
            #expect(try ground.refusal(path)?.contains("links are not followed") == true, "\(path)")
        }
    }

    @Test func `pipes, sockets, devices and folders are refused without waiting`() throws {
        try makePipe(ground.project.appending("runs/pipe"))
        #expect(try ground.refusal("pipe") == "it is no regular file")
        #expect(try ground.refusal("deep") == "it is a folder")
        let devices = try NamedFiles(project: "/dev", markerFolder: "", owners: [User.currentIdentifier], allowed: [])
        #expect(throws: UnreadFile.refused("it is no regular file")) { try devices.read("null", limit: 10) }
    }

    @Test func `what belongs to somebody else, is too large or is not there is told`() throws {
        let file = try ground.write("project/runs/foreign", "x")
        let door = try NamedFiles(try ground.strangersScope(file))
        let error = #expect(throws: UnreadFile.self) { try door.read("foreign", limit: 10) }
        #expect(error?.description.contains("`owners`") == true)
        try ground.write("project/runs/large", String(repeating: "x", count: 101))
        #expect(try ground.refusal("large") == "it has 101 bytes, more than the 100 that are read")
        #expect(try ground.refusal("gone") == "nothing is there")
        #expect(try ground.refusal("") != nil)
        #expect(try ground.refusal("a\u{0}b") != nil)
        #expect(try ground.refusal(String(repeating: "x/", count: 200)) == "nothing is there")
        #expect(try ground.refusal(String(repeating: "x/", count: 2000)) == "it lies more than 256 folders deep")
        #expect(try ground.refusal(String(repeating: "x/", count: 500_000))?.contains("4095 bytes") == true)
    }

    @Test func `an opened file is regular and within its limit, and a tail is the end of any file`() throws {
        try ground.write("project/runs/log", "one\ntwo\n")
        let door = try ground.door()
        #expect(try door.open("log", limit: 8).status.size == 8)
        #expect(throws: UnreadFile.self) { try door.tail("deep", bytes: 4) }
        #expect(try door.tail("log", bytes: 4).bytes == Array("two\n".utf8))
        #expect(try door.tail("log", bytes: 400).bytes.count == 8)
    }

    @Test func `a glob gives files folder by folder, in the project and in a folder that is allowed`() throws {
        for name in ["z/1.csv", "10.csv", "2.csv", "a/x.csv", "a/x.txt"] { try ground.write("project/runs/\(name)") }
        try ground.write("allowed/b/y.csv")
        let door = try ground.door()
        #expect(try door.matches("*.csv").files.map(\.recorded) == ["runs/10.csv", "runs/2.csv"])
        #expect(
            try door.matches("**/*.csv").files.map(\.recorded)
                == ["runs/10.csv", "runs/2.csv", "runs/a/x.csv", "runs/z/1.csv"])
        #expect(try door.matches("../*.txt").files.map(\.recorded) == ["a.txt"])
        #expect(try door.matches("\(ground.project)/runs/a/*").files.count == 2)
        #expect(try door.matches("../../allowed/**").files.map(\.recorded).last == "\(ground.allowed)/data.txt")
        #expect(try door.matches("a.txt").files.map(\.recorded) == ["runs/a.txt"])
        #expect(try door.matches("gone.txt") == NamedMatches(files: [try door.file("gone.txt")]))
        #expect(try door.matches("*.gone").problems == ["`*.gone` matches no file"])
        for glob in ["../../*.txt", "/etc/*", "*/../*.txt"] {
            #expect(throws: UnreadFile.self, "\(glob)") { try door.matches(glob) }
        }
    }

    @Test func `a file whose own name looks like a pattern is that file, and so are folders above the marker`() throws {
        try ground.write("project/[1]/out[2].png")
        try ground.write("project/[1]/o.csv")
        let door = try NamedFiles(
            project: ground.project, markerFolder: "[1]", owners: [User.currentIdentifier], allowed: [])
        #expect(try door.matches("out[2].png").files.map(\.recorded) == ["[1]/out[2].png"])
        #expect(try door.matches("*.csv").files.map(\.recorded) == ["[1]/o.csv"])
        #expect(throws: UnreadFile.self) { try door.matches("out[2.png") }
    }

    @Test func `a glob gives a thousand files, and says that there are more`() throws {
        for number in 0..<1001 { try ground.write("project/many/\(10_000 + number)") }
        let matches = try ground.door().matches("../many/*")
        #expect(matches.files.count == 1000)
        #expect(matches.files.last?.recorded == "many/10999")
        #expect(matches.problems == ["`../many/*` matches more than 1000 files: only these first ones are recorded"])
    }
}
