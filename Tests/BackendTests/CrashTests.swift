import BackendTesting
import Glibc
import LocalBackend
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing
import Trials

/// Local files survive a kill at every step of a filing.
@Suite(.enabled(if: Strace.path != nil || !Strace.mayBeMissing, "no strace: install it to run these tests"))
struct CrashTests {
    /// Every call by which filing changes a file or a directory.
    private static let calls = ["write", "pwrite64", "fsync", "fdatasync", "renameat2", "link", "mkdir", "symlink"]

    @Test(arguments: calls)
    func `killed at any such call, a filing is never lost, never doubled and never torn`(_ call: String) async throws {
        let strace = try #require(Strace.path)
        var kills = 0
        // The killed call does not happen; the first run that comes to its end has been killed at every one.
        for nth in 1... {
            let store = try LocalStore()
            var writer = try WriterProcess(
                "local:\(store.directory)", first: 1, count: 2,
                under: [
                    strace, "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(call)", "-e",
                    "inject=\(call):signal=KILL:when=\(nth)",
                ])
            let (end, acknowledged) = try writer.end()
            try await expectRecovery(of: store, acknowledged, "killed at \(call) \(nth)")
            if end == .exited(0) { break }
            kills += 1
        }
        #expect(kills > 0)
    }

    /// Calls, the error that they give, and how many of them a run makes.
    private static let failures = [
        ("pwrite64", "ENOSPC", 70), ("write", "ENOSPC", 32), ("fdatasync", "EIO", 22), ("fsync", "EIO", 6),
        ("renameat2", "EIO", 27), ("ftruncate", "EIO", 2),
    ]

    @Test(arguments: failures)
    func `a disk that fails once, at whatever call, costs no filing`(_ call: String, _ error: String, count: Int)
        async throws
    {
        let strace = try #require(Strace.path)
        for nth in 1...count {
            let store = try LocalStore()
            // The program gives up at the first error that it is told of, as if it were killed there.
            var writer = try WriterProcess(
                "local:\(store.directory)", first: 1, count: 2,
                under: [
                    strace, "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(call)", "-e",
                    "inject=\(call):error=\(error):when=\(nth)",
                ])
            let (_, acknowledged) = try writer.end()
            try await expectRecovery(of: store, acknowledged, "\(call) \(nth) failed with \(error)")
        }
    }

    @Test func `where the kernel has no leases the pickle is written whole each time`() async throws {
        let strace = try #require(Strace.path)
        let store = try LocalStore()
        var writer = try WriterProcess(
            "local:\(store.directory)", first: 1, count: 3,
            under: [
                strace, "-f", "-qq", "-o", "/dev/null", "-e", "trace=fcntl", "-e", "inject=fcntl:error=EINVAL",
            ])
        #expect(try writer.end().0 == .exited(0))
        let text = String(decoding: try store.bytes(store.pickle), as: UTF8.self)
        #expect(text.split(separator: "sha256:").count == 2)
        let backend = store.backend()
        _ = try await backend.prepare()
        for number in 1...3 { try await expectWhole(FiledInSteps(number), number, in: backend) }
    }

    private func expectRecovery(
        of store: LocalStore, _ acknowledged: [WriterProcess.Acknowledged], _ comment: Comment
    ) async throws {
        let backend = store.backend()
        _ = try await backend.prepare()
        for said in acknowledged {
            let trial = try await backend.trial(SampleRun(said.run).reference(said.number))
            #expect(trial?.key == SampleRun(said.run).key, comment)
            #expect((trial?.revision.number ?? 0) >= said.revision, comment)
        }
        // The spool still holds what was not acknowledged, and files it again.
        let runs = [1, 2].map { FiledInSteps($0) }
        var numbers: [Int] = []
        for run in runs {
            for filing in run.filings { _ = try await backend.file([filing]) }
            numbers += try await backend.file([run.filings[2]]).compactMap(\.number)
        }
        #expect(Set(numbers).count == 2, comment)
        for (run, number) in zip(runs, numbers) { try await expectWhole(run, number, in: backend) }
        try await backend.synchronize()
        #expect(try await backend.experiments().map(\.lastNumber) == [2], comment)
        #expect(try store.missingFiles(of: numbers) == [], comment)
        #expect(try store.tornLines() == 0, comment)
    }
}

/// The program that kills another at a chosen system call (strace(1), `-e inject`).
enum Strace {
    static let path: String? = ["/usr/bin/strace", "/usr/local/bin/strace"].first {
        FileSystem.isPermitted(FilePath($0), executing: true)
    }

    /// Whether its tests may be passed over for want of it: never in continuous integration.
    static var mayBeMissing: Bool { getenv("CI").map { String(cString: $0) } != "true" }
}
