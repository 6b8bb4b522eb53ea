public import SystemPackage

/// A cgroup that a process is in (cgroups(7)).
public struct ProcessCgroup: Hashable, Sendable {
    /// What the hierarchy controls; none for version 2, which is one hierarchy for all.
    public var controllers: [String]
    /// The path in the hierarchy, as this process sees it; it leads out of the root by `..` when it cannot be seen.
    public var path: FilePath

    /// Whether it is one of version 2.
    public var isUnified: Bool { controllers.isEmpty }

    /// The cgroups that the lines of `/proc/PID/cgroup` name.
    public static func parse(_ text: String) -> [ProcessCgroup] {
        text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3, fields[2].hasPrefix("/") else { return nil }
            return ProcessCgroup(
                controllers: fields[1].split(separator: ",").map(String.init), path: FilePath(String(fields[2])))
        }
    }
}
