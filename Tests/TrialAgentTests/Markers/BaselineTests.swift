import SystemCalls
import SystemPackage
import TestFiles
import Testing

@testable import TrialAgent

@Suite struct BaselineTests {
    let folder: TemporaryDirectory
    let markers = ["a.run", "b/c.run"].enumerated().map { index, path in
        Baseline.Entry(
            path: ExactPath(path: FilePath(path)),
            stamp: FileStamp(volume: "v", file: String(index), modified: 1, size: 1), digest: "digest of \(path)")
    }

    init() throws { folder = try TemporaryDirectory() }

    func copies() throws -> [FilePath] {
        try FileSystem.entries(of: folder.path.appending("baseline")).map {
            folder.path.appending("baseline").appending($0.name)
        }
    }

    func known(_ project: FilePath = "/p") throws -> Baseline? {
        if case .known(let baseline) = try Baseline.read(of: project, in: folder.path) { baseline } else { nil }
    }

    @Test func `a project that was never watched has none`() throws {
        guard case .none = try Baseline.read(of: "/p", in: folder.path) else {
            Issue.record("there is one")
            return
        }
    }

    @Test func `it is written twice, and either copy will do`() throws {
        try Baseline(markers: markers).write(of: "/p", in: folder.path)
        #expect(try copies().count == 2)
        for copy in try copies() {
            let whole = try OwnedDescriptor(opening: copy, .readOnly).readToEnd(limit: 1 << 20)
            try OwnedDescriptor(opening: copy, .writeOnly).truncate(to: 100)
            let known = try known()
            #expect(known?.count == markers.count)
            #expect(markers.allSatisfy { known?.holds($0.stamp) == true })
            #expect(known?.digest(at: "b/c.run") == "digest of b/c.run")
            try DurableFile.write(whole, to: copy)
        }
        #expect(try known("/other")?.count == nil)
    }

    @Test func `two bad copies are damage, and never guessed`() throws {
        try Baseline(markers: markers).write(of: "/p", in: folder.path)
        for copy in try copies() { try OwnedDescriptor(opening: copy, .writeOnly).write([0x20], at: 70) }
        guard case .damaged(let reason) = try Baseline.read(of: "/p", in: folder.path) else {
            Issue.record("it was believed")
            return
        }
        #expect(reason.contains("checksum"))
    }
}
