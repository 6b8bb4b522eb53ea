import SystemCalls
import SystemPackage

/// What a folder without a watch held when it was last looked into: the next look tells what is new, another or gone.
struct PolledFolder: Equatable {
    /// Why it has no watch.
    enum Reason: Sendable, Hashable {
        /// It is on a network file system, where others change files without this kernel knowing.
        case network
        /// This user's limit of watches is used up.
        case limit

        /// The reason, as it is told of folders.
        var text: String {
            switch self {
            case .network: "on a network file system, which tells of no changes"
            case .limit:
                "this user's limit of watched directories is used up "
                    + "(raise it with: sysctl fs.inotify.max_user_watches=1048576)"
            }
        }
    }

    /// By what one content of a file is told from another without reading it.
    struct Mark: Equatable {
        private var inode: UInt64
        private var size: Int64
        private var modified: Int64
        private var changed: Int64

        init(_ status: FileStatus) {
            (inode, size, modified, changed) = (status.inode, status.size, status.modified, status.changed)
        }
    }

    /// Why it has no watch.
    var reason: Reason
    /// Its markers; nil stands for one that could not be looked at.
    var markers: [FilePath.Component: Mark?] = [:]
    /// The folders in it that are entered.
    var folders: Set<FilePath.Component> = []
}
