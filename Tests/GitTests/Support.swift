import Glibc
import SystemCalls
import SystemPackage
import Testing

extension String {
    var trimmed: String { String(drop { $0.isWhitespace }.prefix { !$0.isWhitespace }) }
}

extension FilePath {
    init(platformBytes bytes: [UInt8]) {
        self = (bytes + [0]).map { CChar(bitPattern: $0) }.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { FilePath(platformString: $0) } ?? FilePath()
        }
    }
}

/// Makes a named pipe, which no code of ours ever does.
func makePipe(_ path: FilePath) throws {
    try #require(path.withPlatformString { mkfifo($0, 0o600) } == 0)
}

/// Every file below a folder with its size, times and inode.
func listing(_ folder: FilePath) throws -> [FilePath: FileStatus] {
    var files = [folder: try FileStatus(of: folder)]
    for entry in try FileSystem.entries(of: folder) {
        let path = folder.appending(entry.name)
        if entry.kind == .directory {
            files.merge(try listing(path)) { first, _ in first }
        } else {
            files[path] = try FileStatus(of: path)
        }
    }
    return files
}
