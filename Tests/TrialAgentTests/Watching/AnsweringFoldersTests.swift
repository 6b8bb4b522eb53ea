import Synchronization
import SystemCalls
import SystemPackage
import Testing

@testable import TrialAgent

@Suite(.timeLimit(.minutes(1))) struct AnsweringFoldersTests {
    /// Folders on a server that answers when it is told to.
    private final class Server: Sendable {
        let asked = Mutex<[FilePath]>([])
        let isUp: EventDescriptor

        init() throws { isUp = try EventDescriptor() }

        func folders(patience: Duration = .milliseconds(50), mayHang: Bool = true) -> AnsweringFolders {
            AnsweringFolders(patience: patience, mounts: { mayHang ? ["/dead"] : [] }) { path in
                self.asked.withLock { $0.append(path) }
                if path.string.hasPrefix("/dead") { _ = try? self.isUp.descriptor.waitUntilReadable() }
            }
        }
    }

    @Test func `those that hang are found at once, however many there are, and asked once until they answer`() throws {
        let server = try Server()
        let folders = server.folders()
        let dead = (0..<100).map { FilePath("/dead/\($0)") }
        let begun = ContinuousClock.now
        #expect(folders.silent(among: ["/live"] + dead) == Set(dead))
        #expect(ContinuousClock.now - begun < .seconds(5))
        #expect(folders.answers("/live") && !folders.answers("/dead/7"))
        #expect(server.asked.withLock { $0.filter { $0 == "/dead/7" }.count } == 1)
        server.isUp.raise()
        // Whoever hung tells by its own thread.
        let end = ContinuousClock.now + .seconds(20)
        while !folders.answers("/dead/7"), ContinuousClock.now < end {}
        #expect(folders.silent(among: dead).isEmpty)
    }

    @Test func `where nothing is mounted that could hang, nobody is asked`() throws {
        let server = try Server()
        #expect(server.folders(mayHang: false).silent(among: ["/dead/1", "/live"]).isEmpty)
        #expect(server.asked.withLock { $0.isEmpty })
    }

    @Test(
        arguments: [
            ("36 35 98:0 / /mnt rw shared:1 master:2 - ext4 /dev/sda rw\n", []),
            ("36 35 0:50 / /mnt/nfs-4 rw - nfs4 filer:/x rw\n", ["/mnt/nfs-4"]),
            ("36 35 0:50 / /m rw - fuse.sshfs x rw\n", ["/m"]),
            ("36 35 0:50 / /a\\040-\\040nfs rw - tmpfs - rw\n36 35 0:50 / /m\\040\\134x rw - 9p x rw", ["/m \\x"]),
            ("", []),
        ] as [(String, [FilePath])])
    func `what may hang is known by its kind`(mountinfo: String, hanging: [FilePath]) {
        #expect(MountedKinds(mountinfo: Array(mountinfo.utf8)).hanging == hanging)
    }
}
