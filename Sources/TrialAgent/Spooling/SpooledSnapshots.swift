import SystemCalls
public import SystemPackage
public import Trials

/// The snapshots that entries of a spool name, read from beside the agent that may be at work on them.
public struct SpooledSnapshots: Sendable {
    /// Those of all entries that wait, were set aside, are kept, or lie in quarantine and can be read all the same.
    public private(set) var snapshots: [Snapshot] = []
    /// How many files lie there that are no entries which can be read: nobody knows what they need, and nobody files them.
    public private(set) var damaged = 0

    /// Looks through the spool of a state directory.
    ///
    /// An entry that goes while this looks is in its store by then: look there afterwards. Throws when an entry cannot be read for
    /// reasons that are not its own.
    public init(in state: FilePath) throws(AgentError) {
        let root = state.appending("spool")
        var folders = [SpoolFiles.Folder.new, .aside].map { root.appending($0.rawValue) }
        let done = root.appending(SpoolFiles.Folder.done.rawValue)
        do throws(SystemCallError) {
            // What a store may lose and get once more.
            if try FileStatus.ifPresent(done) != nil {
                folders += try FileSystem.entries(of: done).filter { $0.kind == .directory }.map {
                    done.appending($0.name)
                }
            }
        } catch {
            throw AgentError(.spooling, done.shown, "looking for snapshots in the spool: \(error)", cause: error)
        }
        // Once more: what is brought back from `aside` meanwhile is there again. What is damaged goes to quarantine from there.
        folders += [SpoolFiles.Folder.new, .quarantine].map { root.appending($0.rawValue) }
        for path in folders {
            do throws(SystemCallError) { try look(into: path) } catch {
                throw AgentError(.spooling, path.shown, "looking for snapshots in the spool: \(error)", cause: error)
            }
        }
    }

    private mutating func look(into path: FilePath) throws(SystemCallError) {
        guard try FileStatus.ifPresent(path) != nil else { return }
        var damaged = 0
        for entry in try FileSystem.entries(of: path) where !SpoolFiles.isReason(entry.name) {
            guard let name = EntryName(entry.name) ?? FilePath.Component(entry.name.stem).flatMap({ EntryName($0) })
            else {
                damaged += 1
                continue
            }
            guard let bytes = try Self.read(path.appending(entry.name)) else { continue }
            guard let spooled = try? EntryFile.entry(in: bytes, named: name) else {
                damaged += 1
                continue
            }
            if let snapshot = spooled.filing.capture?.snapshot { snapshots.append(snapshot) }
        }
        // The agent moves them to quarantine, which is looked into last.
        if path.lastComponent?.string == SpoolFiles.Folder.quarantine.rawValue { self.damaged = damaged }
    }

    /// Nil for one that has gone.
    private static func read(_ path: FilePath) throws(SystemCallError) -> [UInt8]? {
        do throws(SystemCallError) {
            let file = try OwnedDescriptor(opening: path, .readOnly, options: [.noFollow, .nonBlocking])
            return try file.readToEnd(limit: SpoolFiles.largest)
        } catch {
            if error.errno == .noSuchFileOrDirectory || error.isOfTheFile { return nil }
            throw error
        }
    }
}
