import Bytes
import SystemCalls
import SystemPackage
import Trials

/// Parts of claimed runs on their way to the spool: files named by their digests, durable before the claim that speaks of
/// them, and removed when the entries that hold them are durable.
///
/// Whoever has no parts need not come by: each call is a hop to a thread that may wait for a disk.
actor WaitingParts {
    private let executor = BlockingExecutor("trialwatch.parts")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let folder: FilePath
    /// How many claimed runs still need each part.
    private var needed: [String: Int] = [:]

    private static let largest = 256 << 20

    /// Opens the folder in a state directory, or makes it. Blocks meanwhile.
    init(in state: FilePath) throws(AgentError) {
        folder = state.appending("parts")
        do throws(SystemCallError) {
            try FileSystem.makeDirectories(folder)
        } catch {
            throw Self.failure("opening the parts that wait", folder, error)
        }
    }

    /// Makes parts durable that a claim is going to speak of, and counts them as needed by its run: release them when the claim
    /// could not be made.
    func keep(_ parts: [ArtifactFindings.Part]) throws(AgentError) {
        for part in parts {
            let path = folder.appending(part.reference.digest)
            do throws(SystemCallError) {
                if try FileStatus.ifPresent(path)?.size == Int64(part.bytes.count) { continue }
                try DurableFile.write(part.bytes, to: path)
            } catch {
                throw Self.failure("keeping a part", path, error)
            }
        }
        need(parts.map(\.reference))
    }

    /// Counts what runs need that were claimed before the start.
    func need(_ parts: some Collection<PartReference>) {
        for part in parts { needed[part.digest, default: 0] += 1 }
    }

    /// The bytes of a filing's parts, in order, and the filing without those that are not there any more, which says so.
    func load(_ filing: Filing) -> (filing: Filing, bytes: [[UInt8]]) {
        var (filing, bytes) = (filing, [[UInt8]]())
        var kept: [PartReference] = []
        for part in filing.parts {
            let path = folder.appending(part.digest)
            if let content = try? OwnedDescriptor(opening: path, .readOnly, options: .noFollow).readToEnd(
                limit: Self.largest), SHA256.digest(of: content).hex == part.digest
            {
                kept.append(part)
                bytes.append(content)
            } else {
                filing.facts.problems.append("\(part.role.rawValue) \(part.name) was lost on its way to the store")
            }
        }
        filing.parts = kept
        return (filing, bytes)
    }

    /// Takes back that runs need these, and removes those that no run needs any more.
    func release(_ parts: some Collection<PartReference>) {
        for part in parts {
            let rest = (needed[part.digest] ?? 1) - 1
            needed[part.digest] = rest > 0 ? rest : nil
            // What cannot be removed now is swept at the next start.
            if rest <= 0 { try? FileSystem.remove(folder.appending(part.digest)) }
        }
    }

    /// Removes what a crash left over, once what is needed has been counted.
    func sweep() {
        for entry in (try? FileSystem.entries(of: folder)) ?? [] where needed[entry.name.string] == nil {
            try? FileSystem.remove(folder.appending(entry.name))
        }
    }

    private static func failure(_ act: String, _ path: FilePath, _ error: SystemCallError) -> AgentError {
        AgentError(
            .spooling, path.shown, "\(act): \(error)",
            remedy: error.isFullDisk ? "free some space; nothing is lost meanwhile" : nil,
            isTransient: error.isShortage, cause: error)
    }
}
