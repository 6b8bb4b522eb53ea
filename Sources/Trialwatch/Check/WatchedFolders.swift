internal import SystemCalls
internal import SystemPackage
internal import TrialAgent

/// How many directories of a project would be watched.
struct WatchedFolders {
    /// The project's folder and the folders in it that are not ignored.
    private(set) var count = 0
    /// Folders that cannot be listed, the first hundred of them.
    private(set) var unreadable: [SystemCallError] = []

    /// Walks the project, following no link.
    init(of project: Project) {
        var waiting: [FilePath] = [""]
        while let relative = waiting.popLast() {
            count += 1
            let folder = project.root.pushing(relative)
            do throws(SystemCallError) {
                for entry in try FileSystem.entries(of: folder) where entry.kind == .directory {
                    let path = relative.appending(entry.name)
                    if !project.settings.ignore.ignoresEntry(path, isDirectory: true) { waiting.append(path) }
                }
            } catch {
                if unreadable.count < 100 { unreadable.append(error.about(folder)) }
            }
        }
    }

    /// How many watches one user may have; nil when the kernel does not say (inotify(7)).
    static func limit() -> Int? {
        guard let file = try? OwnedDescriptor(opening: "/proc/sys/fs/inotify/max_user_watches", .readOnly),
            let bytes = try? file.readToEnd(limit: 64)
        else { return nil }
        return Int(String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self))
    }
}
