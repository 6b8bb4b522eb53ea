import SystemCalls
import SystemPackage
import Trials

/// A process that a marker names, as the kernel knows it while it lives (proc(5)).
struct RunningProcess: Equatable, Sendable {
    /// Its user.
    let owner: UInt32
    /// When it began, to a hundredth of a second.
    let started: Timestamp

    /// The kernel counts a process's start in these parts of a second (`USER_HZ`, the same on every Linux that we run on).
    private static let ticksPerSecond = 100

    /// Nil when no process of that number is there, or it is none of those that may be looked at.
    init?(_ pid: Int) {
        let folder = FilePath("/proc/\(pid)")
        guard let status = try? FileStatus(of: folder), let stat = Self.text(of: folder.appending("stat")),
            let ticks = Self.startTicks(in: stat)
        else { return nil }
        owner = status.owner
        let age = Int(Clock.sinceBoot) - ticks * (1_000_000_000 / Self.ticksPerSecond)
        started = Timestamp(atNanoseconds: Int(Clock.now) - age)
    }

    /// The 22nd field; the second one, the program's name in parentheses, may hold blanks and parentheses itself.
    static func startTicks(in stat: String) -> Int? {
        guard let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        return fields.count > 19 ? Int(fields[19]) : nil
    }

    private static func text(of path: FilePath) -> String? {
        (try? OwnedDescriptor(opening: path, .readOnly).readToEnd(limit: 1 << 20))
            .map { String(decoding: $0, as: UTF8.self) }
    }
}
