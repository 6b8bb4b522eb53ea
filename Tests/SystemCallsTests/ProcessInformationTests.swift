import SystemPackage
import TestFiles
import Testing

@testable import SystemCalls

@Suite struct ProcessInformationTests {
    private static let rest = "0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0"
    private static let after = "99 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0"

    @Test func `this process is described`() throws {
        let own = try present(OwnProcess.number)
        #expect(own.number == OwnProcess.number)
        #expect(own.parent == OwnProcess.parent)
        #expect(own.hasEnded == false)
        #expect(own.isKernelThread == false)
        #expect(own.owner == User.currentIdentifier)
        #expect(own.namespaceNumbers.last == OwnProcess.number)
        #expect(own.commandLine() == CommandLine.arguments)
        #expect(try own.workingDirectory() == FileSystem.resolve("."))
        #expect(try own.works(in: FileStatus(of: "..", followingLinks: true)) == true)
        #expect(try own.works(in: FileStatus(of: "/proc")) == false)
        #expect(try own.executable() == FileSystem.resolve("/proc/self/exe"))
        #expect(own.cgroups() != nil)
        #expect(own.end() == nil)
        let age = Clock.now - own.started
        #expect(age > -1_000_000_000 && age < 24 * 3600 * 1_000_000_000)
        #expect(try ProcessInformation.all().contains(OwnProcess.number))
        #expect(ProcessInformation.namespaceNumbers(of: OwnProcess.number) == own.namespaceNumbers)
    }

    @Test func `a child is described as it was started, and not at all after its end`() throws {
        let directory = try TemporaryDirectory()
        var child = try ChildProcess(
            "/bin/cat", arguments: ["cat", "-u", "-"], environment: ["A=b c=d", "AB=x", "EMPTY="],
            directory: directory.path)
        // Only when it answers is it sure to be the program with its arguments.
        try child.write(Array("x".utf8))
        #expect(try child.read(atMost: 1, timeout: .seconds(20)) == Array("x".utf8))
        let information = try present(child.process.process)
        #expect(information.parent == OwnProcess.number)
        #expect(information.commandLine() == ["cat", "-u", "-"])
        #expect(information.environmentVariable("A") == "b c=d")
        #expect(information.environmentVariable("EMPTY") == "")
        #expect(information.environmentVariable("B") == nil)
        #expect(try information.workingDirectory() == FileSystem.resolve(directory.path))
        try child.process.send(.kill)
        #expect(try child.end() == .signalled(.kill))
        #expect(information.commandLine() == nil)
        #expect(information.environmentVariable("A") == nil)
        #expect(information.workingDirectory() == nil)
        #expect(information.cgroups() == nil)
        #expect(information.end() == nil)
    }

    @Test func `a number that no process has is none, nor is a thread's`() throws {
        let none = try ProcessInformation(Int32.max)?.number
        #expect(none == nil)
        let go = try EventDescriptorInAClass()
        let thread = try DedicatedThread("idler") { _ = try? go.event.descriptor.waitUntilReadable() }
        let threads = try FileSystem.entries(of: "/proc/self/task").compactMap { Int32($0.name.string) }
        let other = try #require(threads.first { $0 != OwnProcess.number })
        let found = try ProcessInformation(other)?.number
        #expect(found == nil)
        go.event.raise()
        _ = consume thread
    }

    @Test(
        arguments: [
            ("1 (bash) S \(rest) 4711 \(after)", "S", 4711),
            ("1 (a) b ) c) R \(rest) 12 \(after)\n", "R", 12),
            ("1 (a b) 7 (x) I \(rest) 12 \(after)", "I", 12),
            ("1 () D \(rest) 12", "D", 12),
            ("1 (bash) S 0", nil, nil), ("1 bash S \(rest) 12", nil, nil), ("", nil, nil), (")", nil, nil),
        ] as [(String, Character?, Int?)])
    func `a program's name cannot shift what is said of its process`(text: String, state: Character?, ticks: Int?) {
        let stat = ProcessStat(text)
        #expect(stat?.state == state)
        #expect(stat?.startTicks == ticks)
    }

    @Test(
        arguments: [
            ("Z (sh) S", 4_194_560, 1, "S", false, false), ("1 (sh) Z", 4_194_560, 1, "Z", true, false),
            ("1 (sh) X", 4_194_560, 0, "X", true, false),
            // Its first thread alone has ended.
            ("1 (python) Z", 4_194_560, 3, "Z", false, false),
            ("2 (kthreadd) S", 0x0020_8040, 1, "S", false, true),
        ] as [(String, Int, Int, Character, Bool, Bool)])
    func `an end and a thread of the kernel are known by the numbers`(
        start: String, flags: Int, threads: Int, state: Character, hasEnded: Bool, isKernelThread: Bool
    ) throws {
        let text = "\(start) 5 1 1 0 -1 \(flags) 1 2 3 4 5 6 7 8 20 0 \(threads) 0 17 \(Self.after) 768"
        let stat = try #require(ProcessStat(text))
        #expect(stat.parent == 5)
        #expect(stat.state == state)
        #expect(stat.hasEnded == hasEnded)
        #expect(stat.isKernelThread == isKernelThread)
        #expect(stat.waitStatus == 768)
    }

    @Test(
        arguments: [
            (0, ProcessEnd.exited(0)), (0x300, .exited(3)), (0xFF00, .exited(255)), (9, .signalled(.kill)),
            // With a core dump.
            (0x8B, .signalled(Signal(rawValue: 11))),
        ] as [(Int32, ProcessEnd)])
    func `a wait status is read`(status: Int32, end: ProcessEnd) {
        #expect(ProcessEnd(waitStatus: status) == end)
    }

    @Test(
        arguments: [
            ("Name:\tsh\nTgid:\t7\nUid:\t1\t2\t3\t4\nNSpid:\t4711\t12\t1\n", 7, 2, [4711, 12, 1]),
            ("Name:\tNSpid: 9\nTgid:\t7\nUid:\t1\t2\t3\t4\n", 7, 2, []),
            ("Name:\tsh\nTgid:\t7\n", nil, nil, nil), ("", nil, nil, nil),
        ] as [(String, Int32?, UInt32?, [Int32]?)])
    func `a status is read`(text: String, process: Int32?, owner: UInt32?, numbers: [Int32]?) {
        let status = ProcessStatusText(text)
        #expect(status?.process == process)
        #expect(status?.owner == owner)
        #expect(status?.namespaceNumbers == numbers)
        #expect(ProcessStatusText.namespaceNumbers(in: Array(text.utf8)) == numbers ?? [])
    }

    @Test func `cgroups of both versions are read`() {
        let text = "9:name=systemd:/\n4:cpu,memory:/a/b:c d\n0::/../x\nnonsense\n1:cpu:\n"
        #expect(
            ProcessCgroup.parse(text) == [
                ProcessCgroup(controllers: ["name=systemd"], path: "/"),
                ProcessCgroup(controllers: ["cpu", "memory"], path: "/a/b:c d"),
                ProcessCgroup(controllers: [], path: "/../x"),
            ])
    }
}

/// What is said of a process that has to be there.
func present(_ number: Int32) throws -> ProcessInformation {
    guard let found = try ProcessInformation(number) else {
        throw SystemCallError(call: "ProcessInformation", subject: "\(number)", errno: .noSuchProcess)
    }
    return found
}

private final class EventDescriptorInAClass: Sendable {
    let event: EventDescriptor
    init() throws { event = try EventDescriptor() }
}
