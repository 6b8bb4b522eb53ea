import SystemCalls
import SystemPackage
import TestFiles
import Testing

@Suite struct LockTests {
    let directory: TemporaryDirectory
    init() throws { directory = try TemporaryDirectory() }

    @Test func `a lock that somebody holds is not had twice, and is free when its holder closes`() throws {
        let path = try directory.file("lock")
        let first = try OwnedDescriptor(opening: path, .readWrite)
        #expect(try first.tryLock(.exclusive))
        let second = try OwnedDescriptor(opening: path, .readWrite)
        #expect(try !second.tryLock(.exclusive))
        #expect(try !second.tryLock(.shared))
        try first.close()
        #expect(try second.tryLock(.exclusive))
        try second.unlock()
        #expect(try OwnedDescriptor(opening: path, .readWrite).tryLock(.exclusive))
    }

    @Test func `a file that somebody is still writing is told from one that nobody has open`() throws {
        let path = try directory.file("marker")
        let reader = try OwnedDescriptor(opening: path, .readOnly)
        let atRest = try reader.isOpenForWriting()
        // A file system without leases cannot tell: then it says so.
        #expect(atRest == false || atRest == nil)
        let writer = try OwnedDescriptor(opening: path, .writeOnly)
        #expect(try reader.isOpenForWriting() == atRest.map { _ in true })
        try writer.close()
        #expect(try reader.isOpenForWriting() == atRest)
    }
}
