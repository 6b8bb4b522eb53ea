internal import SystemCalls
public import SystemPackage
internal import Trials

/// Captures what the project lies on: a run from a network's disk is another run.
public struct FileSystemCapturer: Capturer {
    /// `file system`.
    public static let name = "file system"
    /// The project's.
    public static let scope = CaptureScope.project
    /// A file system that does not answer must not hold up the agent.
    public static let place = CapturePlace.worker

    private let processes: FilePath

    /// Reads below the folder where procfs is.
    public init(processes: FilePath = "/proc") { self.processes = processes }

    /// Fills `fileSystem`.
    public func capture(_ subject: CaptureSubject, pulse: CapturePulse) throws(AgentError) -> CapturedPart {
        do throws(SystemCallError) {
            let project = try FileSystem.resolve(FilePath(subject.project))
            let volume = try Volume(of: project)
            let file = try OwnedDescriptor(opening: processes.appending("self/mountinfo"), .readOnly)
            let mounts = String(decoding: try file.readToEnd(limit: 4 << 20), as: UTF8.self)
            var part = CapturedPart()
            guard let mount = Self.mount(of: project, in: mounts) else { return part }
            part.fileSystem = FileSystemFacts(
                kind: mount.kind, mountPoint: mount.point, source: mount.source, size: Int(volume.totalBytes),
                available: Int(volume.availableBytes))
            return part
        } catch {
            throw AgentError(
                .capturing, subject.project, "finding out what it lies on: \(error)", cause: error)
        }
    }

    /// The mount that a path is below: the deepest, and of several at one place the last (proc_pid_mountinfo(5)).
    static func mount(of path: FilePath, in text: String) -> (kind: String, point: String, source: String)? {
        var deepest: (kind: String, point: String, source: String)?
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count > 5, let dash = words.firstIndex(of: "-"), dash + 2 < words.count else { continue }
            let point = unescaped(words[4])
            guard path.starts(with: FilePath(point)), point.utf8.count >= deepest?.point.utf8.count ?? 0 else {
                continue
            }
            deepest = (String(words[dash + 1]), point, unescaped(words[dash + 2]))
        }
        return deepest
    }

    /// Spaces and the like are written `\040`.
    private static func unescaped(_ word: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(word.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == 0x5C, let number = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8) {
                bytes.append(number)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
