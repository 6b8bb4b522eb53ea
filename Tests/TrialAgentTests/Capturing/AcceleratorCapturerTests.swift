import SystemCalls
import SystemPackage
import Testing
import Trials

@testable import TrialAgent

@Suite struct AcceleratorCapturerTests {
    let ground: CaptureGround

    init() throws { ground = try CaptureGround() }

    /// The library that stands in for NVIDIA's; see `Sources/NVMLDouble`.
    private func double() throws -> String {
        let library = try FileSystem.resolve("/proc/self/exe").removingLastComponent().appending("libNVMLDouble.so")
        try #require(FileSystem.isPermitted(library), "\(library) was not built")
        return library.string
    }

    private func capture(library: String = "no-such-library.so") throws -> CapturedPart {
        try AcceleratorCapturer(library: library, processes: ground.path, system: ground.path)
            .capture(ground.subject())
    }

    @Test func `a machine without any has none, and that is said`() throws {
        let part = try capture()
        #expect(part.accelerators == [])
        #expect(part.problems == [])
    }

    @Test func `NVIDIA's are those that their library tells`() throws {
        let part = try capture(library: try double())
        var first = AcceleratorFacts(name: "NVIDIA A100-SXM4-40GB")
        first.memory = 40 << 30
        first.identifier = "GPU-1"
        first.address = "0000:65:00.0"
        first.driver = "535.104.05"
        first.cuda = "12.2"
        var second = first
        second.name = "NVIDIA A100-SXM4-80GB"
        second.memory = nil
        second.identifier = "GPU-2"
        second.address = "0000:66:00.0"
        #expect(part.accelerators == [first, second])
        #expect(part.problems == [])
    }

    /// As a machine with one card showed it.
    private func makeDriver() throws {
        try ground.write(
            "driver/nvidia/version",
            """
            NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023
            GCC version:  gcc version 11.4.0 (Ubuntu 11.4.0-1ubuntu1~22.04)

            """)
        try ground.write(
            "driver/nvidia/gpus/0000:65:00.0/information",
            """
            Model: \t\t NVIDIA A100-SXM4-40GB
            IRQ:   \t\t 147
            GPU UUID: \t GPU-7b3c2a10-0000-1111-2222-333344445555
            Video BIOS: \t 92.00.45.00.03
            Bus Type: \t PCIe
            Bus Location: \t 0000:65:00.0
            Device Minor: \t 0

            """)
    }

    @Test func `without their library NVIDIA's are those that the driver tells`() throws {
        try makeDriver()
        let found = try capture().accelerators?.first
        #expect(found?.name == "NVIDIA A100-SXM4-40GB")
        #expect(found?.identifier == "GPU-7b3c2a10-0000-1111-2222-333344445555")
        #expect(found?.address == "0000:65:00.0")
        #expect(found?.driver == "535.104.05")
        #expect(found?.memory == nil && found?.cuda == nil)
    }

    @Test func `AMD's are those with memory of their own that the kernel tells`() throws {
        let card = "class/drm/card1/device"
        try ground.write("\(card)/vendor", "0x1002\n")
        try ground.write("\(card)/device", "0x740f\n")
        try ground.write("\(card)/mem_info_vram_total", "68702699520\n")
        try ground.write("\(card)/unique_id", "1a2b3c4d5e6f7a8b\n")
        try ground.write("\(card)/uevent", "DRIVER=amdgpu\nPCI_SLOT_NAME=0000:c1:00.0\n")
        try ground.write("module/amdgpu/version", "6.3.6\n")
        // An output of the card, and a processor's own graphics of another maker.
        try ground.write("class/drm/card1-DP-1/status", "connected\n")
        try ground.write("class/drm/card0/device/vendor", "0x8086\n")
        var facts = AcceleratorFacts(name: "AMD 0x740f")
        facts.memory = 68_702_699_520
        facts.identifier = "1a2b3c4d5e6f7a8b"
        facts.address = "0000:c1:00.0"
        facts.driver = "6.3.6"
        #expect(try capture().accelerators == [facts])
        try ground.write("\(card)/product_name", "AMD Instinct MI210\n")
        #expect(try capture().accelerators?.first?.name == "AMD Instinct MI210")
    }
}
