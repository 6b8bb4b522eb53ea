import Bytes
import JSON
import SystemCalls
import SystemPackage

/// The markers that lay in a project before it was first watched: they are no trials, whatever a later scan finds.
///
/// It is durable, checksummed and written twice, and never guessed: when both copies are bad, nothing that a scan finds is
/// filed until the user has answered for it.
struct Baseline: Sendable {
    /// What is known of a project's baseline.
    enum State: Sendable {
        /// The project was never watched.
        case none
        case known(Baseline)
        /// It is known, and what was handled since is not, and why.
        case doubted(Baseline, String)
        /// Both copies are bad, and why.
        case damaged(String)
    }

    /// One marker that was there.
    struct Entry: Codable, Hashable, Sendable {
        /// Its path below the project.
        var path: ExactPath
        var stamp: FileStamp
        /// SHA-256 of its content; nil when it could not be read.
        var digest: String?
    }

    private struct Content: Codable {
        var format = 1
        var project: ExactPath
        var markers: [Entry]
        /// Why it alone does not tell what is new; nil when it does.
        var doubt: String?
    }

    private let markers: [Entry]
    /// The markers.
    var entries: [Entry] { markers }
    private let stamps: Set<FileStamp>
    private let digests: [FilePath: String]

    /// The baseline of these markers.
    init(markers: [Entry]) {
        self.markers = markers
        stamps = Set(markers.map(\.stamp))
        digests = Dictionary(markers.compactMap { entry in entry.digest.map { (entry.path.path, $0) } }) { $1 }
    }

    /// How many markers there were.
    var count: Int { markers.count }

    /// True when this file was there, as it is.
    func holds(_ stamp: FileStamp) -> Bool { stamps.contains(stamp) }

    /// SHA-256 of what a marker's path held.
    func digest(at path: FilePath) -> String? { digests[path] }

    /// Reads a project's baseline from a state directory.
    static func read(of project: FilePath, in state: FilePath) throws(AgentError) -> State {
        var faults: [String] = []
        for copy in copies(of: project, in: state) {
            do {
                guard try FileStatus.ifPresent(copy) != nil else { continue }
                let bytes = try OwnedDescriptor(opening: copy, .readOnly, options: .noFollow).readToEnd(limit: 1 << 30)
                let digest = bytes.prefix(64)
                let content = Array(bytes.dropFirst(65))
                guard SHA256.digest(of: content).hex == String(decoding: digest, as: UTF8.self) else {
                    faults.append("\(copy.shown): its checksum is wrong")
                    continue
                }
                let found = try JSON(parsing: content).decode(Content.self)
                let baseline = Baseline(markers: found.markers)
                return found.doubt.map { .doubted(baseline, $0) } ?? .known(baseline)
            } catch {
                faults.append("\(copy.shown): \(error)")
            }
        }
        return faults.isEmpty ? .none : .damaged(faults.joined(separator: "; "))
    }

    /// Makes the baseline durable, both copies one after the other.
    func write(of project: FilePath, in state: FilePath) throws(AgentError) {
        do {
            try FileSystem.makeDirectories(state.appending("baseline"))
            let sorted = markers.sorted { $0.stamp.text < $1.stamp.text }
            let bytes = try Self.bytes(of: Content(project: ExactPath(path: project), markers: sorted))
            for copy in Self.copies(of: project, in: state) { try DurableFile.write(bytes, to: copy) }
        } catch {
            throw AgentError(
                .reading, project.shown, "writing down which markers were there before: \(error)",
                remedy: "see that \(state.shown) can be written to", isTransient: true, cause: error)
        }
    }

    /// Has every baseline of a state directory wait for its user: nobody knows any more what was handled since.
    static func doubtAll(in state: FilePath, because reason: String) throws(AgentError) {
        let folder = state.appending("baseline")
        do {
            guard try FileStatus.ifPresent(folder) != nil else { return }
            for entry in try FileSystem.entries(of: folder) {
                let copy = folder.appending(entry.name)
                let bytes = try OwnedDescriptor(opening: copy, .readOnly, options: .noFollow).readToEnd(limit: 1 << 30)
                // What cannot be read is damaged anyway.
                let body = Array(bytes.dropFirst(65))
                guard SHA256.digest(of: body).hex == String(decoding: bytes.prefix(64), as: UTF8.self),
                    var content = try? JSON(parsing: body).decode(Content.self)
                else { continue }
                content.doubt = reason
                try DurableFile.write(try Self.bytes(of: content), to: copy)
            }
        } catch {
            throw AgentError(
                .spooling, folder.shown, "writing down that \(reason): \(error)",
                remedy: "see that it can be written to", cause: error)
        }
    }

    private static func bytes(of content: Content) throws -> [UInt8] {
        let bytes = try JSON.encode(content).bytes()
        return Array("\(SHA256.digest(of: bytes).hex)\n".utf8) + bytes
    }

    private static func copies(of project: FilePath, in state: FilePath) -> [FilePath] {
        let name = SHA256.digest(of: project.shown).hex.prefix(16)
        return ["1", "2"].map { state.appending("baseline").appending("\(name).\($0)") }
    }
}
