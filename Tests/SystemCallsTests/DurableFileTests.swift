import SystemCalls
import SystemPackage
import TestFiles
import Testing

@Suite struct DurableFileTests {
    let directory: TemporaryDirectory
    init() throws { directory = try TemporaryDirectory() }

    private func names() throws -> [String] {
        try FileSystem.entries(of: directory.path).map(\.name.string).sorted()
    }

    @Test func `nothing is to be seen at the place before the commit`() throws {
        let place = directory.path.appending("entry")
        let file = try DurableFile(at: place)
        try file.write([1, 2])
        #expect(try FileStatus.ifPresent(place) == nil)
        #expect(try FileSystem.entries(of: directory.path).map { DurableFile.isLeftover($0.name) } == [true])
        try file.write([3])
        try file.commit()
        #expect(try names() == ["entry"])
        #expect(try OwnedDescriptor(opening: place, .readOnly).readToEnd(limit: 9) == [1, 2, 3])
    }

    @Test func `a file that is given up leaves nothing behind`() throws {
        do {
            let file = try DurableFile(at: directory.path.appending("entry"))
            try file.write([1])
        }
        #expect(try names().isEmpty)
    }

    @Test func `a taken place is kept unless it may be replaced`() throws {
        let place = try directory.file("entry", "old")
        let error = #expect(throws: SystemCallError.self) {
            try DurableFile.write([1], to: place, replacing: false)
        }
        #expect(error?.errno == .fileExists)
        #expect(try names() == ["entry"])
        try DurableFile.write([1], to: place)
        #expect(try OwnedDescriptor(opening: place, .readOnly).readToEnd(limit: 9) == [1])
    }
}
