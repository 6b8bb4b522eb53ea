internal import Glibc
public import SystemPackage

/// The program that a command's first word means, looked up as a shell does.
public struct Executable: Hashable, Sendable {
    /// Why a word means no program.
    public enum Failure: Error, Hashable, Sendable {
        /// There is no file of this name.
        case notFound
        /// There is a file, and it can't be executed.
        case notExecutable(Errno)
    }

    /// The program's file.
    public let path: FilePath

    /// Looks a program up: a name with a slash is its path, any other one is looked for in the folders of `$PATH`.
    ///
    /// Whether a path can be executed is seen only when it is.
    public init(named name: [UInt8]) throws(Failure) {
        guard let text = FilePath(pathBytes: name), !text.isEmpty else { throw .notFound }
        if name.contains(UInt8(ascii: "/")) {
            path = text
            return
        }
        var failure = Failure.notFound
        for folder in Self.folders {
            let candidate = folder.pushing(text)
            guard let status = try? FileStatus(of: candidate, followingLinks: true), status.kind == .regular else {
                continue
            }
            if candidate.withPlatformString({ access($0, X_OK) }) == 0 {
                path = candidate
                return
            }
            failure = .notExecutable(.permissionDenied)
        }
        throw failure
    }

    /// Whether the file is to be read as a shell script though it does not say so: its first line is text.
    var isUnmarkedScript: Bool {
        guard let file = try? OwnedDescriptor(opening: path, .readOnly), let start = try? file.read(atMost: 80) else {
            return false
        }
        return !start.prefix { $0 != 0x0A }.contains(0)
    }

    /// The folders of `$PATH` in their order; an empty entry is the current one. Without the variable, the system's own.
    private static var folders: [FilePath] {
        let list = getenv("PATH").map { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
        return (list ?? Array("/bin:/usr/bin".utf8)).split(
            separator: UInt8(ascii: ":"), omittingEmptySubsequences: false
        )
        .map { $0.isEmpty ? FilePath(".") : FilePath(pathBytes: Array($0)) ?? FilePath(".") }
    }
}

extension FilePath {
    /// The path's bytes.
    public var pathBytes: [UInt8] {
        let count = length
        return withPlatformString { Array(UnsafeRawBufferPointer(start: $0, count: count)) }
    }

    /// A path of these bytes; nil when one of them is zero.
    public init?(pathBytes bytes: [UInt8]) {
        guard !bytes.contains(0) else { return nil }
        self = (bytes.map { CInterop.PlatformChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer { text in
            text.baseAddress.map { FilePath(platformString: $0) } ?? FilePath()
        }
    }
}
