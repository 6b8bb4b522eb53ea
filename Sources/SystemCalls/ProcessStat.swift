/// What `/proc/PID/stat` says of a process (proc_pid_stat(5)).
struct ProcessStat: Equatable {
    /// `R`, `S`, `D`, `T`, `t`, `I`; `Z` and `X` when it has ended.
    var state: Character
    var parent: Int32
    var isKernelThread: Bool
    var threads: Int
    /// Processor time of all threads, and of the children that were waited for, in parts of a second (`USER_HZ`).
    var processorTicks: Int
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
        processorTicks = fields[11...14].reduce(0) { $0 &+ (Int($1) ?? 0) }
        waitStatus = fields.count > 49 ? Int32(fields[49]) : nil
    }

    /// A process whose first thread alone has ended is a zombie, too, and yet it runs.
    var hasEnded: Bool { (state == "Z" || state == "X") && threads <= 1 }
}
