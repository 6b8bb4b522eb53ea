internal import SystemCalls
public import SystemPackage

/// Another host, as far as its network and its name go: a cable leads from it to this machine, and nowhere else
/// (network_namespaces(7), veth(4)). Its end of the cable goes with it.
public final class HostNamespace: ProgramNamespace {
    /// Whether a test may have one on this machine.
    public static let isPermitted = (try? HostNamespace(number: 255)) != nil

    /// Why tests are passed over that need one.
    public static let advice = "only root may make hosts with networks of their own"

    /// This machine's address at its end of the cable.
    public let gateway: String
    private let holder: ChildProcess
    private static let program: FilePath = "/usr/bin/nsenter"
    private static let environment = ["PATH=/usr/bin:/bin:/usr/sbin:/sbin", "LANG=C.UTF-8"]

    /// Makes one; no two at a time may have the same number, from 1 to 255.
    public init(number: Int) throws {
        let network = Int.random(in: 0..<64) * 4
        gateway = "10.231.\(number).\(network + 1)"
        let script = "echo host\(number) > /proc/sys/kernel/hostname; ip link set lo up && echo ready && exec cat"
        holder = try ChildProcess(
            "/usr/bin/unshare", arguments: ["unshare", "-n", "-u", "sh", "-c", script], environment: Self.environment)
        guard try holder.read(atMost: 16, timeout: .seconds(10))?.isEmpty == false else {
            throw ProgramError("unshare: \(Self.advice)")
        }
        let name = "tw\(number)x\(UInt32.random(in: .min ... .max))".prefix(15)
        let inside = "nsenter -t \(holder.process.process) -n ip"
        var cable = try ChildProcess(
            "/bin/sh",
            arguments: [
                "sh", "-c",
                """
                ip link add \(name) type veth peer name eth0 netns \(holder.process.process) &&
                ip addr add \(gateway)/30 dev \(name) && ip link set \(name) up &&
                \(inside) addr add 10.231.\(number).\(network + 2)/30 dev eth0 && \(inside) link set eth0 up &&
                \(inside) route add default via \(gateway)
                """,
            ], environment: Self.environment)
        cable.closeInput()
        guard try cable.end(timeout: .seconds(10)) == .exited(0) else { throw ProgramError("ip link: \(Self.advice)") }
    }

    /// They are.
    public let isRoot = true

    /// By nsenter(1).
    public func entering(
        _ executable: FilePath, _ arguments: [String], in directory: FilePath
    ) -> (FilePath, [String]) {
        let start = ["env", "-C", directory.string, executable.string]
        return (Self.program, ["-t", String(holder.process.process), "-n", "-u"] + start + arguments)
    }
}
