import SystemCalls
import SystemPackage
import Trials

/// Finds the process that a marker names: on this host, or in a container by the number that it has there.
struct ProcessSearch: Sendable {
    /// What a search came to.
    enum Finding: Equatable, Sendable {
        /// This is the process. It may have ended just now, as long as its parent has not asked how.
        case running(RunProcess)
        /// There is no process of this number any more.
        case ended
        /// There is one, which may not be taken for the run's, and why: a sentence.
        case notFollowed(String)
    }

    private let boot: String
    let proc: FilePath

    /// A marker's time may lie so much before the start of a process that was there when it was written: the kernel counts
    /// both in parts of a second.
    private static let rounding = 10_000_000

    /// Searches below the folder where procfs is; `boot` tells this start of the machine (`Clock.bootIdentifier`).
    init(boot: String, proc: FilePath = "/proc") {
        self.boot = boot
        self.proc = proc
    }

    /// Finds the process of this number that a marker in `project` means: one of its owner's, which began before `moment`,
    /// when the marker was closed.
    ///
    /// One that works in the project comes first, then the host's own of this number, then a container's, if there is only one.
    /// This looks at file systems, which may be slow.
    func find(_ pid: Int, of owner: UInt32, before moment: Timestamp, near project: FilePath) -> Finding {
        guard pid > 0 else { return .notFollowed("\(pid) is no process's number; it is not followed") }
        guard let number = Int32(exactly: pid) else { return .ended }
        let wanted = Wanted(
            pid: number, owner: owner, latest: moment.nanoseconds + Self.rounding,
            project: (try? FileSystem.resolve(project)) ?? project,
            folder: try? FileStatus(of: project, followingLinks: true))
        do throws(SystemCallError) {
            let own = try candidate(number, wanted, isContained: false)
            if let process = own?.process, own?.isNear == true { return .running(process) }
            let contained = try contained(wanted)
            let accepted = contained.filter { $0.process != nil }
            if let process = accepted.first(where: \.isNear)?.process { return .running(process) }
            if let process = own?.process { return .running(process) }
            if accepted.count == 1, let process = accepted[0].process { return .running(process) }
            if accepted.count > 1 {
                return .notFollowed(
                    "process \(pid) may be any of \(accepted.count) in containers, none of which works in the project;"
                        + " it is not followed")
            }
            if let reason = own?.refusal ?? contained.first?.refusal {
                return .notFollowed("\(reason); it is not followed")
            }
        } catch {
            return .notFollowed("process \(pid) could not be looked at: \(error); it is not followed")
        }
        return isHidden(number)
            ? .notFollowed("process \(pid) is there, but may not be looked at; it is not followed") : .ended
    }

    /// More about a process that was found; nil when it has ended.
    func information(of process: RunProcess) -> ProcessInformation? {
        guard let found = (try? ProcessInformation(process.number, in: proc)) ?? nil,
            found.startTicks == process.startTicks
        else { return nil }
        return found
    }

    /// How a process ended; nil when it still runs, as far as it can be known.
    func exit(of process: RunProcess) -> RunExit? {
        guard process.boot == boot else { return .unknown }
        do throws(SystemCallError) {
            guard let information = try ProcessInformation(process.number, in: proc),
                information.startTicks == process.startTicks
            else { return .unknown }
            return information.hasEnded ? RunExit(information.end(), of: process) : nil
        } catch {
            return nil
        }
    }

    /// Whether a process has not ended, as far as it can be known.
    func isRunning(_ process: RunProcess) -> Bool { exit(of: process) == nil }

    /// Whether its number is still this process's, which may have ended already.
    func isPresent(_ process: RunProcess) throws(SystemCallError) -> Bool {
        guard process.boot == boot else { return false }
        return try ProcessInformation(process.number, in: proc)?.startTicks == process.startTicks
    }

    /// What a process has to be.
    private struct Wanted {
        let pid: Int32
        let owner: UInt32
        /// When it has to have begun, in nanoseconds since 1970.
        let latest: Int
        let project: FilePath
        let folder: FileStatus?
    }

    /// A process of the right number.
    private struct Candidate {
        var process: RunProcess?
        var isNear = false
        /// Why it may not be followed.
        var refusal: String?
    }

    private func candidate(
        _ number: Int32, _ wanted: Wanted, isContained: Bool
    ) throws(SystemCallError) -> Candidate? {
        guard let information = try ProcessInformation(number, in: proc) else { return nil }
        // A container's number may have been used again since its processes were looked through.
        if isContained, information.namespaceNumbers.last != wanted.pid { return nil }
        let name = isContained ? "process \(wanted.pid) of a container (here \(number))" : "process \(number)"
        if information.isKernelThread { return Candidate(refusal: "\(name) is a thread of the kernel") }
        if information.owner != wanted.owner {
            return Candidate(
                refusal: "\(name) belongs to user \(Self.name(information.owner)),"
                    + " not to the marker's owner \(Self.name(wanted.owner))")
        }
        if information.started > wanted.latest {
            return Candidate(refusal: "\(name) began after the marker was written")
        }
        let isNear =
            information.workingDirectory()?.starts(with: wanted.project) == true
            || information.executable()?.starts(with: wanted.project) == true
            // A container may have the project under another name.
            || isContained && wanted.folder.map { information.works(in: $0) } == true
        if number == 1, !isNear {
            return Candidate(refusal: "\(name) is the first of all here, and nothing ties it to the project")
        }
        return Candidate(process: process(information), isNear: isNear)
    }

    private func process(_ information: borrowing ProcessInformation) -> RunProcess {
        let mounts = smallFile(proc.appending("self/mountinfo"), limit: 1 << 20) ?? ""
        let files = MemoryCgroups(mountinfo: mounts).files(for: information.cgroups() ?? [])
        return RunProcess(
            number: information.number, startTicks: information.startTicks, boot: boot,
            started: Timestamp(atNanoseconds: Int(information.started)),
            memoryKills: files.compactMap { MemoryKills(file: $0) })
    }

    /// Processes that have the number in a namespace of their own.
    private func contained(_ wanted: Wanted) throws(SystemCallError) -> [Candidate] {
        var found: [Candidate] = []
        for number in try ProcessInformation.all(in: proc) {
            guard let numbers = ProcessInformation.namespaceNumbers(of: number, in: proc), numbers.count > 1,
                numbers.last == wanted.pid, let candidate = try candidate(number, wanted, isContained: true)
            else { continue }
            found.append(candidate)
        }
        return found
    }

    /// Whether there is a process that `/proc` does not show (its mount option `hidepid`).
    private func isHidden(_ number: Int32) -> Bool {
        do throws(SystemCallError) {
            return try !ProcessDescriptor(number).hasEnded()
        } catch {
            // A thread's number gives another error.
            return false
        }
    }

    private static func name(_ user: UInt32) -> String { (try? User(user))?.name ?? "\(user)" }
}
