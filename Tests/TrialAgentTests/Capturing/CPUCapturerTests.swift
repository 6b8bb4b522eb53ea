import SystemPackage
import Testing
import Trials

@testable import TrialAgent

@Suite struct CPUCapturerTests {
    private static let keys = [
        "Python Version", "Cpuinfo Version", "Vendor ID", "Hardware Raw", "Brand", "Hz Advertised", "Hz Actual",
        "Hz Advertised Raw", "Hz Actual Raw", "Arch", "Bits", "Count", "Raw Arch String", "L1 Data Cache Size",
        "L1 Instruction Cache Size", "L2 Cache Size", "L2 Cache Line Size", "L2 Cache Associativity", "L3 Cache Size",
        "Stepping", "Model", "Family", "Processor Type", "Extended Model", "Extended Family", "Flags",
    ]

    private func document(_ text: String, _ ground: CaptureGround, machine: String = "x86_64") -> Fields {
        processorDocument(
            ProcessorText(text), caches: ProcessorCaches(system: ground.path), fastest: Frequency(hertz: 1_800_000_000),
            architecture: machine, count: 2)
    }

    // The values that daskperiment 0.5.0 with py-cpuinfo 5.0.0 kept for this processor.
    @Test func `an AMD processor is described as py-cpuinfo describes it`() throws {
        let ground = try CaptureGround()
        for (cpu, map) in [("cpu0", "1"), ("cpu1", "2")] {
            for (index, level, type, size) in [
                ("0", "1", "Data", "32K"), ("1", "1", "Instruction", "32K"), ("2", "2", "Unified", "512K"),
            ] {
                let cache = "devices/system/cpu/\(cpu)/cache/index\(index)/"
                try ground.write(cache + "level", level + "\n")
                try ground.write(cache + "type", type + "\n")
                try ground.write(cache + "size", size + "\n")
                try ground.write(cache + "shared_cpu_map", map + "\n")
            }
        }
        let text = """
            processor\t: 0
            vendor_id\t: AuthenticAMD
            cpu family\t: 25
            model\t\t: 1
            model name\t: AMD EPYC
            stepping\t: 1
            cpu MHz\t\t: 2445.426
            cache size\t: 512 KB
            flags\t\t: vme fpu de
            """
        let fields = document(text, ground)
        #expect(fields.map(\.name) == Self.keys)
        let expected: Fields = [
            "Vendor ID": .text("AuthenticAMD"), "Brand": .text("AMD EPYC"), "Hz Advertised": .text("2.4454 GHz"),
            "Hz Actual Raw": .text("2445426000,0"), "Arch": .text("X86_64"), "Bits": .integer(64), "Count": .integer(2),
            "L1 Data Cache Size": .text("64 KiB (2 instances)"), "L2 Cache Size": .text("1 MiB (2 instances)"),
            "L3 Cache Size": .text("512 KB"), "Stepping": .integer(1), "Model": .integer(1), "Family": .integer(25),
            "Flags": .text("de,fpu,vme"), "Hardware Raw": .text(""),
        ]
        for field in expected { #expect(fields[field.name] == field.value, "\(field.name)") }
    }

    @Test func `a processor whose name advertises a frequency has it beside the actual one`() throws {
        let text = "model name : Intel(R) Xeon(R) CPU E5 @ 2.20GHz\ncpu MHz : 1200.000\n"
        let fields = document(text, try CaptureGround())
        #expect(fields["Hz Advertised"] == .text("2.2000 GHz"))
        #expect(fields["Hz Advertised Raw"] == .text("2200000000,0"))
        #expect(fields["Hz Actual"] == .text("1.2000 GHz"))
    }

    @Test func `an ARM processor that tells nothing has every key, and its fastest frequency`() throws {
        let text = "processor : 0\nBogoMIPS : 108.00\nFeatures : fp asimd aes\nCPU implementer : 0x41\n"
        let fields = document(text, try CaptureGround(), machine: "aarch64")
        #expect(fields.map(\.name) == Self.keys)
        #expect(fields["Arch"] == .text("ARM_8"))
        #expect(fields["Hz Advertised"] == .text("1.8000 GHz"))
        #expect(fields["Flags"] == .text("aes,asimd,fp"))
        #expect(fields["Model"] == .text(""))
    }

    @Test(arguments: [(0, "0 B"), (1023, "1023 B"), (32768, "32 KiB"), (1_310_720, "1.25 MiB"), (1_572_864, "1.5 MiB")])
    func `sizes are shown as lscpu shows them`(bytes: Int, shown: String) {
        #expect(humanSize(bytes) == shown)
    }

    @Test func `this machine has every key in daskperiment's order`() throws {
        let part = try CPUCapturer().capture(CaptureGround().subject())
        #expect(part.environment[.cpu]?.fields?.map(\.name) == Self.keys)
    }

    @Test func `without a processor list the capture fails and says what it read`() throws {
        let ground = try CaptureGround()
        let error = #expect(throws: AgentError.self) {
            try CPUCapturer(processes: ground.path, system: ground.path).capture(ground.subject())
        }
        #expect(error?.description.contains("cpuinfo") == true)
    }
}
