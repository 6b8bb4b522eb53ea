internal import SystemCalls
public import SystemPackage
internal import Trials

/// Captures the machine's accelerators: NVIDIA's by their library where it is installed, else by what the kernel says of the
/// driver; AMD's by what the kernel says.
public struct AcceleratorCapturer: Capturer {
    /// `accelerators`.
    public static let name = "accelerators"
    /// The machine's.
    public static let scope = CaptureScope.machine
    /// A driver's library is nothing to have in the agent.
    public static let place = CapturePlace.worker

    private let library: String
    private let processes: FilePath
    private let system: FilePath

    /// Opens NVIDIA's library by this name or path, and reads below the folders where procfs and sysfs are.
    public init(
        library: String = "libnvidia-ml.so.1", processes: FilePath = "/proc", system: FilePath = "/sys"
    ) {
        self.library = library
        self.processes = processes
        self.system = system
    }

    /// Fills `accelerators`; none found is an empty list.
    public func capture(_ subject: CaptureSubject, pulse: CapturePulse) throws(AgentError) -> CapturedPart {
        var part = CapturedPart()
        var found: [AcceleratorFacts] = []
        do throws(NVIDIALibrary.Failure) {
            found = try askLibrary() ?? askDriver()
        } catch {
            found = askDriver()
            // The library without a card is what some images bring; a card without its driver is worth a word.
            if !found.isEmpty { part.problems.append("accelerators: NVIDIA's library: \(error)") }
        }
        part.accelerators = found + askAMD()
        return part
    }

    private func askLibrary() throws(NVIDIALibrary.Failure) -> [AcceleratorFacts]? {
        guard let library = try NVIDIALibrary(named: library) else { return nil }
        let (driver, cuda) = (library.driver, library.cuda)
        return try library.devices().map { device in
            var facts = AcceleratorFacts(name: device.name)
            facts.memory = device.memory.flatMap { Int(exactly: $0) }
            facts.identifier = device.identifier
            facts.address = device.address.map(Self.shortAddress)
            facts.driver = driver
            facts.cuda = cuda
            return facts
        }
    }

    /// The library writes the domain with eight digits, the kernel with four.
    private static func shortAddress(_ address: String) -> String {
        address.hasPrefix("0000") && address.count == 16 ? address.dropFirst(4).lowercased() : address.lowercased()
    }

    /// `/proc/driver/nvidia`, a folder for each card.
    private func askDriver() -> [AcceleratorFacts] {
        let folder = processes.appending("driver/nvidia")
        let version = smallFile(folder.appending("version")).flatMap { text in
            text.split(whereSeparator: \.isWhitespace).first { $0.first?.isNumber == true && $0.contains(".") }
        }
        let cards = (try? FileSystem.entries(of: folder.appending("gpus"))) ?? []
        return cards.sorted { $0.name.string < $1.name.string }.compactMap { card in
            let path = folder.appending("gpus").appending(card.name).appending("information")
            guard let text = smallFile(path) else { return nil }
            var facts = AcceleratorFacts(name: Self.value("Model", in: text) ?? "NVIDIA")
            facts.identifier = Self.value("GPU UUID", in: text).flatMap { $0.contains("?") ? nil : $0 }
            facts.address = Self.value("Bus Location", in: text)
            facts.driver = version.map(String.init)
            return facts
        }
    }

    private static func value(_ name: String, in text: String) -> String? {
        for line in text.split(separator: "\n") where line.hasPrefix(name + ":") {
            let value = line.dropFirst(name.count + 1).trimmedASCII
            return value.isEmpty ? nil : String(value)
        }
        return nil
    }

    /// `/sys/class/drm/cardN/device` of those that have memory of their own.
    private func askAMD() -> [AcceleratorFacts] {
        let folder = system.appending("class/drm")
        let cards = ((try? FileSystem.entries(of: folder)) ?? []).map(\.name.string).filter { name in
            name.hasPrefix("card") && name.dropFirst(4).allSatisfy(\.isNumber)
        }
        let driver = smallFile(system.appending("module/amdgpu/version"))
        return cards.sorted { (Int($0.dropFirst(4)) ?? 0) < (Int($1.dropFirst(4)) ?? 0) }.compactMap { card in
            let device = folder.appending(card).appending("device")
            guard smallFile(device.appending("vendor")) == "0x1002",
                let memory = smallFile(device.appending("mem_info_vram_total")).flatMap({ Int($0) })
            else { return nil }
            let number = smallFile(device.appending("device")) ?? "of unknown kind"
            let name = smallFile(device.appending("product_name")).flatMap { $0.isEmpty ? nil : $0 }
            var facts = AcceleratorFacts(name: name ?? "AMD \(number)")
            facts.memory = memory
            facts.identifier = smallFile(device.appending("unique_id"))
            facts.driver = driver
            facts.address = smallFile(device.appending("uevent"))?.split(separator: "\n")
                .first { $0.hasPrefix("PCI_SLOT_NAME=") }.map { String($0.dropFirst(14)) }
            return facts
        }
    }
}
