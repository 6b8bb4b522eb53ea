internal import CGit2
internal import SystemCalls
internal import SystemPackage

/// What a walk asks of single files.
extension WorkTreeWalk {
    /// Whether a name, which is not committed, has a secret; its path has a zero behind it.
    func hasSecretName(
        _ name: Range<Int>, _ names: [UInt8], _ path: [UInt8], _ folder: WorkFolder
    ) -> Bool {
        guard settings.scrub([], Array(names[name])) != nil else { return false }
        return path.withUnsafeBufferPointer { path in
            path.baseAddress.flatMap { folder.tracked?.head($0 + folder.base) } == nil
        }
    }

    /// What a plain file is, by itself or, on a disk that does not tell, by the repository; its path has a zero behind it.
    func kind(of status: FileStatus, _ path: [UInt8], _ folder: WorkFolder) -> WorkEntry.Kind {
        let isExecutable = status.permissions.contains(.ownerExecute)
        guard let tracked = folder.tracked, !tracked.diskHasModes || !tracked.diskHasLinks else {
            return isExecutable ? .executable : .file
        }
        let mode = path.withUnsafeBufferPointer { path in
            path.baseAddress.flatMap { tracked.mode($0 + folder.base) }
        }
        if !tracked.diskHasLinks, mode == GIT_FILEMODE_LINK.rawValue { return .linkText }
        if tracked.diskHasModes { return isExecutable ? .executable : .file }
        return mode == GIT_FILEMODE_BLOB_EXECUTABLE.rawValue ? .executable : .file
    }
}
