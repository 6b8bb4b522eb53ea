import SystemCalls
import SystemPackage
import Trials

/// The machine's disks, as sysfs tells.
enum Disks {
    /// What is made of other devices or of memory is none.
    private static let others = ["loop", "zram", "ram", "dm-", "md", "sr", "fd", "nbd"]

    /// Those of `class/block` that are no part of another, by name.
    static func find(below system: FilePath) -> [DiskFacts] {
        let folder = system.appending("class/block")
        let names = ((try? FileSystem.entries(of: folder)) ?? []).map(\.name.string).sorted()
        return names.compactMap { name in
            let path = folder.appending(name)
            guard !others.contains(where: name.hasPrefix),
                smallFile(path.appending("partition")) == nil,
                let sectors = smallFile(path.appending("size")).flatMap({ Int($0) }), sectors > 0
            else { return nil }
            let model = smallFile(path.appending("device/model")).flatMap { $0.isEmpty ? nil : $0 }
            // Sectors of 512 bytes, whatever the disk's own are.
            return DiskFacts(
                name: name, model: model, size: sectors * 512,
                isRotational: smallFile(path.appending("queue/rotational")).map { $0 == "1" })
        }
    }
}
