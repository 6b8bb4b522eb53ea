import SystemCalls
import SystemPackage

/// Where the memory cgroups are mounted (cgroups(7)): version 1, version 2, or version 1 for memory beside version 2.
struct MemoryCgroups {
    private struct Mount {
        let isUnified: Bool
        /// The cgroup that is seen at the mount point: another one than `/` in a container.
        let root: FilePath
        let point: FilePath
    }

    private let mounts: [Mount]

    /// Reads the lines of `/proc/self/mountinfo` (proc_pid_mountinfo(5)).
    init(mountinfo: String) {
        mounts = mountinfo.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            // Between the sixth field and the dash is any number of optional ones.
            guard let dash = fields.dropFirst(6).firstIndex(of: "-"), fields.count > dash + 3 else { return nil }
            let isUnified = fields[dash + 1] == "cgroup2"
            let isMemory = fields[dash + 1] == "cgroup" && fields[dash + 3].split(separator: ",").contains("memory")
            guard isUnified || isMemory else { return nil }
            return Mount(isUnified: isUnified, root: unescaped(fields[3]), point: unescaped(fields[4]))
        }
    }

    /// The files that count kills in a process's memory cgroup and in those above it, the deepest first.
    func files(for cgroups: [ProcessCgroup]) -> [FilePath] {
        let own = cgroups.first { $0.controllers.contains("memory") } ?? cgroups.first { $0.isUnified }
        guard let own, !own.path.components.contains(where: { $0.kind == .parentDirectory }),
            let mount = mounts.first(where: { $0.isUnified == own.isUnified && own.path.starts(with: $0.root) })
        else { return [] }
        var below = own.path
        guard below.removePrefix(mount.root) else { return [] }
        var folder = FilePath(root: nil, below.components)
        var files: [FilePath] = []
        while true {
            files.append(mount.point.pushing(folder).appending(own.isUnified ? "memory.events" : "memory.oom_control"))
            if folder.isEmpty { return files }
            folder.removeLastComponent()
        }
    }
}

/// The kernel writes a blank in a path as `\040`, and so it does with tab, newline and backslash.
private func unescaped(_ field: Substring) -> FilePath {
    var bytes: [UInt8] = []
    var rest = Array(field.utf8)[...]
    while let byte = rest.popFirst() {
        let digits = rest.prefix(3)
        if byte == UInt8(ascii: "\\"), digits.count == 3,
            let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
        {
            bytes.append(value)
            rest = rest.dropFirst(3)
        } else {
            bytes.append(byte)
        }
    }
    return FilePath(String(decoding: bytes, as: UTF8.self))
}
