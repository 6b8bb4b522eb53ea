import SystemCalls
import SystemPackage

/// How processors and memory belong together, as sysfs tells.
struct ProcessorTopology: Equatable {
    /// Nil where the kernel does not tell, as in some virtual machines.
    let sockets: Int?
    /// See `sockets`.
    let cores: Int?
    /// Nodes that have memory.
    let memoryNodes: Int?

    /// Reads `devices/system` below the folder where sysfs is.
    init(system: FilePath) {
        let folder = system.appending("devices/system/cpu")
        var sockets: Set<String> = []
        var cores: Set<String> = []
        for name in Self.numbered("cpu", in: folder) {
            let topology = folder.appending(name).appending("topology")
            guard let socket = smallFile(topology.appending("physical_package_id")),
                let core = smallFile(topology.appending("core_id"))
            else { continue }
            sockets.insert(socket)
            // The number of a core is its die's own.
            let die = smallFile(topology.appending("die_id")) ?? ""
            cores.insert("\(socket) \(die) \(core)")
        }
        self.sockets = sockets.isEmpty ? nil : sockets.count
        self.cores = cores.isEmpty ? nil : cores.count
        let nodes = Self.numbered("node", in: system.appending("devices/system/node"))
        memoryNodes = nodes.isEmpty ? nil : nodes.count
    }

    private static func numbered(_ prefix: String, in folder: FilePath) -> [String] {
        ((try? FileSystem.entries(of: folder)) ?? []).map(\.name.string).filter { name in
            name.hasPrefix(prefix) && name.count > prefix.count && name.dropFirst(prefix.count).allSatisfy(\.isNumber)
        }
    }
}
