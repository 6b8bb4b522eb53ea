import SystemCalls
import Trials

/// The process that a run's marker names: told from every other one, before and after it on any machine.
struct RunProcess: Codable, Hashable, Sendable {
    /// Its number on this host.
    let number: Int32
    /// When it began, in hundredths of a second since the machine started.
    let startTicks: Int
    /// Which start of the machine that is counted from (`Clock.bootIdentifier`).
    let boot: String
    /// When it began, exact to a hundredth of a second.
    let started: Timestamp
    /// How often the kernel had ended processes for want of memory when this one was found: in its memory cgroup first, then
    /// in each above it.
    let memoryKills: [MemoryKills]

    /// Whether both are one process; when each was found does not matter.
    func isSame(as other: RunProcess) -> Bool {
        number == other.number && startTicks == other.startTicks && boot == other.boot
    }

    /// Whether the kernel has ended a process for want of memory since this one was found.
    ///
    /// The deepest cgroup that is still there tells: a container's is often gone with its process.
    var hasLackedMemory: Bool { memoryKills.firstAnswer(\.hasGrown) ?? false }
}
