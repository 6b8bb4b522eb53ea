import JSON
import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials

@testable import TrialAgent

@Suite struct RunExitTests {
    @Test(
        arguments: [
            (RunExit.exited(3), "Exit(3)"), (.exited(255), "Exit(255)"), (.signalled(9), "Signal(9, killed)"),
            (.signalled(15), "Signal(15, terminated)"), (.signalled(2), "Signal(2, interrupt)"),
            (.signalled(11), "Signal(11, segmentation fault)"),
            (.outOfMemory, "OutOfMemory(killed by the kernel for want of memory)"),
            (.unknown, "UnknownExit(its process ended, and its exit status is not known)"),
            (.exited(0), nil),
        ] as [(RunExit, String?)])
    func `an end is described`(exit: RunExit, description: String?) {
        #expect(exit.error?.description == description)
    }

    @Test(arguments: [RunExit.exited(0), .exited(3), .signalled(9), .outOfMemory, .unknown])
    func `an end and its process survive being written`(exit: RunExit) throws {
        #expect(try JSON.encode(exit).decode(RunExit.self) == exit)
        let folder = try CgroupFolder()
        let process = try folder.process()
        #expect(try JSON.encode(process).decode(RunProcess.self) == process)
        #expect(!process.memoryKills.isEmpty)
    }

    @Test func `a process that was killed when its cgroup lacked memory was killed for that`() throws {
        let folder = try CgroupFolder()
        let process = try folder.process()
        #expect(RunExit(.signalled(.kill), of: process) == .signalled(9))
        try folder.set(1, "/job/run")
        #expect(RunExit(.signalled(.kill), of: process) == .outOfMemory)
        // Who handled the signal, or left by itself, did not end by it.
        #expect(RunExit(.signalled(.terminate), of: process) == .signalled(15))
        #expect(RunExit(.exited(137), of: process) == .exited(137))
        #expect(RunExit(nil, of: process) == .unknown)
    }

    @Test func `of the cgroups that are still there the deepest tells`() throws {
        let folder = try CgroupFolder()
        let process = try folder.process()
        try folder.set(8, "/job")
        #expect(RunExit(.signalled(.kill), of: process) == .signalled(9))
        try FileSystem.removeTree(folder.directory.path.pushing("cgroup/job/run"))
        #expect(RunExit(.signalled(.kill), of: process) == .outOfMemory)
        try FileSystem.removeTree(folder.directory.path.pushing("cgroup"))
        #expect(RunExit(.signalled(.kill), of: process) == .signalled(9))
    }

    private static let version1 = "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory"
    private static let version2 = "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate"
    private static let other = "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu"

    @Test(arguments: [
        // Both versions, memory in the first.
        (
            [other, version1, version2], "4:memory:/a/b\n1:cpu:/x\n0::/u",
            [
                "/sys/fs/cgroup/memory/a/b/memory.oom_control", "/sys/fs/cgroup/memory/a/memory.oom_control",
                "/sys/fs/cgroup/memory/memory.oom_control",
            ]
        ),
        // Both versions, memory in the second.
        (
            [other, version2], "1:cpu:/x\n0::/u",
            ["/sys/fs/cgroup/unified/u/memory.events", "/sys/fs/cgroup/unified/memory.events"]
        ),
        // A container that sees a part of the tree, at a place with a blank.
        (
            ["1 2 0:3 /docker/c /my\\040cgroups ro - cgroup2 cgroup2 rw"], "0::/docker/c/job",
            ["/my cgroups/job/memory.events", "/my cgroups/memory.events"]
        ),
        // Neighbours' and outer cgroups are out of sight.
        (["1 2 0:3 /docker/c /g ro - cgroup2 cgroup2 rw"], "0::/docker/cd", []),
        ([version2], "0::/../x", []),
        ([version2], "4:memory:/a", []), ([], "0::/", []), (["nonsense", "1 2 3 4 5 6 -"], "0::/", []),
    ])
    func `a process's memory cgroup and those above it are found`(mounts: [String], cgroups: String, files: [String]) {
        let found = MemoryCgroups(mountinfo: mounts.joined(separator: "\n")).files(for: ProcessCgroup.parse(cgroups))
        #expect(found.map(\.string) == files)
    }
}

/// A process that was found in a memory cgroup, as recorded in files.
private struct CgroupFolder {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        for group in ["", "/job", "/job/run"] { try set(0, group) }
    }

    func set(_ kills: Int, _ group: String) throws {
        try directory.file(
            "cgroup\(group)/memory.events", "low 0\nhigh 0\nmax 3\noom 1\noom_kill \(kills)\noom_group_kill 9\n")
    }

    func process() throws -> RunProcess {
        let proc = RecordedProcesses(directory)
        try proc.add(4711, owner: 1000, cgroups: "0::/job/run\n")
        let found = proc.search.find(4711, of: 1000, before: .now, near: "/nowhere")
        guard case .running(let process) = found else { throw Unexpected(found: found) }
        return process
    }
}

struct Unexpected: Error {
    let found: ProcessSearch.Finding
}
