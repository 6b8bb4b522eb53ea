internal import SystemCalls
internal import SystemPackage

/// Where a store's pack is unpacked for as long as it is read.
struct ScratchFolder: ~Copyable {
    let path: FilePath

    /// Makes a folder of its own, with one for packs in it.
    init(in cache: FilePath) throws(SystemCallError) {
        let name = String(UInt64.random(in: .min ... .max), radix: 36)
        path = cache.appending("trialwatch/packs").appending(name)
        try FileSystem.makeDirectories(path.appending("pack"))
    }

    // What a kill leaves is a copy of what the store has.
    deinit { try? FileSystem.removeTree(path) }
}
