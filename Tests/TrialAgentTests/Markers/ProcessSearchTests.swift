import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials

@testable import TrialAgent

private let isRoot = User.currentIdentifier == 0
/// As root a namespace for processes is made as it is; a user needs one for users around it.
private let unshare = "unshare \(isRoot ? "" : "-U -r ")-p -f --kill-child"

private func succeeds(_ command: String) -> Bool {
    guard var script = try? Script("\(command) >/dev/null 2>&1") else { return false }
    return (try? script.end()) == .exited(0)
}

private let hasNamespaces = succeeds("\(unshare) -m true")
private let seesKernelThread = ((try? ProcessInformation(2)?.isKernelThread) ?? nil) == true

/// Rules, with processes that are recorded in files.
@Suite struct `Which process a marker means` {
    private static let number: Int32 = 4_200_007
    private let directory: TemporaryDirectory
    private let processes: RecordedProcesses
    private let project: FilePath

    init() throws {
        directory = try TemporaryDirectory()
        processes = RecordedProcesses(directory)
        project = directory.path.appending("project")
        try FileSystem.makeDirectories(project.appending("below"))
        try directory.file("proc/self/mountinfo")
    }

    private func find(_ number: Int32 = number, before moment: Timestamp = .now) -> ProcessSearch.Finding {
        processes.search.find(Int(number), of: 1000, before: moment, near: project)
    }

    @Test func `the host's own is it, when its owner and its start are right`() throws {
        #expect(find() == .ended)
        try processes.add(Self.number, owner: 1000)
        #expect(find().number == Self.number)
    }

    @Test func `one that works in the project is it, wherever it is`() throws {
        try processes.add(Self.number, owner: 1000)
        try processes.add(11, owner: 1000, inContainer: Self.number, directory: project.appending("below"))
        try processes.add(12, owner: 1000, inContainer: Self.number)
        #expect(find().number == 11)
    }

    @Test func `the host's own comes before a container's, and that before none`() throws {
        try processes.add(12, owner: 1000, inContainer: Self.number)
        #expect(find().number == 12)
        try processes.add(Self.number, owner: 1000)
        #expect(find().number == Self.number)
    }

    @Test func `a container's is it although the host's own is a stranger's`() throws {
        try processes.add(Self.number, owner: 1001, directory: project)
        try processes.add(12, owner: 1000, inContainer: Self.number)
        #expect(find().number == 12)
    }

    @Test func `of two in containers none is it`() throws {
        try processes.add(11, owner: 1000, inContainer: Self.number)
        try processes.add(12, owner: 1000, inContainer: Self.number)
        #expect(
            find().reason
                == "process 4200007 may be any of 2 in containers, none of which works in the project; it is not followed"
        )
    }

    @Test func `a stranger's, the kernel's and a later one are told apart, and none is followed`() throws {
        let boot = Timestamp(atNanoseconds: Int(Clock.now - Clock.sinceBoot))
        let second = Timestamp(atNanoseconds: boot.nanoseconds + 1_000_000_000)
        try processes.add(4_200_001, owner: 0, directory: project)
        try processes.add(4_200_002, owner: 1000, isKernelThread: true, directory: project)
        // A second after the machine started, and two.
        try processes.add(4_200_003, owner: 1000, ticks: 100, directory: project)
        try processes.add(4_200_004, owner: 1000, ticks: 200, directory: project)
        try processes.add(15, owner: 0, inContainer: 4_200_005)
        let marker = (try? User(1000))?.name ?? "1000"
        #expect(
            find(4_200_001).reason
                == "process 4200001 belongs to user root, not to the marker's owner \(marker); it is not followed")
        #expect(find(4_200_002).reason == "process 4200002 is a thread of the kernel; it is not followed")
        let later = Timestamp(atNanoseconds: second.nanoseconds + 100_000_000)
        #expect(find(4_200_003, before: later).number == 4_200_003)
        #expect(
            find(4_200_004, before: later).reason
                == "process 4200004 began after the marker was written; it is not followed")
        #expect(
            find(4_200_005).reason
                == "process 4200005 of a container (here 15) belongs to user root, not to the marker's owner \(marker);"
                + " it is not followed")
    }

    @Test func `the first process of all is it only if it works in the project`() throws {
        try processes.add(1, owner: 1000)
        #expect(
            find(1).reason
                == "process 1 is the first of all here, and nothing ties it to the project; it is not followed")
        try FileSystem.removeTree(directory.path.pushing("proc/1"))
        try processes.add(1, owner: 1000, directory: project)
        #expect(find(1).number == 1)
    }

    @Test func `one that is not shown is not said to have ended`() {
        let number = OwnProcess.number
        #expect(
            find(number).reason == "process \(number) is there, but may not be looked at; it is not followed")
    }

    @Test(arguments: [
        (0, "0 is no process's number; it is not followed"), (-5, "-5 is no process's number; it is not followed"),
    ])
    func `what is no number of a process is said`(pid: Int, reason: String) {
        #expect(processes.search.find(pid, of: 1000, before: .now, near: project).reason == reason)
    }

    @Test func `a number that is too large for any process has ended`() {
        #expect(processes.search.find(Int.max, of: 1000, before: .now, near: project) == .ended)
    }
}

/// The same with real processes.
@Suite(.timeLimit(.minutes(1))) struct ProcessSearchTests {
    private let project: TemporaryDirectory
    private let search: ProcessSearch

    init() throws {
        project = try TemporaryDirectory()
        search = ProcessSearch(boot: try Clock.bootIdentifier())
    }

    private func find(_ number: Int32) -> ProcessSearch.Finding {
        search.find(Int(number), of: User.currentIdentifier, before: .now, near: project.path)
    }

    @Test func `a process is found as long as it is there`() throws {
        var script = try Script("read go; exit 3", in: project.path)
        let process = try #require(find(script.number).process)
        #expect(process.number == script.number)
        let age = Timestamp.now.since(process.started)
        #expect(age > .milliseconds(-20) && age < .seconds(60))
        #expect(search.isRunning(process))
        #expect(search.exit(of: process) == nil)
        try script.goOn()
        #expect(try script.end() == .exited(3))
        #expect(!search.isRunning(process))
        #expect(search.exit(of: process) == .unknown)
        #expect(find(script.number) == .ended)
    }

    @Test func `a zombie has ended, and tells how`() throws {
        let script = try Script.forgotten("exit 3")
        let number = try script.printedNumber()
        let process = try #require(find(number).process)
        let descriptor = try ProcessDescriptor(number)
        try script.goOn()
        #expect(try descriptor.descriptor.waitUntilReadable(timeout: .seconds(20)))
        #expect(!search.isRunning(process))
        #expect(search.exit(of: process) == .exited(3))
        #expect(find(number).process?.isSame(as: process) == true)
    }

    @Test func `a number that is used again is not taken for the old process`() throws {
        let script = try Script("read go")
        let process = try #require(find(script.number).process)
        for other in [process.with(ticks: process.startTicks - 1), process.with(boot: "an earlier one")] {
            #expect(!search.isRunning(other))
            #expect(search.exit(of: other) == .unknown)
            #expect(try !search.isPresent(other))
        }
        #expect(search.isRunning(process))
    }

    @Test(.enabled(if: hasNamespaces, "this machine lets nobody make namespaces"))
    func `a container's number is found by the project in which its process works`() throws {
        let script = try Script("exec \(unshare) sh -c 'echo $$; read go'", in: project.path)
        #expect(try script.printedNumber() == 1)
        let process = try #require(find(1).process)
        #expect(process.number != 1)
        #expect(ProcessInformation.namespaceNumbers(of: process.number)?.last == 1)
        let parent = try ProcessInformation(process.number)?.parent
        #expect(parent == script.number)
    }

    @Test(.enabled(if: hasNamespaces, "this machine lets nobody make namespaces"))
    func `a container's process is found although the project has another name there`() throws {
        let script = try Script(
            "exec \(unshare) -m sh -c 'mount --bind \(project.path) /mnt && mkdir /mnt/in && cd /mnt/in && echo $$; read go'"
        )
        #expect(try script.printedNumber() == 1)
        let process = try #require(find(1).process)
        let (parent, directory) = try (
            ProcessInformation(process.number)?.parent, ProcessInformation(process.number)?.workingDirectory()
        )
        #expect(parent == script.number)
        #expect(directory == "/mnt/in")
    }

    @Test(.enabled(if: isRoot, "only root can start processes of others"))
    func `a process of another user is not followed`() throws {
        let script = try Script("exec setpriv --reuid=65534 --clear-groups sh -c 'echo $$; read go'")
        let number = try script.printedNumber()
        let name = (try? User(65534))?.name ?? "65534"
        #expect(
            find(number).reason
                == "process \(number) belongs to user \(name), not to the marker's owner root; it is not followed")
        let nobody = search.find(Int(number), of: 65534, before: .now, near: project.path)
        #expect(nobody.number == number)
    }

    @Test(.enabled(if: seesKernelThread, "no thread of the kernel can be seen here"))
    func `a thread of the kernel is not followed`() {
        let found = search.find(2, of: 0, before: .now, near: "/")
        #expect(found.reason == "process 2 is a thread of the kernel; it is not followed")
    }
}

extension ProcessSearch.Finding {
    var process: RunProcess? {
        if case .running(let process) = self { return process }
        return nil
    }

    var number: Int32? { process?.number }

    var reason: String? {
        if case .notFollowed(let reason) = self { return reason }
        return nil
    }
}

extension RunProcess {
    func with(ticks: Int? = nil, boot: String? = nil) -> RunProcess {
        RunProcess(
            number: number, startTicks: ticks ?? startTicks, boot: boot ?? self.boot, started: started,
            memoryKills: memoryKills)
    }
}
