/// Ends this process when the one that started it has ended, however that ended, and whatever this one is doing.
///
/// Unlike `PR_SET_PDEATHSIG` (prctl(2)) it looks at the process: that signal comes already when the *thread* that started
/// this process ends, as the threads of a pool do when they have nothing to do. The watch ends when its owner lets go of it.
public struct ParentWatch: ~Copyable, Sendable {
    private let sides: Sides
    private let thread: DedicatedThread

    /// Watches the parent; this process leaves with `status` when the parent has ended.
    public init(leavingWith status: Int32) throws(SystemCallError) {
        let sides = try Sides()
        let thread = try DedicatedThread("parent-watch") {
            // The watch fails only for want of memory in the kernel: then the end of standard input has to do.
            if let tokens = try? sides.both.wait(), tokens.contains(Sides.parentEnded) { OwnProcess.end(status) }
        }
        self.sides = sides
        self.thread = thread
    }

    deinit {
        // The thread is waited for right after this.
        sides.enough.raise()
    }
}

/// What the watching thread waits for.
private final class Sides: Sendable {
    static let parentEnded: UInt64 = 1

    let parent: ProcessDescriptor
    let enough: EventDescriptor
    let both: Epoll

    init() throws(SystemCallError) {
        parent = try ProcessDescriptor(OwnProcess.parent)
        enough = try EventDescriptor()
        both = try Epoll()
        try both.add(parent.descriptor, token: Self.parentEnded)
        try both.add(enough.descriptor, token: 0)
    }
}
