import SystemCalls
import SystemPackage
import TestFiles
import Testing

@testable import TrialAgent

@Suite struct BaselineTests {
    let folder: TemporaryDirectory
    let stamps: Set<FileStamp> = [
        FileStamp(volume: "v", file: "1", modified: 1, size: 1),
        FileStamp(volume: "v", file: "2", modified: 1, size: 1),
    ]

    init() throws { folder = try TemporaryDirectory() }

    func copies() throws -> [FilePath] {
        try FileSystem.entries(of: folder.path.appending("baseline")).map {
            folder.path.appending("baseline").appending($0.name)
        }
    }

    func known(_ project: FilePath = "/p") throws -> Set<FileStamp>? {
        if case .known(let baseline) = try Baseline.read(of: project, in: folder.path) { baseline.stamps } else { nil }
    }

    @Test func `a project that was never watched has none`() throws {
        guard case .none = try Baseline.read(of: "/p", in: folder.path) else {
            Issue.record("there is one")
            return
        }
    }

    @Test func `it is written twice, and either copy will do`() throws {
        try Baseline(stamps: stamps).write(of: "/p", in: folder.path)
        #expect(try copies().count == 2)
        for copy in try copies() {
            let whole = try OwnedDescriptor(opening: copy, .readOnly).readToEnd(limit: 1 << 20)
            try OwnedDescriptor(opening: copy, .writeOnly).truncate(to: 100)
            #expect(try known() == stamps)
            try DurableFile.write(whole, to: copy)
        }
        #expect(try known("/other") == nil)
    }

    @Test func `two bad copies are damage, and never guessed`() throws {
        try Baseline(stamps: stamps).write(of: "/p", in: folder.path)
        for copy in try copies() { try OwnedDescriptor(opening: copy, .writeOnly).write([0x20], at: 70) }
        guard case .damaged(let reason) = try Baseline.read(of: "/p", in: folder.path) else {
            Issue.record("it was believed")
            return
        }
        #expect(reason.contains("checksum"))
    }
}
