internal import SystemCalls
internal import Trials

/// Captures what Python calls the platform: kernel, architecture and C library in one line, and the number of processors.
public struct PlatformCapturer: Capturer {
    /// `platform`.
    public static let name = "platform"
    /// The machine's.
    public static let scope = CaptureScope.machine
    /// It reads nothing but what the kernel says of itself.
    public static let place = CapturePlace.agent

    /// Asks the machine that it runs on.
    public init() {}

    /// Fills `platform`.
    public func capture(_ subject: CaptureSubject, pulse: CapturePulse) throws(AgentError) -> CapturedPart {
        do throws(SystemCallError) {
            let machine = try Machine()
            var part = CapturedPart()
            part.environment[.platform] = .document([
                "Platform Information": .text(platformLine(machine, cLibrary: Machine.cLibrary)),
                "Device CPU Count": .integer(Machine.processorCount),
            ])
            return part
        } catch {
            throw AgentError(.capturing, "platform", "asking for the kernel's name: \(error)", cause: error)
        }
    }
}

/// What `platform.platform()` of Python 3.8 and later prints: `Linux-6.1.0-18-amd64-x86_64-with-glibc2.36`.
func platformLine(_ machine: Machine, cLibrary: String?) -> String {
    let library = cLibrary.map { String($0.filter { $0 != " " }) } ?? ""
    let joined = [machine.system, machine.release, machine.architecture, "with", library]
        .filter { !$0.isEmpty }.joined(separator: "-")
    var line = ""
    for character in joined {
        switch character {
        case " ": line.append("_")
        case "/", "\\", ":", ";", "\"", "(", ")", "-":
            if line.last != "-" { line.append("-") }
        default: line.append(character)
        }
    }
    while line.last == "-" { line.removeLast() }
    return line
}
