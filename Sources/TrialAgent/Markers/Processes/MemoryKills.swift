import SystemCalls
import SystemPackage

/// How many processes of a memory cgroup the kernel has ended for want of memory.
struct MemoryKills: Codable, Hashable, Sendable {
    /// The file that counts them.
    let file: String
    /// What it said.
    let count: Int

    /// Nil when there is no such file, or the kernel (before 4.13) counts nothing in it.
    init?(file: FilePath) {
        guard let count = Self.count(in: file) else { return nil }
        self.file = file.string
        self.count = count
    }

    /// Whether there are more by now; nil when the cgroup is gone.
    var hasGrown: Bool? { Self.count(in: FilePath(file)).map { $0 > count } }

    private static func count(in file: FilePath) -> Int? {
        smallFile(file).flatMap { text in
            let lines = text.split(separator: "\n").lazy.map { $0.split(separator: " ") }
            return lines.first { $0.count == 2 && $0[0] == "oom_kill" }.flatMap { Int($0[1]) }
        }
    }
}
