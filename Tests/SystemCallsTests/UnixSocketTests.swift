import SystemCalls
import SystemPackage
import TestFiles
import Testing

@Suite struct UnixSocketTests {
    let directory: TemporaryDirectory
    init() throws { directory = try TemporaryDirectory() }

    @Test func `a connection carries bytes both ways and tells who is there`() throws {
        let path = directory.path.appending("socket")
        let listener = try OwnedDescriptor(listeningAt: .path(path))
        #expect(try FileStatus(of: path).permissions == [.ownerRead, .ownerWrite])
        #expect(try !listener.waitUntilReadable(timeout: .zero))
        let client = try OwnedDescriptor(connectedTo: .path(path))
        #expect(try listener.waitUntilReadable(timeout: .seconds(10)))
        let server = try listener.accept()
        #expect(try server.peer().user == User.currentIdentifier)
        try client.write(Array("question".utf8))
        try client.finishWriting()
        #expect(try server.readToEnd(limit: 100) == Array("question".utf8))
        try server.write(Array("answer".utf8))
        try server.close()
        #expect(try client.readToEnd(limit: 100) == Array("answer".utf8))
    }

    @Test func `an abstract name needs no file`() throws {
        let address = try #require(UnixAddress(notation: "@trialwatch-test-\(UInt64.random(in: .min ... .max))"))
        let listener = try OwnedDescriptor(listeningAt: address)
        let client = try OwnedDescriptor(connectedTo: address)
        try client.write([1])
        #expect(try listener.accept().read(atMost: 9) == [1])
    }

    @Test func `nobody listening and a name too long are told with the path`() throws {
        let error = #expect(throws: SystemCallError.self) {
            try OwnedDescriptor(connectedTo: .path("/no/socket")).close()
        }
        #expect(error?.description == "connect /no/socket: No such file or directory (ENOENT)")
        let long = FilePath("/" + String(repeating: "a", count: 107))
        let tooLong = #expect(throws: SystemCallError.self) { try OwnedDescriptor(connectedTo: .path(long)).close() }
        #expect(tooLong?.errno == .fileNameTooLong)
        #expect(UnixAddress(notation: "vsock:2:3") == nil)
    }
}
