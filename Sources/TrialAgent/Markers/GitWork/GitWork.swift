import Bytes
import SystemCalls
import SystemPackage

/// The repository around a marker, as far as it tells whether git itself put a file in its place or took it away.
///
/// It reads git's own files and runs nothing; nothing in them can make it wait, and no more than so much is read.
struct GitWork: Sendable {
    /// The work tree's own folder of git: `.git`, or the one that the file `.git` names.
    private let folder: FilePath
    /// The folder that work trees share.
    private let common: FilePath
    private let workTree: FilePath

    private static let longestLog = 16 << 10
    private static let largestIndex = 256 << 20

    /// The repository that a folder lies in; nil when it lies in none.
    init?(around folder: FilePath) {
        var place = folder
        while true {
            if let found = Self.gitFolder(of: place) {
                self.folder = found
                workTree = place
                let shared = Self.line(of: found.appending("commondir")).map { found.pushing(FilePath($0)) }
                common = shared?.lexicallyNormalized() ?? found
                return
            }
            let above = place.removingLastComponent()
            guard !above.isEmpty, above != place else { return nil }
            place = above
        }
    }

    /// What git has left there until now.
    func signs() -> GitSigns {
        var signs = GitSigns()
        if let lock = try? FileStatus.ifPresent(folder.appending("index.lock")) { signs.locks.append(lock.modified) }
        for entry in (try? FileSystem.entries(of: folder)) ?? [] where entry.name.string.hasPrefix("index.stash.") {
            let path = folder.appending(entry.name)
            if let status = try? FileStatus.ifPresent(path) { signs.locks.append(status.modified) }
        }
        if let (bytes, isWhole) = Self.end(of: folder.appending("logs").appending("HEAD")) {
            signs.take(log: bytes, isWhole: isWhole)
        }
        // The log of the stashes goes with the last of them; then the folder tells that held their reference.
        let log = common.appending("logs").appending("refs").appending("stash")
        let refs = common.appending("refs")
        signs.stashed = ((try? FileStatus.ifPresent(log)) ?? (try? FileStatus.ifPresent(refs)))?.modified
        return signs
    }

    /// True when the index has these very bytes for the file, and had them before the file came to hold them at `changed`;
    /// nil when there is no index to be read now.
    func indexHolds(_ content: [UInt8], at file: FilePath, changed: Int64) -> Bool? {
        var path = file
        guard path.removePrefix(workTree),
            let bytes = Self.bytes(of: folder.appending("index"), limit: Self.largestIndex)
        else { return nil }
        let isSHA256 = Self.text(of: common.appending("config"))?.contains("objectformat = sha256") ?? false
        let size = isSHA256 ? SHA256.byteCount : SHA1.byteCount
        let name = path.withPlatformString { name in (0..<path.length).map { UInt8(bitPattern: name[$0]) } }
        guard let index = GitIndexFile(bytes, identifierSize: size) else { return nil }
        let blob = GitIndexFile.identifier(ofBlob: content, size: size)
        return index.identifier(of: name) == blob && !isMade(blob, since: changed)
    }

    /// True when an object was written, or written once more, since a moment: `git add` makes it of a file that is there.
    private func isMade(_ object: [UInt8], since moment: Int64) -> Bool {
        let name = object.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
        let path = common.appending("objects").appending(name[0]).appending(name.dropFirst().joined())
        // One in a pack is older.
        return (try? FileStatus.ifPresent(path)).map { $0.modified >= moment } ?? false
    }

    private static func gitFolder(of place: FilePath) -> FilePath? {
        let path = place.appending(".git")
        guard let status = try? FileStatus.ifPresent(path) else { return nil }
        if status.kind == .directory { return path }
        // gitrepository-layout(5): in a linked work tree or a submodule it is a file that says where.
        guard let line = line(of: path), line.hasPrefix("gitdir: ") else { return nil }
        return place.pushing(FilePath(String(line.dropFirst(8)))).lexicallyNormalized()
    }

    private static func line(of path: FilePath) -> String? {
        text(of: path)?.split(separator: "\n", omittingEmptySubsequences: false).first.map(String.init)
    }

    private static func text(of path: FilePath) -> String? {
        bytes(of: path, limit: 64 << 10).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func bytes(of path: FilePath, limit: Int) -> [UInt8]? {
        guard let file = open(path) else { return nil }
        return try? file.readToEnd(limit: limit)
    }

    private static func end(of path: FilePath) -> (bytes: [UInt8], isWhole: Bool)? {
        guard let file = open(path), let size = try? Int(file.status().size) else { return nil }
        let start = max(0, size - longestLog)
        guard let bytes = try? file.read(size - start, at: Int64(start)) else { return nil }
        return (bytes, start == 0)
    }

    /// Anything but a regular file is none: a FIFO would keep whoever reads it waiting.
    private static func open(_ path: FilePath) -> OwnedDescriptor? {
        guard let file = try? OwnedDescriptor(opening: path, .readOnly, options: .nonBlocking),
            (try? file.status().kind) == .regular
        else { return nil }
        return file
    }
}
