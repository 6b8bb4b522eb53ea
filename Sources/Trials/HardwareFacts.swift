/// The machine.
public struct HardwareFacts: Hashable, Sendable, Codable {
    /// The processor's name; empty when the kernel tells none.
    public var processor: String
    /// Processors as they are bought; nil when the kernel does not tell.
    public var sockets: Int?
    /// Cores of all of them; nil when the kernel does not tell.
    public var cores: Int?
    /// Logical processors.
    public var logicalProcessors: Int
    /// Parts of the memory that are nearer to some processors; nil when the kernel does not tell.
    public var memoryNodes: Int?
    /// Bytes of memory.
    public var memory: Int
    /// Bytes of swap.
    public var swap: Int
    /// Bytes of memory that the container may use; nil without a limit.
    public var memoryLimit: Int?
    /// How many processors' time the container may use; nil without a limit.
    public var processorLimit: Double?
    /// Kernel release: `6.1.0-18-amd64`.
    public var kernel: String
    /// What kind of container it is, `docker`, and its image where that is told; nil outside of one.
    public var container: String?
    /// Disks.
    public var disks: [DiskFacts]?

    /// A machine.
    public init(processor: String, logicalProcessors: Int, memory: Int, swap: Int, kernel: String) {
        self.processor = processor
        self.logicalProcessors = logicalProcessors
        self.memory = memory
        self.swap = swap
        self.kernel = kernel
    }
}

/// A disk of the machine.
public struct DiskFacts: Hashable, Sendable, Codable {
    /// The kernel's name: `nvme0n1`.
    public var name: String
    /// The maker's name; nil when it tells none.
    public var model: String?
    /// Bytes.
    public var size: Int
    /// Whether it turns; nil when the kernel does not tell.
    public var isRotational: Bool?

    /// The disk `name`.
    public init(name: String, model: String?, size: Int, isRotational: Bool?) {
        self.name = name
        self.model = model
        self.size = size
        self.isRotational = isRotational
    }

    private enum CodingKeys: String, CodingKey {
        case name, model, size, isRotational = "rotational"
    }
}

/// A graphics processor, or another accelerator.
public struct AcceleratorFacts: Hashable, Sendable, Codable {
    /// The maker's name for it: `NVIDIA A100-SXM4-40GB`.
    public var name: String
    /// Bytes of its memory; nil when nobody tells.
    public var memory: Int?
    /// What it alone is called: `GPU-6c1f…`; nil when nobody tells.
    public var identifier: String?
    /// Where it is on the bus: `0000:65:00.0`.
    public var address: String?
    /// The driver's version.
    public var driver: String?
    /// The newest CUDA that the driver can do: `12.2`.
    public var cuda: String?

    /// The accelerator `name`.
    public init(name: String) { self.name = name }
}

/// The file system that a project lies on.
public struct FileSystemFacts: Hashable, Sendable, Codable {
    /// Its kind: `ext4`, `nfs4`.
    public var kind: String
    /// Where it is mounted.
    public var mountPoint: String
    /// What is mounted there, without user and password.
    public var source: String
    /// Bytes in all.
    public var size: Int
    /// Bytes that were free.
    public var available: Int

    /// A file system.
    public init(kind: String, mountPoint: String, source: String, size: Int, available: Int) {
        self.kind = kind
        self.mountPoint = mountPoint
        self.source = source
        self.size = size
        self.available = available
    }

    private enum CodingKeys: String, CodingKey {
        case kind = "type", mountPoint = "mount_point", source, size, available
    }
}
