internal import Glibc

/// NVIDIA's management library, NVML, opened where a driver has brought it: nothing is linked to it.
public struct NVIDIALibrary: ~Copyable {
    /// A function of the library that failed, and its code (`nvmlReturn_t`).
    public struct Failure: Error, CustomStringConvertible {
        /// The function.
        public let function: String
        /// Nil when the library has no such function.
        public let code: Int32?

        /// `nvmlInit_v2: code 9 (the driver is not loaded)`.
        public var description: String {
            guard let code else { return "\(function): the library has no such function" }
            let meanings: [Int32: String] = [
                3: "not supported", 4: "no permission", 9: "the driver is not loaded", 12: "a library is missing",
                15: "the device has fallen off the bus", 18: "the driver's and the library's versions differ",
            ]
            return "\(function): code \(code)" + (meanings[code].map { " (\($0))" } ?? "")
        }
    }

    /// One device.
    public struct Device: Hashable, Sendable {
        /// `NVIDIA A100-SXM4-40GB`.
        public var name: String
        /// Bytes of memory.
        public var memory: UInt64?
        /// `GPU-6c1f…`.
        public var identifier: String?
        /// `00000000:65:00.0`.
        public var address: String?
    }

    private typealias Plain = @convention(c) () -> Int32
    private typealias Number = @convention(c) (UnsafeMutableRawPointer) -> Int32
    private typealias SystemText = @convention(c) (UnsafeMutableRawPointer, UInt32) -> Int32
    private typealias Handle = @convention(c) (UInt32, UnsafeMutableRawPointer) -> Int32
    private typealias Facts = @convention(c) (OpaquePointer?, UnsafeMutableRawPointer) -> Int32
    private typealias Text = @convention(c) (OpaquePointer?, UnsafeMutableRawPointer, UInt32) -> Int32

    private let library: UnsafeMutableRawPointer

    /// Opens the library and starts it; nil where it is not installed.
    public init?(named name: String) throws(Failure) {
        guard let library = dlopen(name, RTLD_NOW | RTLD_LOCAL) else { return nil }
        do throws(Failure) {
            let start = try Self.function("nvmlInit_v2", in: library, as: Plain.self)
            try Self.check("nvmlInit_v2", start())
        } catch {
            dlclose(library)
            throw error
        }
        self.library = library
    }

    deinit {
        if let stop = try? Self.function("nvmlShutdown", in: library, as: Plain.self) { _ = stop() }
        dlclose(library)
    }

    /// The driver's version: `535.104.05`.
    public var driver: String? {
        guard let ask = try? Self.function("nvmlSystemGetDriverVersion", in: library, as: SystemText.self) else {
            return nil
        }
        return Self.text(of: 80) { ask($0, 80) }
    }

    /// The newest CUDA that the driver can do: `12.2`.
    public var cuda: String? {
        let name = "nvmlSystemGetCudaDriverVersion_v2"
        guard let ask = try? Self.function(name, in: library, as: Number.self) else { return nil }
        var version: Int32 = 0
        guard ask(&version) == 0, version > 0 else { return nil }
        return "\(version / 1000).\(version % 1000 / 10)"
    }

    /// All devices that this user may see, in the library's order.
    public func devices() throws(Failure) -> [Device] {
        let ask = try Self.function("nvmlDeviceGetCount_v2", in: library, as: Number.self)
        let get = try Self.function("nvmlDeviceGetHandleByIndex_v2", in: library, as: Handle.self)
        var count: UInt32 = 0
        try Self.check("nvmlDeviceGetCount_v2", ask(&count))
        var devices: [Device] = []
        for index in 0..<min(count, 1024) {
            var handle: OpaquePointer?
            try Self.check("nvmlDeviceGetHandleByIndex_v2", get(index, &handle))
            devices.append(try device(handle))
        }
        return devices
    }

    private func device(_ handle: OpaquePointer?) throws(Failure) -> Device {
        let name = try Self.function("nvmlDeviceGetName", in: library, as: Text.self)
        var device = Device(name: Self.text(of: 96) { name(handle, $0, 96) } ?? "NVIDIA")
        if let uuid = try? Self.function("nvmlDeviceGetUUID", in: library, as: Text.self) {
            device.identifier = Self.text(of: 96) { uuid(handle, $0, 96) }
        }
        if let memory = try? Self.function("nvmlDeviceGetMemoryInfo", in: library, as: Facts.self) {
            // nvmlMemory_t: total, free, used.
            var sizes = [UInt64](repeating: 0, count: 3)
            if memory(handle, &sizes) == 0 { device.memory = sizes[0] }
        }
        if let place = try? Self.function("nvmlDeviceGetPciInfo_v3", in: library, as: Facts.self) {
            // nvmlPciInfo_t: 16 characters, five numbers, and then the name of 32 characters.
            var bytes = [UInt8](repeating: 0, count: 128)
            if place(handle, &bytes) == 0 {
                device.address = String(decoding: bytes[36..<68].prefix { $0 != 0 }, as: UTF8.self)
            }
        }
        return device
    }

    private static func function<Function>(
        _ name: String, in library: UnsafeMutableRawPointer, as type: Function.Type
    ) throws(Failure) -> Function {
        guard let address = dlsym(library, name) else { throw Failure(function: name, code: nil) }
        return unsafeBitCast(address, to: type)
    }

    private static func check(_ function: String, _ code: Int32) throws(Failure) {
        if code != 0 { throw Failure(function: function, code: code) }
    }

    private static func text(of count: Int, _ body: (UnsafeMutableRawPointer) -> Int32) -> String? {
        var bytes = [UInt8](repeating: 0, count: count)
        guard bytes.withUnsafeMutableBytes({ $0.baseAddress.map(body) ?? -1 }) == 0 else { return nil }
        return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}
