public import Git
internal import SystemCalls
internal import SystemPackage

/// Makes one pack of many in the stores of snapshots that have many: no fact of a run, but work for the capture worker, which the
/// agent asks for by itself.
public struct SnapshotPacker: Capturer {
    /// `packing`.
    public static let name = "packing"
    /// The machine's: it looks at all stores.
    public static let scope = CaptureScope.machine
    /// What is in a store was read in projects.
    public static let place = CapturePlace.worker

    private let library: GitLibrary?

    /// Packs by libgit2; without it nothing is packed.
    public init(_ library: GitLibrary?) { self.library = library }

    /// Packs, and finds nothing; a store that cannot be packed is a problem, and keeps no other from it.
    public func capture(_ subject: CaptureSubject, pulse: CapturePulse) throws(AgentError) -> CapturedPart {
        guard let library, let folder = subject.snapshot.map({ FilePath($0.stores) }) else {
            throw AgentError(.capturing, Self.name, "libgit2 did not start")
        }
        let stores: [FilePath]
        do throws(SystemCallError) { stores = try SnapshotStores.all(in: folder) } catch {
            throw AgentError(.capturing, folder.shown, "looking for stores of snapshots: \(error)", cause: error)
        }
        var part = CapturedPart()
        for store in stores where SnapshotStores.needsPacking(store) {
            do throws(SnapshotError) {
                // What another one packs is packed.
                if let packing = try StorePacking(of: store, library, within: .zero, progress: { pulse.beat() }) {
                    _ = try packing.consolidate()
                }
            } catch {
                part.problems.append("snapshots: \(error)")
            }
        }
        return part
    }
}
