internal import SystemCalls
internal import SystemPackage
internal import Trials

extension StoreError {
    /// A call to Linux that failed while the store did something; with the remedy where there is one.
    init(_ operation: String, _ path: FilePath, _ error: SystemCallError) {
        let remedy: String? =
            switch error.errno {
            case .noSpace, Errno(rawValue: 122): "free some space on that disk, or raise the quota"
            case .permissionDenied, .notPermitted: "make it readable and writable for the user of the agent"
            case .readOnlyFileSystem: "mount the file system writable"
            case .tooManyOpenFiles, .tooManyOpenFilesInSystem: "raise the limit of open files"
            case .notDirectory, .isDirectory, .fileExists: "move what is in its place aside"
            default: nil
            }
        self.init(
            .unavailable, operation, path.shown, reason: "\(error)", remedy: remedy,
            // Whoever waits long enough sees disks emptied, mounts come back and permissions mended.
            isTransient: error.errno != .fileNameTooLong)
    }
}

/// Does something to a file, and says what when Linux refuses.
func attempt<Value: ~Copyable>(
    _ operation: String, _ path: FilePath, _ body: () throws(SystemCallError) -> Value
) throws(StoreError) -> Value {
    do throws(SystemCallError) { return try body() } catch { throw StoreError(operation, path, error) }
}
