import Bytes
import SystemCalls
public import SystemPackage

/// Where the agent of a state directory is asked: one socket for each, in a directory that only its user may enter.
public struct ControlAddress: Sendable, Hashable {
    /// The socket's file.
    public let path: FilePath

    private init(path: FilePath) { self.path = path }

    /// The addresses of agents of other state directories in the same place.
    public var neighbours: [ControlAddress] {
        let folder = path.removingLastComponent()
        let entries = (try? FileSystem.entries(of: folder)) ?? []
        let sockets = entries.filter { $0.kind == .socket }.map { folder.appending($0.name) }
        return sockets.filter { $0 != path }.sorted { $0.string < $1.string }.map { ControlAddress(path: $0) }
    }

    /// Where a unit of the system's serves the user, `/run/trialwatch/<user>/<hash of the state directory>.sock`, be it that we
    /// are that unit or ask it; else `$XDG_RUNTIME_DIR/trialwatch/…`; where there is neither, in the state directory itself.
    public init(of state: FilePath, in surroundings: Surroundings) {
        let name = SHA256.digest(of: state.string).hex.prefix(16) + ".sock"
        let system = FilePath("/run/trialwatch").appending(surroundings.user)
        // The folder goes with the unit (RuntimeDirectory= in systemd.exec(5)).
        let isServed = (try? FileStatus.ifPresent(system.appending(String(name)))) ?? nil
        if isServed?.kind == .socket {
            path = system.appending(String(name))
        } else if let runtime = surroundings.runtimeDirectory {
            path = runtime.appending("trialwatch").appending(String(name))
        } else if FileSystem.isPermitted(system, writing: true) {
            path = system.appending(String(name))
        } else {
            path = state.appending("control.sock")
        }
    }
}
