internal import SystemCalls
public import SystemPackage
internal import Trials

/// Captures the machine: processor, memory, swap, kernel, and the limits of the control group that the agent is in.
public struct HardwareCapturer: Capturer {
    /// `hardware`.
    public static let name = "hardware"
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

    /// Fills `hardware`, as facts and as a document.
    public func capture(_ subject: CaptureSubject, pulse: CapturePulse) throws(AgentError) -> CapturedPart {
        do throws(SystemCallError) {
            let machine = try Machine()
            let text = ProcessorText(try readProcessorText(processes))
            let memory = MemoryText(smallFile(processes.appending("meminfo"), limit: 64 * 1024) ?? "")
            var part = CapturedPart()
            let facts = HardwareFacts(
                processor: text.first("model name", "cpu", "processor", text: true) ?? "",
                logicalProcessors: Machine.processorCount, memory: memory.bytes("MemTotal") ?? 0,
                swap: memory.bytes("SwapTotal") ?? 0, kernel: machine.release)
            if memory.bytes("MemTotal") == nil { part.problems.append("the kernel tells no size of memory") }
            var document: Fields = [
                "Processor": .text(facts.processor),
                "Logical Processors": .integer(facts.logicalProcessors),
                "Memory": .integer(facts.memory),
                "Swap": .integer(facts.swap),
                "Kernel": .text(facts.kernel),
                "Kernel Version": .text(machine.version),
                "Host": .text(machine.hostName),
            ]
            // Only what limits is told: `max` is the kernel's word for no limit.
            if let limit = smallFile(system.appending("fs/cgroup/memory.max")).flatMap({ Int($0) }) {
                document["Memory Limit"] = .integer(limit)
            }
            if let limit = smallFile(system.appending("fs/cgroup/cpu.max")), !limit.hasPrefix("max") {
                document["Processor Limit"] = .text(limit)
            }
            part.hardware = facts
            part.environment[.hardware] = .document(document)
            return part
        } catch {
            throw AgentError(
                .capturing, "hardware", "reading what the kernel says of the machine: \(error)", cause: error)
        }
    }
}

/// What `/proc/meminfo` says (proc(5)).
struct MemoryText {
    private let text: String

    init(_ text: String) { self.text = text }

    /// The size under a name, in bytes: the kernel writes `16316300 kB`.
    func bytes(_ name: String) -> Int? {
        guard let line = text.split(whereSeparator: \.isNewline).first(where: { $0.hasPrefix(name + ":") }) else {
            return nil
        }
        return Int(line.dropFirst(name.count + 1).trimmedASCII.prefix { $0.isNumber })
            .map { $0.multipliedReportingOverflow(by: 1024) }.flatMap { $0.overflow ? nil : $0.partialValue }
    }
}
