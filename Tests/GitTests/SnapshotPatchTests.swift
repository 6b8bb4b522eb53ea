import Git
import Synchronization
import SystemCalls
import SystemPackage
import TestFiles
import Testing

/// What a patch tells and does not tell, and that git applies what is left of it.
@Suite struct SnapshotPatchTests: SnapshotGround {
    let repository: TemporaryRepository
    let stores: FilePath
    var settings: SnapshotSettings

    init() throws {
        (repository, stores, settings) = try Self.made(
            by: "seq 100 >one; echo key >.env; mkdir keys; echo pem >keys/x.pem")
        settings.secretNames = IgnoreList([".env", "*.pem"].map { IgnorePattern(name: $0.utf8) })
    }

    @Test(arguments: [
        "rm .env", "git mv .env plain; echo x >>plain", "rm .env; ln -s one .env", "git rm -q --cached .env",
        "rm .env; mkdir .env; echo x >.env/x",
    ])
    func `a tracked file that is named like a secret is not in the patch when it goes`(script: String) throws {
        try repository.shell("\(script); echo 101 >>one")
        let work = try capture()
        #expect(try !patch(work).contains("-key") && !patch(work).contains(".env"))
        #expect(work.leftOut.contains { $0.path == ".env" })
        #expect(try applying(work, "cat .env; tail -n 1 one") == "key\n101\n")
    }

    @Test func `a hunk's heading tells no line of the file`() throws {
        try repository.shell(
            "(echo 'KEY = SECRET'; seq 100) >x; git add x; git commit -qm x; sed -i 's/^90$/ninety/' x")
        let work = try capture()
        #expect(try patch(work).contains("@@ -88,7 +88,7 @@\n"))
        #expect(try !patch(work).contains("SECRET"))
        #expect(try applying(work, "sed -n 91p x") == "ninety\n")
    }

    @Test(arguments: [
        ("rm s; ln -s one s", "s"), ("rm s; mkdir s; echo x >s/x; echo y >s/y", "s"), ("rm -r f; echo x >f", "f/s"),
    ])
    func `what takes the place of a file whose going is not told is not in the patch either`(
        script: String, kept: String
    ) throws {
        try repository.shell(
            "echo SECRET >s; mkdir f; echo SECRET >f/s; git add -A; git commit -qm s; \(script); echo 101 >>one")
        let work = try capture()
        #expect(try applying(work, "cat \(kept); tail -n 1 one") == "SECRET\n101\n")
        let places = Set(work.leftOut.filter { $0.reason.contains("takes the place") }.map(\.path.shown))
        #expect(places.isSubset(of: ["s", "s/x", "s/y", "f"]) && !places.isEmpty)
    }

    @Test mutating func `a file too large for any patch is not even read for it`() throws {
        let longest = Mutex(0)
        settings.scrub = { _, bytes in
            longest.withLock { $0 = max($0, bytes.count) }
            return nil
        }
        try repository.shell("seq 3000000 >big; git add big; git commit -qm big; rm big")
        let work = try capture()
        #expect(work.patch == nil)
        #expect(work.changes?.differing == 1)
        #expect(work.problems.count == 1)
        #expect(longest.withLock { $0 } < 1000)
    }

    @Test func `a patch has no text in UTF-16 that has a secret`() throws {
        try repository.write(utf16: "key = 'x'\n", to: "u.csv")
        try repository.shell("git add -A; git commit -qm u; echo 101 >>one")
        try repository.write(utf16: "key = 'SECRET'\n", to: "u.csv")
        try repository.write(utf16: "no key\n", to: "new.csv")
        let work = try capture()
        #expect(work.leftOut.map(\.path.shown) == [".env", "keys/x.pem", "u.csv", "u.csv"])
        #expect(try applying(work, "git status --porcelain") == " M one\n?? new.csv\n")
    }
}
