public import SystemPackage

/// What `/proc/PID/stat` says of a process (proc_pid_stat(5)).
struct ProcessStat: Equatable {
    /// `R`, `S`, `D`, `T`, `t`, `I`; `Z` and `X` when it has ended.
    var state: Character
    var parent: Int32
    var isKernelThread: Bool
    var threads: Int
    /// Parts of a second (`USER_HZ`) since the machine started.
    var startTicks: Int
    /// How it ended, if it has, as wait(2) has it; 0 also for those who may not know.
    var waitStatus: Int32?

    /// `PF_KTHREAD` of the kernel's `include/linux/sched.h`.
    private static let kernelThread: UInt32 = 0x0020_0000

    /// Nil when the text is none of the kernel's.
    init?(_ text: String) {
        // The second field, the program's name in parentheses, may hold blanks and parentheses itself.
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split { $0 == " " || $0 == "\n" }
        guard fields.count > 19, let state = fields[0].first, let parent = Int32(fields[1]),
            let flags = UInt32(fields[6]), let threads = Int(fields[17]), let ticks = Int(fields[19])
        else { return nil }
        self.state = state
        self.parent = parent
        isKernelThread = flags & Self.kernelThread != 0
        self.threads = threads
        startTicks = ticks
        waitStatus = fields.count > 49 ? Int32(fields[49]) : nil
    }

    /// A process whose first thread alone has ended is a zombie, too, and yet it runs.
    var hasEnded: Bool { (state == "Z" || state == "X") && threads <= 1 }
}

/// What `/proc/PID/status` says of a process (proc_pid_status(5)).
struct ProcessStatusText: Equatable {
    /// The process that the number belongs to: another number is that of a thread.
    var process: Int32
    /// The effective user id.
    var owner: UInt32
    /// The process's numbers, from the outermost namespace that can be seen to its own.
    var namespaceNumbers: [Int32] = []

    /// Nil when the text is none of the kernel's.
    init?(_ text: String) {
        var (process, owner): (Int32?, UInt32?)
        for line in text.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let values = line[line.index(after: colon)...].split { $0 == "\t" || $0 == " " }
            switch line[..<colon] {
            case "Tgid": process = values.first.flatMap { Int32($0) }
            case "Uid": owner = values.dropFirst().first.flatMap { UInt32($0) }
            case "NSpid": namespaceNumbers = values.compactMap { Int32($0) }
            default: break
            }
        }
        guard let process, let owner else { return nil }
        self.process = process
        self.owner = owner
    }
}

/// A cgroup that a process is in (cgroups(7)).
public struct ProcessCgroup: Hashable, Sendable {
    /// What the hierarchy controls; none for version 2, which is one hierarchy for all.
    public var controllers: [String]
    /// The path in the hierarchy, as this process sees it; it leads out of the root by `..` when it cannot be seen.
    public var path: FilePath

    /// Whether it is one of version 2.
    public var isUnified: Bool { controllers.isEmpty }

    /// The cgroups that the lines of `/proc/PID/cgroup` name.
    public static func parse(_ text: String) -> [ProcessCgroup] {
        text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3, fields[2].hasPrefix("/") else { return nil }
            return ProcessCgroup(
                controllers: fields[1].split(separator: ",").map(String.init), path: FilePath(String(fields[2])))
        }
    }
}
