import Bytes
import SystemCalls
public import SystemPackage

/// Where the agent of a state directory is asked: one socket for each, in a directory that only its user may enter.
public struct ControlAddress: Sendable, Hashable {
    /// The socket's file.
    public let path: FilePath

    /// `$XDG_RUNTIME_DIR/trialwatch/<hash of the state directory>.sock`; in a system unit `/run/trialwatch/<user>/…`; where
    /// there is neither, in the state directory itself.
    public init(of state: FilePath, in surroundings: Surroundings) {
        let name = SHA256.digest(of: state.string).hex.prefix(16) + ".sock"
        let system = FilePath("/run/trialwatch").appending(surroundings.user)
        if let runtime = surroundings.runtimeDirectory {
            path = runtime.appending("trialwatch").appending(String(name))
        } else if FileSystem.isPermitted(system, writing: true) {
            path = system.appending(String(name))
        } else {
            path = state.appending("control.sock")
        }
    }
}
