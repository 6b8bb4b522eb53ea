internal import SystemCalls
internal import SystemPackage

/// The caches of all processors, as sysfs has them and lscpu sums them up.
struct ProcessorCaches {
    private struct Kind: Hashable {
        let level: String
        /// `Data`, `Instruction` or `Unified`.
        let type: String
    }

    private var sizes: [Kind: [String: Int]] = [:]

    /// Reads `devices/system/cpu` below the folder where sysfs is; what is not there has no size.
    init(system: FilePath) {
        let processors = system.appending("devices/system/cpu")
        for entry in (try? FileSystem.entries(of: processors)) ?? [] {
            let name = entry.name.string
            guard name.hasPrefix("cpu"), name.dropFirst(3).allSatisfy(\.isWholeNumber), name.count > 3 else { continue }
            let caches = processors.appending(entry.name).appending("cache")
            // A machine has a handful of caches a processor; the folder lists them as index0, index1 and so on.
            for index in 0..<16 {
                let cache = caches.appending("index\(index)")
                guard let level = smallFile(cache.appending("level")) else { break }
                guard let type = smallFile(cache.appending("type")), let size = smallFile(cache.appending("size")),
                    let kilobytes = Int(size.prefix { $0.isNumber }),
                    let sharing = smallFile(cache.appending("shared_cpu_map"))
                else { continue }
                let unit = size.hasSuffix("M") ? 1 << 20 : 1 << 10
                sizes[Kind(level: level, type: type), default: [:]][sharing] = kilobytes * unit
            }
        }
    }

    /// `64 KiB (2 instances)`: what all caches of a kind hold together; nil when there are none.
    func total(level: Int, type: String) -> String? {
        guard let caches = sizes[Kind(level: String(level), type: type)], !caches.isEmpty else { return nil }
        let count = caches.count == 1 ? "1 instance" : "\(caches.count) instances"
        return "\(humanSize(caches.values.reduce(0, +))) (\(count))"
    }
}

/// Bytes as util-linux shows them: `64 KiB`, `1.5 MiB`.
func humanSize(_ bytes: Int) -> String {
    var exponent = 0
    while exponent < 6, bytes >= 1 << (10 * (exponent + 1)) { exponent += 1 }
    guard exponent > 0 else { return "\(bytes) B" }
    let unit = 1 << (10 * exponent)
    let whole = bytes / unit
    // Hundredths, rounded as util-linux does: a single digit when the second is zero.
    let hundredths = (bytes % unit * 100 + unit / 2) / unit
    let fraction =
        hundredths == 0
        ? "" : hundredths % 10 == 0 ? ".\(hundredths / 10)" : ".\(hundredths < 10 ? "0" : "")\(hundredths)"
    return "\(whole)\(fraction) \(["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"][exponent])"
}

/// A line that the kernel tells in a file of its own; nil when there is no such file.
func smallFile(_ path: FilePath, limit: Int = 4096) -> String? {
    guard let file = try? OwnedDescriptor(opening: path, .readOnly), let bytes = try? file.readToEnd(limit: limit)
    else { return nil }
    return String(String(decoding: bytes, as: UTF8.self).trimmedASCII)
}
