internal import SystemCalls
public import SystemPackage
internal import Trials

/// Captures the machine: processors, memory, swap, disks, kernel, and the container that the agent is in, with its limits.
public struct HardwareCapturer: Capturer {
    /// `hardware`.
    public static let name = "hardware"
    /// The machine's.
    public static let scope = CaptureScope.machine
    /// It reads the kernel's own files only.
    public static let place = CapturePlace.agent

    private let processes: FilePath
    private let system: FilePath
    private let root: FilePath

    /// Reads below the folders where procfs, sysfs and the root file system are.
    public init(processes: FilePath = "/proc", system: FilePath = "/sys", root: FilePath = "/") {
        self.processes = processes
        self.system = system
        self.root = root
    }

    /// Fills `hardware`, as facts and as a document.
    public func capture(_ subject: CaptureSubject, pulse: CapturePulse) throws(AgentError) -> CapturedPart {
        do throws(SystemCallError) {
            let machine = try Machine()
            let text = ProcessorText(try readProcessorText(processes))
            let memory = MemoryText(smallFile(processes.appending("meminfo"), limit: 64 * 1024) ?? "")
            var part = CapturedPart()
            var facts = HardwareFacts(
                processor: text.first("model name", "cpu", "processor", text: true) ?? "",
                logicalProcessors: Machine.processorCount, memory: memory.bytes("MemTotal") ?? 0,
                swap: memory.bytes("SwapTotal") ?? 0, kernel: machine.release)
            if memory.bytes("MemTotal") == nil { part.problems.append("the kernel tells no size of memory") }
            let topology = ProcessorTopology(system: system)
            (facts.sockets, facts.cores) = (topology.sockets, topology.cores)
            facts.memoryNodes = topology.memoryNodes
            let limits = ContainerLimits(processes: processes, system: system)
            (facts.memoryLimit, facts.processorLimit) = (limits.memory, limits.processors)
            facts.container = ContainerMark.find(below: root, processes: processes)
            facts.disks = Disks.find(below: system)
            part.hardware = facts
            part.environment[.hardware] = .document(document(of: facts, on: machine))
            return part
        } catch {
            throw AgentError(
                .capturing, "hardware", "reading what the kernel says of the machine: \(error)", cause: error)
        }
    }
}

/// The document, which people read: what is not known is not in it.
private func document(of facts: HardwareFacts, on machine: Machine) -> Fields {
    var document: Fields = ["Processor": .text(facts.processor)]
    document["Sockets"] = facts.sockets.map { .integer($0) }
    document["Cores"] = facts.cores.map { .integer($0) }
    document["Logical Processors"] = .integer(facts.logicalProcessors)
    document["Memory Nodes"] = facts.memoryNodes.map { .integer($0) }
    document["Memory"] = .integer(facts.memory)
    document["Swap"] = .integer(facts.swap)
    document["Kernel"] = .text(facts.kernel)
    document["Kernel Version"] = .text(machine.version)
    document["Host"] = .text(machine.hostName)
    document["Memory Limit"] = facts.memoryLimit.map { .integer($0) }
    document["Processor Limit"] = facts.processorLimit.map { .float($0) }
    document["Container"] = facts.container.map { .text($0) }
    let disks = facts.disks ?? []
    if !disks.isEmpty {
        document["Disks"] = .list(
            disks.map { disk in
                var fields: Fields = ["Name": .text(disk.name), "Size": .integer(disk.size)]
                fields["Model"] = disk.model.map { .text($0) }
                fields["Rotational"] = disk.isRotational.map { .bool($0) }
                return .mapping(fields)
            })
    }
    return document
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
