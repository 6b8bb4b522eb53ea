import Glibc
import JSON
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing

/// Mounting needs a namespace, `/dev/fuse` and Python.
private let canMount =
    MountNamespace.isPermitted && FileSystem.isPermitted("/dev/fuse", writing: true)
    && FileSystem.isPermitted("/usr/bin/python3", executing: true)

/// A file system whose server never answers: whoever asks for a file waits.
@Suite(.timeLimit(.minutes(2)), .enabled(if: canMount, "no FUSE in a namespace of one's own"))
struct SilentServerTests {
    private static let mount = """
        import ctypes, os, sys, time
        fd = os.open('/dev/fuse', os.O_RDWR)
        libc = ctypes.CDLL(None, use_errno=True)
        options = f'fd={fd},rootmode=40000,user_id=0,group_id=0'.encode()
        if libc.mount(b'silent', sys.argv[1].encode(), b'fuse', 0, options):
            sys.exit(os.strerror(ctypes.get_errno()))
        print('mounted', flush=True)
        time.sleep(1000)
        """

    @Test func `it keeps neither the agent from being ready nor other projects from being watched`() async throws {
        let sandbox = try Sandbox(in: MountNamespace())
        let live = try sandbox.makeProject("live")
        let dead = try sandbox.makeProject("dead")
        _ = try sandbox.makeProject("pattern")
        let under = try sandbox.makeProject("pattern/hung")
        try sandbox.configure("projects: [{path: ~/dead}, {path: ~/live}, {path: \"~/pattern/*\"}]\nallow_root: true\n")
        let servers = try [dead, under].map {
            try sandbox.start("/usr/bin/python3", ["-c", Self.mount, $0.string])
        }
        for server in servers {
            let isMounted = try await sandbox.eventually {
                try sandbox.text(of: server.outputPath).contains("mounted") || !server.isRunning
            }
            #expect(isMounted && server.isRunning)
        }
        // Its own limit is what one start may take: once for the discovery of folders, once for what lies in patterns.
        let begun = ContinuousClock.now
        let agent = try await sandbox.startAgent()
        #expect(ContinuousClock.now - begun < .seconds(15))
        try sandbox.replace(live.appending("train.run"), with: "result: 1\n")
        try await sandbox.flush()
        #expect(try await sandbox.run("history", "live", "--json").json().array?.count == 1)
        let status = try await sandbox.run("status")
        #expect(status.exit == .status(1))
        #expect(status.text.contains("home/dead"))
        #expect(status.text.contains("home/pattern/hung"))
        // A thread that hangs does not keep it from stopping.
        #expect(await agent.stop() == .status(0))
        for server in servers { _ = await server.kill9() }
    }

    @Test(.enabled(if: FileSystem.isPermitted("/usr/bin/bindfs", executing: true), "no bindfs"))
    func `one that falls silent while the agent runs hinders nobody else, and is gone on with when it answers again`()
        async throws
    {
        let sandbox = try Sandbox(in: MountNamespace())
        let live = try sandbox.makeProject("live")
        // A project on the server, one with a folder of it below, and one under a pattern.
        let places = try ["away", "mixed/data", "shares"].map { try sandbox.makeProject($0) }
        let sources = try ["away", "data", "shares"].map { try sandbox.makeProject("server/\($0)") }
        _ = try sandbox.makeProject("server/shares/mine")
        try sandbox.configure(
            """
            projects: [{path: ~/away, poll_interval: 100ms}, {path: ~/mixed, poll_interval: 100ms}, {path: ~/live}, {path: "~/shares/*"}]
            rescan: 1s
            allow_root: true
            """)
        let servers = try zip(sources, places).map {
            try sandbox.start("/usr/bin/bindfs", ["-f", $0.string, $1.string])
        }
        #expect(
            try await sandbox.eventually {
                try await sandbox.run("/bin/sh", ["-c", "grep -c ' - fuse' /proc/self/mountinfo"]).lines == ["3"]
            })
        let agent = try await sandbox.startAgent()
        // Commands look for the projects by themselves, and take their time.
        func isLogged(_ text: String) async throws -> Bool {
            try await sandbox.eventually { try sandbox.text(of: agent.errorPath).contains(text) }
        }
        for (source, name) in [(sources[0], "away"), (sources[1], "mixed")] {
            try sandbox.write("parameters: {a: 1}\n", to: source.appending("first.run"))
            #expect(try await isLogged(">\(name) 1: succeeded"))
        }

        for server in servers { server.send(SIGSTOP) }
        for place in places.prefix(2) { #expect(try await isLogged("\(place): not watched")) }
        try sandbox.replace(live.appending("train.run"), with: "parameters: {b: 1}\n")
        #expect(try await isLogged(">live 1: succeeded"))
        let status = try await sandbox.run("status")
        #expect(status.exit == .status(1))
        for name in ["away", "mixed/data"] {
            #expect(status.text.contains("home/\(name)"), "\(status.text) \(status.errors)")
        }
        // It has been looked for several times by now, and waited for by one thread each.
        let threads = FilePath("/proc/\(agent.pid)/task")
        // A thread may be gone before its name is read.
        let names = try FileSystem.entries(of: threads).compactMap {
            try? sandbox.text(of: threads.appending($0.name).appending("comm"))
        }
        #expect(names.contains("folders\n"), "\(names)")
        #expect(names.filter { ["folders\n", "looks\n"].contains($0) }.count <= 8, "\(names)")

        for source in sources.prefix(2) {
            try sandbox.write("parameters: {a: 2}\n", to: source.appending("second.run"))
        }
        for server in servers { server.send(SIGCONT) }
        for name in ["away 2", "mixed 2"] { #expect(try await isLogged(">\(name): succeeded")) }
        #expect(await agent.stop() == .status(0))
        for server in servers { _ = await server.kill9() }
    }
}
