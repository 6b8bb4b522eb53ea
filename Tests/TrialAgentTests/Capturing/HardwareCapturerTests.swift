import Testing
import Trials

@testable import TrialAgent

@Suite struct HardwareCapturerTests {
    private func capture(_ ground: CaptureGround) throws -> CapturedPart {
        try HardwareCapturer(processes: ground.path, system: ground.path, root: ground.path).capture(ground.subject())
    }

    private func hardware(_ ground: CaptureGround) throws -> HardwareFacts {
        try ground.write("cpuinfo", "model name : x\n")
        return try #require(try capture(ground).hardware)
    }

    @Test func `memory, swap and limits are those that the kernel tells, in bytes`() throws {
        let ground = try CaptureGround()
        try ground.write("cpuinfo", "model name : AMD EPYC\n")
        try ground.write("meminfo", "MemTotal:       16316300 kB\nMemFree: 1 kB\nSwapTotal:  1024 kB\n")
        try ground.write("fs/cgroup/memory.max", "536870912\n")
        try ground.write("fs/cgroup/cpu.max", "max 100000\n")
        let part = try capture(ground)
        #expect(part.hardware?.memory == 16_316_300 * 1024)
        #expect(part.hardware?.swap == 1 << 20)
        #expect(part.hardware?.processor == "AMD EPYC")
        let document = try #require(part.environment[.hardware]?.fields)
        #expect(document["Memory Limit"] == .integer(536_870_912))
        #expect(document["Processor Limit"] == nil)
        #expect(part.problems.isEmpty)
    }

    @Test func `a kernel that tells no memory is a problem, and the rest is kept`() throws {
        let ground = try CaptureGround()
        try ground.write("cpuinfo", "model name : x\n")
        let part = try capture(ground)
        #expect(part.problems == ["the kernel tells no size of memory"])
        #expect(part.hardware?.processor == "x")
    }

    @Test func `sockets, cores and memory nodes are counted, hyperthreads once`() throws {
        let ground = try CaptureGround()
        #expect(try hardware(ground).sockets == nil)
        for processor in 0..<8 {
            let topology = "devices/system/cpu/cpu\(processor)/topology"
            try ground.write("\(topology)/physical_package_id", "\(processor / 4)\n")
            try ground.write("\(topology)/core_id", "\(processor % 2)\n")
        }
        try ground.write("devices/system/cpu/cpufreq/x")
        for node in ["node0", "node1", "online"] { try ground.write("devices/system/node/\(node)/x") }
        let facts = try hardware(ground)
        #expect(facts.sockets == 2)
        #expect(facts.cores == 4)
        #expect(facts.memoryNodes == 2)
    }

    @Test(
        arguments: [
            (["self/cgroup": "0::/\n", "fs/cgroup/cpu.max": "150000 100000\n"], nil, 1.5),
            (
                [
                    "self/cgroup": "0::/a/b\n", "fs/cgroup/memory.max": "max\n", "fs/cgroup/a/memory.max": "1000\n",
                    "fs/cgroup/a/b/memory.max": "2000\n", "fs/cgroup/a/b/cpu.max": "max 100000\n",
                ], 1000, nil
            ),
            (
                [
                    "self/cgroup": "5:memory:/docker/x\n3:cpu,cpuacct:/docker/x\n1:name=systemd:/\n",
                    "fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
                    "fs/cgroup/memory/docker/x/memory.limit_in_bytes": "4096\n",
                    "fs/cgroup/cpu/docker/x/cpu.cfs_quota_us": "200000\n",
                    "fs/cgroup/cpu/docker/x/cpu.cfs_period_us": "100000\n",
                ], 4096, 2
            ),
            (["self/cgroup": "4:cpu:/\n", "fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n"], nil, nil),
        ] as [([String: String], Int?, Double?)])
    func `the tightest limit of its control groups counts, of either version`(
        files: [String: String], memory: Int?, processors: Double?
    ) throws {
        let ground = try CaptureGround()
        for (name, text) in files { try ground.write(name, text) }
        let facts = try hardware(ground)
        #expect(facts.memoryLimit == memory)
        #expect(facts.processorLimit == processors)
    }

    @Test(arguments: [
        ("x", "", nil), (".dockerenv", "", "docker"), ("run/.containerenv", "", "podman"),
        (
            "run/.containerenv", "engine=\"podman-4.3.1\"\nname=\"a\"\nimage=\"docker.io/library/debian:12\"\n",
            "podman-4.3.1 (docker.io/library/debian:12)"
        ),
        ("1/cgroup", "0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-2.scope\n", "kubernetes"),
        ("run/systemd/container", "systemd-nspawn\n", "systemd-nspawn"), ("singularity", "", "apptainer"),
    ])
    func `a container is known by the marks that it leaves`(file: String, text: String, container: String?) throws {
        let ground = try CaptureGround()
        try ground.write(file, text)
        #expect(try hardware(ground).container == container)
    }

    @Test func `disks are those that are no part of another and not made of memory`() throws {
        let ground = try CaptureGround()
        for (name, size) in [
            ("nvme0n1", "2000"), ("sda", "10"), ("sda1", "8"), ("loop0", "4"), ("zram0", "4"), ("sdb", "0"),
        ] {
            try ground.write("class/block/\(name)/size", "\(size)\n")
        }
        try ground.write("class/block/sda1/partition", "1\n")
        try ground.write("class/block/nvme0n1/device/model", "Samsung SSD 980\n")
        try ground.write("class/block/nvme0n1/queue/rotational", "0\n")
        try ground.write("class/block/sda/queue/rotational", "1\n")
        #expect(
            try hardware(ground).disks == [
                DiskFacts(name: "nvme0n1", model: "Samsung SSD 980", size: 1_024_000, isRotational: false),
                DiskFacts(name: "sda", model: nil, size: 5120, isRotational: true),
            ])
    }
}
