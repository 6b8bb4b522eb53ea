internal import Glibc
public import SystemPackage

/// A process as the kernel shows it below `/proc` (proc(5)).
///
/// All that is asked of one value is told of one process, even if its number is used again meanwhile. What this process may
/// not know is nil, and so is everything after the other's end.
public struct ProcessInformation: ~Copyable, Sendable {
    /// The process's number.
    public let number: Int32
    /// The process that started it, or took it over.
    public let parent: Int32
    /// `R`, `S`, `D`, `T`, `t`, `I`; `Z` and `X` when it has ended.
    public let state: Character
    /// Whether it had ended, and only waits for its parent to ask how.
    public let hasEnded: Bool
    /// Whether it is a thread of the kernel.
    public let isKernelThread: Bool
    /// When it began, in hundredths of a second since the machine started.
    public let startTicks: Int
    /// When it began, in nanoseconds since 1970, exact to a hundredth of a second.
    public let started: Int64
    /// The user whom it acts as.
    public let owner: UInt32
    /// Its numbers, from the outermost namespace that can be seen to its own; several for a process in a container.
    public let namespaceNumbers: [Int32]
    /// What it had used.
    public let usage: ProcessUsage

    private let folder: OwnedDescriptor

    /// The kernel counts a process's start in these parts of a second (`USER_HZ`, the same on every Linux that we run on).
    private static let nanosecondsPerTick: Int64 = 10_000_000

    /// Nil when no process has this number, or it may not even be known whether one has; throws when it may not be looked
    /// at, or for want of a descriptor.
    public init?(_ number: Int32, in proc: FilePath = "/proc") throws(SystemCallError) {
        do throws(SystemCallError) {
            let folder = try OwnedDescriptor(directory: proc.appending("\(number)"))
            guard let stat = ProcessStat(try text("stat", in: folder)),
                let status = ProcessStatusText(try text("status", in: folder)), status.process == number
            else { return nil }
            self.number = number
            parent = stat.parent
            state = stat.state
            hasEnded = stat.hasEnded
            isKernelThread = stat.isKernelThread
            startTicks = stat.startTicks
            started = Clock.now - (Clock.sinceBoot - Int64(clamping: stat.startTicks) &* Self.nanosecondsPerTick)
            owner = status.owner
            namespaceNumbers = status.namespaceNumbers
            usage = ProcessUsage(
                processorTime: .nanoseconds(Self.nanosecondsPerTick) * stat.processorTicks,
                peakMemory: status.peakMemory)
            self.folder = folder
        } catch {
            if error.isOfNoProcess { return nil }
            throw error
        }
    }

    /// The numbers of all processes that can be seen.
    public static func all(in proc: FilePath = "/proc") throws(SystemCallError) -> [Int32] {
        try FileSystem.entries(of: proc).compactMap { Int32($0.name.string) }
    }

    /// The numbers of one process, from the outermost namespace that can be seen to its own; less work than all about it.
    public static func namespaceNumbers(of number: Int32, in proc: FilePath = "/proc") -> [Int32]? {
        let path = proc.appending("\(number)").appending("status")
        guard let text = try? OwnedDescriptor(opening: path, .readOnly).readToEnd(limit: longestText) else {
            return nil
        }
        return ProcessStatusText.namespaceNumbers(in: text)
    }

    /// Its arguments, the first of which is its own name; empty for a thread of the kernel and after the end.
    ///
    /// What is beyond the first MiB is left out.
    public borrowing func commandLine() -> [String]? { strings("cmdline") }

    /// What a variable of the environment was when the process began; nil also when it is beyond the first MiB.
    public borrowing func environmentVariable(_ name: String) -> String? {
        strings("environ")?.first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
    }

    /// Those variables of the environment whose names are asked for, as they were when the process began; nil when this process
    /// may not know, and without those beyond the first MiB.
    public borrowing func environment(_ isWanted: (String) -> Bool) -> [(name: String, value: String)]? {
        strings("environ")?.compactMap { variable in
            guard let end = variable.firstIndex(of: "=") else { return nil }
            let name = String(variable[..<end])
            return isWanted(name) ? (name, String(variable[variable.index(after: end)...])) : nil
        }
    }

    /// The working directory; of a process in a container, as the container names it.
    public borrowing func workingDirectory() -> FilePath? { try? folder.target(ofLink: "cwd") }

    /// The file that it runs; of a process in a container, as the container names it.
    public borrowing func executable() -> FilePath? { try? folder.target(ofLink: "exe") }

    /// The cgroups that it is in.
    public borrowing func cgroups() -> [ProcessCgroup]? {
        (try? text("cgroup", in: folder)).map { ProcessCgroup.parse($0) }
    }

    /// Whether its working directory is this one or lies below it, whatever a container calls it.
    ///
    /// This looks at file systems, which may be slow.
    public borrowing func works(in directory: FileStatus) -> Bool {
        var path = FilePath("cwd")
        var below: FileStatus?
        for _ in 0..<64 {
            guard let status = try? folder.status(of: path, followingLinks: true) else { return false }
            if status.isSameFile(as: directory) { return true }
            // The root is its own parent.
            if let below, status.isSameFile(as: below) { return false }
            below = status
            path.append("..")
        }
        return false
    }

    /// How it ended, for a process that has; nil also when this process may not know.
    public borrowing func end() -> ProcessEnd? { Self.endOfZombie(in: folder) }

    /// The same, for a process's folder below `/proc`.
    static func endOfZombie(in folder: borrowing OwnedDescriptor) -> ProcessEnd? {
        guard let stat = (try? text("stat", in: folder)).flatMap({ ProcessStat($0) }), stat.hasEnded,
            let status = stat.waitStatus
        else { return nil }
        // To those who may not know, the kernel tells 0; the same may not read this link either.
        if status == 0 {
            do throws(SystemCallError) {
                _ = try folder.target(ofLink: "exe")
            } catch {
                if error.errno == .permissionDenied || error.errno == .notPermitted { return nil }
            }
        }
        return ProcessEnd(waitStatus: status)
    }

    private borrowing func strings(_ name: FilePath) -> [String]? {
        let limit = 1 << 20
        guard let bytes = try? folder.open(name, .readOnly).read(limit, at: 0) else { return nil }
        var pieces = bytes.split(separator: 0, omittingEmptySubsequences: false)
        // Behind the last zero is nothing, or what was cut off; a program that overwrote its name may have left out the zero.
        if bytes.count == limit || pieces.last?.isEmpty == true { pieces.removeLast() }
        return pieces.map { String(decoding: $0, as: UTF8.self) }
    }
}

/// Who is in 65,536 groups has a `status` of half of it.
private let longestText = 1 << 20

/// A small file in a process's folder.
private func text(_ name: FilePath, in folder: borrowing OwnedDescriptor) throws(SystemCallError) -> String {
    String(decoding: try folder.open(name, .readOnly).readToEnd(limit: longestText), as: UTF8.self)
}

extension FileStatus {
    fileprivate func isSameFile(as other: FileStatus) -> Bool { device == other.device && inode == other.inode }
}

extension SystemCallError {
    /// Whether there is no such process, or it ended while it was looked at.
    fileprivate var isOfNoProcess: Bool { errno == .noSuchFileOrDirectory || errno == .noSuchProcess }
}
