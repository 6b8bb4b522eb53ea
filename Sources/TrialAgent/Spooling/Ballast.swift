import SystemCalls
import SystemPackage

/// Room that is kept on the disk, so that what was begun can be finished when the disk is full: in several files, because a
/// disk may run out of these, too.
struct Ballast: Sendable {
    private let files: [FilePath]

    private static let count = 4
    private static let bytes = 1 << 16

    /// The one in a folder; `restore` makes it.
    init(in folder: FilePath) { files = (0..<Self.count).map { folder.appending("ballast.\($0)") } }

    /// Makes what is missing of it. What could be made stays after a failure, too.
    func restore() throws(SystemCallError) {
        for path in files {
            if let status = try FileStatus.ifPresent(path), status.size == Self.bytes { continue }
            let file = try OwnedDescriptor(
                opening: path, .writeOnly, options: [.create, .truncate, .noFollow],
                permissions: [.ownerRead, .ownerWrite])
            do throws(SystemCallError) { try file.allocate(Int64(Self.bytes)) } catch { throw error.about(path) }
        }
    }

    /// Gives its room to others; false when there is nothing of it.
    func release() -> Bool {
        var isReleased = false
        for path in files where (try? FileSystem.remove(path)) != nil { isReleased = true }
        return isReleased
    }
}
