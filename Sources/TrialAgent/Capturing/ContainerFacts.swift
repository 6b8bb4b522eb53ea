import SystemCalls
import SystemPackage

/// What the control groups around this process let it use, version 2 or 1 (cgroups(7)).
struct ContainerLimits: Equatable {
    /// Bytes of memory; nil without a limit.
    private(set) var memory: Int?
    /// How many processors' time; nil without a limit.
    private(set) var processors: Double?

    /// The tightest limit on the way from this process's groups to the root.
    init(processes: FilePath, system: FilePath) {
        let root = system.appending("fs/cgroup")
        let text = smallFile(processes.appending("self/cgroup"), limit: 64 * 1024) ?? "0::/"
        for group in ProcessCgroup.parse(text) {
            if group.isUnified {
                for folder in Self.way(to: group.path, below: root) {
                    limit(memory: smallFile(folder.appending("memory.max")).flatMap { Int($0) })
                    let words = smallFile(folder.appending("cpu.max"))?.split(separator: " ") ?? []
                    if words.count == 2 { limit(quota: Double(words[0]), period: Double(words[1])) }
                }
            }
            if group.controllers.contains("memory") {
                for folder in Self.way(to: group.path, below: root.appending("memory")) {
                    limit(memory: smallFile(folder.appending("memory.limit_in_bytes")).flatMap { Int($0) })
                }
            }
            if group.controllers.contains("cpu") {
                for folder in Self.way(to: group.path, below: root.appending("cpu")) {
                    limit(
                        quota: smallFile(folder.appending("cpu.cfs_quota_us")).flatMap { Double($0) },
                        period: smallFile(folder.appending("cpu.cfs_period_us")).flatMap { Double($0) })
                }
            }
        }
    }

    /// The folders of a group and of those above it. A group that cannot be seen from here leads out of the root by `..`.
    private static func way(to path: FilePath, below root: FilePath) -> [FilePath] {
        var rest = path
        var folders: [FilePath] = []
        while true {
            if !rest.components.contains("..") { folders.append(root.appending(rest.components)) }
            guard rest.removeLastComponent() else { return folders }
        }
    }

    private mutating func limit(memory bytes: Int?) {
        // Version 1 says no limit by a number that no machine has.
        guard let bytes, bytes < 1 << 60 else { return }
        memory = min(memory ?? bytes, bytes)
    }

    private mutating func limit(quota: Double?, period: Double?) {
        guard let quota, let period, quota > 0, period > 0 else { return }
        processors = min(processors ?? quota / period, quota / period)
    }
}

/// The signs by which a container is known from inside.
enum ContainerMark {
    /// `docker`, or `podman-4.3.1 (docker.io/library/debian:12)`; nil outside of any.
    static func find(below root: FilePath, processes: FilePath) -> String? {
        if let text = smallFile(root.appending("run/.containerenv")) {
            let values = text.split(separator: "\n").reduce(into: [Substring: Substring]()) { values, line in
                let pair = line.split(separator: "=", maxSplits: 1)
                if pair.count == 2 { values[pair[0]] = pair[1].trimmedOf("\"") }
            }
            let engine = values["engine"].map(String.init) ?? "podman"
            return values["image"].map { "\(engine) (\($0))" } ?? engine
        }
        if exists(root.appending(".dockerenv")) { return "docker" }
        if exists(root.appending("singularity")) || exists(root.appending(".singularity.d")) { return "apptainer" }
        let groups = smallFile(processes.appending("1/cgroup"), limit: 64 * 1024) ?? ""
        for (sign, name) in [("kubepods", "kubernetes"), ("docker", "docker"), ("lxc", "lxc"), ("libpod", "podman")]
        where groups.contains(sign) {
            return name
        }
        // systemd-nspawn and LXC write it for whoever asks (container-interface(7)).
        return smallFile(root.appending("run/systemd/container")).flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func exists(_ path: FilePath) -> Bool { (try? FileStatus.ifPresent(path)) != nil }
}

extension Substring {
    fileprivate func trimmedOf(_ character: Character) -> Substring {
        var rest = self
        while rest.first == character { rest.removeFirst() }
        while rest.last == character { rest.removeLast() }
        return rest
    }
}
