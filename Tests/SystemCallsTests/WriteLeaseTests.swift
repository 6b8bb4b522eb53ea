import SystemCalls
import SystemPackage
import TestFiles
import Testing

@Suite struct WriteLeaseTests {
    let directory: TemporaryDirectory
    init() throws { directory = try TemporaryDirectory() }

    private func leased(_ path: FilePath) throws -> OwnedDescriptor? {
        let file = try OwnedDescriptor(opening: path, .readOnly)
        // A file system without leases says so, and there is nothing to test.
        if try file.takeWriteLease() == .unavailable { return nil }
        return file
    }

    @Test(arguments: [("cat <", LeaseRequest.reader), ("echo x >>", .writer)])
    func `whoever opens the file waits until the lease is given back`(_ command: String, _ expected: LeaseRequest)
        throws
    {
        let path = try directory.file("pickle", "content\n")
        guard let file = try leased(path) else { return }
        #expect(try file.leaseRequest() == .nobody)
        var child = try Script("\(command) '\(path)'; echo over")
        while try file.leaseRequest() == .nobody {}
        #expect(try file.leaseRequest() == expected)
        #expect(try file.status().size == 8)
        try file.giveBackLease()
        if expected == .reader { #expect(try child.line() == "content") }
        #expect(try child.line() == "over")
        _ = try child.end()
        #expect(try file.status().size == (expected == .reader ? 8 : 10))
        // Given back and taken again, it announces itself without ending anybody.
        #expect(try file.takeWriteLease() == .held)
        let second = try Script("\(command) '\(path)'; echo over")
        while try file.leaseRequest() == .nobody {}
        try file.giveBackLease()
        if expected == .reader { #expect(try second.line() == "content") }
        #expect(try second.line() == "over")
    }

    @Test func `there is no lease as long as somebody has the file open`() throws {
        let path = try directory.file("pickle", "content")
        guard let file = try leased(path) else { return }
        try file.giveBackLease()
        let reader = try OwnedDescriptor(opening: path, .readOnly)
        #expect(try file.takeWriteLease() == .inUse)
        #expect(try file.takeWriteLease(within: .milliseconds(5)) == .inUse)
        try reader.close()
        #expect(try file.takeWriteLease() == .held)
        #expect(leaseBreakTime() >= .zero)
    }
}
