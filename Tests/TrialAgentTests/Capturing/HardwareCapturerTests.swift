import Testing
import Trials

@testable import TrialAgent

@Suite struct HardwareCapturerTests {
    @Test func `memory, swap and limits are those that the kernel tells, in bytes`() throws {
        let ground = try CaptureGround()
        try ground.write("cpuinfo", "model name : AMD EPYC\n")
        try ground.write("meminfo", "MemTotal:       16316300 kB\nMemFree: 1 kB\nSwapTotal:  1024 kB\n")
        try ground.write("fs/cgroup/memory.max", "536870912\n")
        try ground.write("fs/cgroup/cpu.max", "max 100000\n")
        let part = try HardwareCapturer(processes: ground.path, system: ground.path).capture(ground.subject())
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
        let part = try HardwareCapturer(processes: ground.path, system: ground.path).capture(ground.subject())
        #expect(part.problems == ["the kernel tells no size of memory"])
        #expect(part.hardware?.processor == "x")
    }
}
