import Glibc
import JSON
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing

/// A disk that is full, or can only be read, costs nothing but time: the agent says that it waits, and goes on by itself.
@Suite(
    .enabled(if: MountNamespace.isPermitted, Comment(rawValue: MountNamespace.advice)),
    .enabled(if: RealDaskperiment.isWanted, Comment(rawValue: RealDaskperiment.advice)), .timeLimit(.minutes(5)))
struct FullDiskTests {
    private let world: DiskWorld

    init() async throws { world = try await DiskWorld() }

    private static let disks = ["size=1m", "size=16m,nr_inodes=22"]

    @Test(arguments: disks)
    func `while the state's disk is full nothing is begun, status says since when, and then all is filed`(
        _ options: String
    ) async throws {
        let state = world.state
        try await world.mount(options, at: state)
        let agent = try await world.startAgent()
        try world.drop(1...3)
        try await world.sandbox.flush()
        try await world.fill(state)
        // Somebody else took the room that was kept for what is begun.
        try await world.run("rm -f \(state)/spool/ballast.*")
        try await world.fill(state)
        try world.drop(4...60)
        #expect(try await world.eventually { $0["waits"]?[0]?["reason"]?.string?.contains("No space left") == true })
        let first = try await world.status()
        #expect(first["healthy"] == false)
        try world.drop(61...100)
        // Tried again and again, it waits since the same moment.
        let lines = try world.errors(of: agent)
        try await ContinuousClock().sleep(for: .milliseconds(1500))
        let later = try await world.status()
        #expect(later["waits"]?[0]?["since"] == first["waits"]?[0]?["since"])
        #expect(try #require(later["claimed"]?.int) < 100)
        #expect(try world.errors(of: agent).count - lines.count < 10)
        let page = try await world.sandbox.run("status")
        #expect(page.exit == .status(1))
        #expect(page.text.contains("waiting") && page.text.contains("free some space"))
        #expect(agent.isRunning)
        try await world.run("rm \(state)/filler*")
        try await world.expectFiled(100, by: agent)
        #expect(await agent.stop() == .status(0))
        try await world.expectWhole(100)
    }

    // The first has room for claims, and none for entries; the second for all that is written while it is not full yet.
    @Test(arguments: ["size=3m", "size=16m,nr_inodes=28"])
    func `what was begun on a disk that is full is finished in the room that is kept for it`(
        _ options: String
    ) async throws {
        try await world.mount(options, at: world.state)
        let agent = try await world.startAgent()
        try world.drop(1...3)
        try await world.sandbox.flush()
        try await world.fill(world.state)
        try world.drop(4...40)
        try await world.expectFiled(40, by: agent)
        #expect(await agent.stop() == .status(0))
        try await world.expectWhole(40)
    }

    @Test func `a disk that is full from the start is told, and what comes is filed when there is room`() async throws {
        try await world.mount("size=1m", at: world.state)
        let first = try await world.startAgent()
        #expect(await first.stop() == .status(0))
        try await world.run("rm -f \(world.state)/spool/ballast.*")
        try await world.fill(world.state)
        let agent = try await world.startAgent()
        try world.drop(1...20)
        #expect(try await world.eventually { $0["waits"]?[0]?["reason"]?.string?.contains("No space left") == true })
        #expect(try await world.status()["claimed"] == 0)
        try await world.run("rm \(world.state)/filler*")
        try await world.expectFiled(20, by: agent)
        #expect(await agent.stop() == .status(0))
        try await world.expectWhole(20)
    }

    @Test(arguments: disks)
    func `while a store's disk is full all waits in the spool, and status says why and since when`(
        _ options: String
    ) async throws {
        try await world.mount(options, at: world.store)
        let agent = try await world.startAgent()
        try await world.fill(world.store)
        try world.drop(1...50)
        #expect(
            try await world.eventually {
                $0["backends"]?[0]?["waiting"]?.int == 50 && $0["backends"]?[0]?["unreachable_since"] != .null
            })
        let backend = try await world.status()["backends"]?[0]
        #expect(backend?["last_error"]?.string?.contains("No space left") == true)
        #expect(try await world.sandbox.run("status").exit == .status(1))
        try await world.run("rm -f \(world.store)/filler*; mount -o remount,size=64m,nr_inodes=100000 \(world.store)")
        try await world.expectFiled(50, by: agent)
        #expect(await agent.stop() == .status(0))
        try await world.expectWhole(50)
    }

    @Test func `a store's disk that fills up later takes each trial once, and its files when there is room`()
        async throws
    {
        try await world.mount("size=2m", at: world.store)
        let agent = try await world.startAgent()
        try world.drop(1...5)
        try await world.sandbox.flush()
        try await world.fill(world.store)
        try world.drop(6...60)
        // What fits into the journal's last page is filed all the same.
        #expect(try await world.eventually { $0["healthy"] == false })
        try await world.run("rm \(world.store)/filler*; mount -o remount,size=64m \(world.store)")
        try await world.expectFiled(60, by: agent)
        try await world.sandbox.flush()
        #expect(await agent.stop() == .status(0))
        try await world.expectWhole(60)
    }

    @Test func `a store that can only be read is waited for until it can be written`() async throws {
        try await world.mount("size=64m", at: world.store)
        try await world.run("mount -o remount,ro \(world.store)")
        let agent = try await world.startAgent()
        try world.drop(1...20)
        #expect(
            try await world.eventually {
                $0["backends"]?[0]?["waiting"]?.int == 20 && $0["backends"]?[0]?["unreachable_since"] != .null
            })
        try await world.run("mount -o remount,rw \(world.store)")
        try await world.expectFiled(20, by: agent)
        #expect(await agent.stop() == .status(0))
        try await world.expectWhole(20)
    }

    @Test func `a snapshot leaves the last of a disk to records, its trial says so, and the next one has its files`()
        async throws
    {
        try await world.mount("size=80m", at: world.state)
        let weights = "for i in 1 2 3 4 5 6; do head -c 8m /dev/urandom > weights.$i; done"
        try await world.run("cd \(world.project) && \(weights)")
        let agent = try await world.startAgent()
        try world.drop(1...1)
        try await world.sandbox.flush()
        let first = try await world.sandbox.run("show", "e", "1", "--json").json()
        #expect(first["snapshot"]?["tree"] == nil)
        #expect(first["problems"]?.description.contains("are left to records") == true)
        #expect(try await world.run("find \(world.state) -name 'tmp_*'") == "")
        try await world.run("mount -o remount,size=400m \(world.state)")
        try world.drop(2...2)
        try await world.sandbox.flush()
        let second = try await world.sandbox.run("show", "e", "2", "--json").json()
        #expect(second["snapshot"]?["files"] == 7)
        #expect(await agent.stop() == .status(0))
    }

    @Test func `a state directory that can only be read keeps the agent from starting, and says so`() async throws {
        try await world.mount("size=64m", at: world.state)
        #expect(await (try await world.startAgent()).stop() == .status(0))
        try await world.run("mount -o remount,ro \(world.state)")
        let (refused, isReady) = try await world.sandbox.beginAgent()
        #expect(!isReady)
        #expect(await refused.wait() == .status(1))
        #expect(try world.errors(of: refused).joined().contains("Read-only file system"))
        try world.drop(1...5)
        try await world.run("mount -o remount,rw \(world.state)")
        let agent = try await world.startAgent()
        try await world.expectFiled(5, by: agent)
        #expect(await agent.stop() == .status(0))
        try await world.expectWhole(5)
    }

    @Test func `where the disk of a store was taken out, nothing is filed until it is back`() async throws {
        try await world.mount("size=64m", at: world.store)
        let agent = try await world.startAgent()
        try world.drop(1...5)
        try await world.sandbox.flush()
        let other = world.sandbox.root.appending("other")
        try await world.run("mkdir \(other) && mount --bind \(world.store) \(other) && umount -l \(world.store)")
        try world.drop(6...25)
        #expect(
            try await world.eventually {
                $0["backends"]?[0]?["waiting"]?.int == 20 && $0["backends"]?[0]?["unreachable_since"] != .null
            })
        #expect(try await world.status()["backends"]?[0]?["last_error"]?.string?.contains("mount its disk") == true)
        #expect(try await world.run("ls \(world.store)") == "")
        try await world.run("mount --move \(other) \(world.store)")
        try await world.expectFiled(25, by: agent)
        #expect(await agent.stop() == .status(0))
        try await world.expectWhole(25)
    }
}
