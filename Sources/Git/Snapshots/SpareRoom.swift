internal import SystemCalls
internal import SystemPackage

/// Room on the disk that snapshots leave to others: records, which are small, never stop for want of what a snapshot took.
enum SpareRoom {
    private static let bytes: Int64 = 64 << 20
    private static let files: Int64 = 1000

    /// Throws when no more than this room is left on the disk of a folder, or of that which it is to be made in.
    static func check(_ folder: FilePath) throws(SnapshotError) {
        let volume: Volume
        do throws(SystemCallError) {
            let isThere = try FileStatus.ifPresent(folder) != nil
            volume = try Volume(of: isThere ? folder : folder.removingLastComponent())
        } catch {
            throw SnapshotError("looking for room in \(folder.shown)", error)
        }
        try check(volume, folder)
    }

    /// Throws when no more than this room is left on a disk.
    static func check(_ volume: Volume, _ folder: FilePath) throws(SnapshotError) {
        guard volume.availableBytes < bytes || volume.availableFiles ?? .max < files else { return }
        throw SnapshotError(
            "writing to \(folder.shown)",
            "its disk is almost full: the last \(bytes >> 20) MB and \(files) files are left to records (free some space)"
        )
    }
}
