import SystemCalls
import SystemPackage
import TestFiles

@testable import TrialAgent

/// A folder that looks like `/proc`, with processes that are not there; cgroups are in the folder `cgroup` beside it.
struct RecordedProcesses {
    static let boot = "this boot"

    let directory: TemporaryDirectory

    init(_ directory: TemporaryDirectory) { self.directory = directory }

    var search: ProcessSearch { ProcessSearch(boot: Self.boot, proc: directory.path.appending("proc")) }

    /// Adds a process that began when the machine did, or so many hundredths of a second later.
    func add(
        _ number: Int32, owner: UInt32, inContainer inner: Int32? = nil, ticks: Int = 0, isKernelThread: Bool = false,
        directory working: FilePath = "/", cgroups: String = ""
    ) throws {
        let flags = isKernelThread ? 0x0020_8040 : 4_194_560
        try directory.file(
            "proc/\(number)/stat", "\(number) (a ) b) S 1 1 1 0 -1 \(flags) 0 0 0 0 0 0 0 0 20 0 1 0 \(ticks) 0 0\n")
        let numbers = [number] + (inner.map { [$0] } ?? [])
        try directory.file(
            "proc/\(number)/status",
            "Name:\ta ) b\nTgid:\t\(number)\nUid:\t\(owner)\t\(owner)\t\(owner)\t\(owner)\n"
                + "NSpid:\t\(numbers.map(String.init).joined(separator: "\t"))\n")
        try directory.file("proc/\(number)/cgroup", cgroups)
        try directory.file(
            "proc/self/mountinfo", "1 2 0:3 / \(directory.path.appending("cgroup")) rw - cgroup2 cgroup2 rw\n")
        let folder = directory.path.pushing(FilePath("proc/\(number)"))
        try FileSystem.makeSymbolicLink(at: folder.appending("cwd"), to: working)
        try FileSystem.makeSymbolicLink(at: folder.appending("exe"), to: "/bin/true")
    }
}
