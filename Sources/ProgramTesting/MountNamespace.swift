internal import SystemCalls
public import SystemPackage

/// Namespaces of its own for mounts and users: what is mounted there, and what is written to `/proc/sys/user`, nobody else sees,
/// and it is gone with it (mount_namespaces(7), user_namespaces(7)). Programs are root in it.
public final class MountNamespace: ProgramNamespace {
    /// Whether a test may have one on this machine.
    public static let isPermitted = (try? MountNamespace()) != nil

    /// Why tests are passed over that need one.
    public static let advice = "this machine lets nobody make namespaces"

    private let holder: ChildProcess
    private static let program: FilePath = "/usr/bin/nsenter"

    /// Makes one.
    public init() throws {
        let arguments = ["unshare", "-U", "-r", "-m", "--propagation", "private", "sh", "-c", "echo ready; exec cat"]
        holder = try ChildProcess(
            "/usr/bin/unshare", arguments: arguments, environment: ["PATH=/usr/bin:/bin:/usr/sbin"])
        guard FileSystem.isPermitted(Self.program, executing: true),
            try holder.read(atMost: 16, timeout: .seconds(10))?.isEmpty == false
        else { throw ProgramError("unshare: \(Self.advice)") }
    }

    /// They are.
    public let isRoot = true

    /// By nsenter(1).
    public func entering(
        _ executable: FilePath, _ arguments: [String], in directory: FilePath
    ) -> (FilePath, [String]) {
        // Who enters a mount namespace is at its root.
        let start = ["env", "-C", directory.string, executable.string]
        let target = ["-t", String(holder.process.process), "-U", "-m", "--preserve-credentials"]
        return (Self.program, target + start + arguments)
    }
}
