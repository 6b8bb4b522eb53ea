internal import Glibc
internal import SystemCalls
internal import SystemPackage

/// A mount namespace of its own: what is mounted there nobody else sees, and it is gone with it (mount_namespaces(7)).
public final class MountNamespace: Sendable {
    /// Whether a test may have one on this machine.
    public static let isPermitted = (try? MountNamespace()) != nil

    /// Why tests are passed over that need one.
    public static let advice = "this machine permits no mount namespaces"

    private let holder: ChildProcess
    private static let program: FilePath = "/usr/bin/nsenter"

    /// Makes one.
    public init() throws {
        let user = Self.isRoot ? [] : ["-U", "-r"]
        let arguments = ["unshare"] + user + ["-m", "--propagation", "private", "sh", "-c", "echo ready; exec cat"]
        holder = try ChildProcess(
            "/usr/bin/unshare", arguments: arguments, environment: ["PATH=/usr/bin:/bin:/usr/sbin"])
        guard FileSystem.isPermitted(Self.program, executing: true),
            try holder.read(atMost: 16, timeout: .seconds(10))?.isEmpty == false
        else { throw ProgramError("unshare: \(Self.advice)") }
    }

    private static var isRoot: Bool { getuid() == 0 }

    /// How a program is started so that it runs in it, under its own process number.
    func entering(_ executable: FilePath, _ arguments: [String]) -> (FilePath, [String]) {
        let user = Self.isRoot ? [] : ["-U", "--preserve-credentials"]
        let target = ["-t", String(holder.process.process), "-m"] + user
        return (Self.program, target + [executable.string] + arguments)
    }
}
