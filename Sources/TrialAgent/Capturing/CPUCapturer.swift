internal import SystemCalls
public import SystemPackage
internal import Trials

/// Captures the processor as py-cpuinfo 5.0.0 describes it to daskperiment, from `/proc` and `/sys`.
///
/// What py-cpuinfo gets by running machine code (cache associativity, extended family and the like), and does not get in
/// every run, is left empty.
public struct CPUCapturer: Capturer {
    /// `cpu`.
    public static let name = "cpu"
    /// The machine's.
    public static let scope = CaptureScope.machine
    /// It reads the kernel's own files only.
    public static let place = CapturePlace.agent

    private let processes: FilePath
    private let system: FilePath

    /// Reads below the folders where procfs and sysfs are.
    public init(processes: FilePath = "/proc", system: FilePath = "/sys") {
        self.processes = processes
        self.system = system
    }

    /// Fills `cpu`; the Python version in it is that of the run, and is filled in where the parts of a capture meet.
    public func capture(_ subject: CaptureSubject, pulse: CapturePulse) throws(AgentError) -> CapturedPart {
        do throws(SystemCallError) {
            let text = ProcessorText(try readProcessorText(processes))
            var part = CapturedPart()
            part.environment[.cpu] = .document(
                processorDocument(
                    text, caches: ProcessorCaches(system: system), fastest: fastest(),
                    architecture: try Machine().architecture, count: Machine.processorCount))
            return part
        } catch {
            throw AgentError(.capturing, "cpu", "reading what the kernel says of the processor: \(error)", cause: error)
        }
    }

    private func fastest() -> Frequency? {
        smallFile(system.appending("devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq"))
            .flatMap { Int($0) }.flatMap { Frequency(hertz: $0 * 1000) }
    }
}

/// The beginning of `/proc/cpuinfo`, which on a large machine is megabytes long.
func readProcessorText(_ processes: FilePath) throws(SystemCallError) -> String {
    let file = try OwnedDescriptor(opening: processes.appending("cpuinfo"), .readOnly)
    return String(decoding: try file.read(atMost: 64 * 1024), as: UTF8.self)
}

/// The 26 keys of daskperiment's document, in its order; what is unknown is an empty text.
func processorDocument(
    _ text: ProcessorText, caches: ProcessorCaches, fastest: Frequency?, architecture: String, count: Int
) -> Fields {
    let brand = text.first("model name", "cpu", "processor", text: true)
    let current = text.first("cpu mhz", "cpu speed", "clock").flatMap { Frequency(megahertz: $0) }
    let advertised = brand.flatMap { Frequency(brand: $0) } ?? current ?? fastest
    let actual = current ?? advertised
    let (family, bits) = instructionSet(architecture)
    func known(_ text: String?) -> Value { .text(text ?? "") }
    // py-cpuinfo drops what is zero, and daskperiment shows an empty text then.
    func number(_ names: String) -> Value {
        text.first(names).flatMap { Int($0) }.flatMap { $0 == 0 ? nil : .integer($0) } ?? .text("")
    }
    return [
        "Python Version": .text(""),
        "Cpuinfo Version": .text("5,0,0"),
        "Vendor ID": known(text.first("vendor_id", "vendor id", "vendor")),
        "Hardware Raw": known(text.first("hardware")),
        "Brand": known(brand),
        "Hz Advertised": known(advertised?.friendly),
        "Hz Actual": known(actual?.friendly),
        "Hz Advertised Raw": known(advertised?.raw),
        "Hz Actual Raw": known(actual?.raw),
        "Arch": .text(family),
        "Bits": bits.map { .integer($0) } ?? .text(""),
        "Count": .integer(count),
        "Raw Arch String": .text(architecture),
        "L1 Data Cache Size": known(caches.total(level: 1, type: "Data")),
        "L1 Instruction Cache Size": known(caches.total(level: 1, type: "Instruction")),
        "L2 Cache Size": known(caches.total(level: 2, type: "Unified")),
        "L2 Cache Line Size": .text(""),
        "L2 Cache Associativity": .text(""),
        "L3 Cache Size": known(text.first("cache size") ?? caches.total(level: 3, type: "Unified")),
        "Stepping": number("stepping"),
        "Model": number("model"),
        "Family": number("cpu family"),
        "Processor Type": .text(""),
        "Extended Model": .text(""),
        "Extended Family": .text(""),
        "Flags": .text(
            (text.first("flags", "features") ?? "").split(separator: " ").sorted().joined(separator: ",")),
    ]
}

/// py-cpuinfo's name for an architecture, and its bits.
private func instructionSet(_ machine: String) -> (String, Int?) {
    let machine = machine.lowercased()
    return switch machine {
    case "x86_64", "amd64", "ia64": ("X86_64", 64)
    case "i386", "i486", "i586", "i686", "x86": ("X86_32", 32)
    case "aarch64": ("ARM_8", 64)
    case _ where machine.hasPrefix("armv8"): ("ARM_8", 32)
    case _ where machine.hasPrefix("armv7") || machine.hasPrefix("armv6"): ("ARM_7", 32)
    case "ppc64", "ppc64le", "powerpc": ("PPC_64", 64)
    case "ppc32": ("PPC_32", 32)
    case "sparc64": ("SPARC_64", 64)
    default: ("", nil)
    }
}
