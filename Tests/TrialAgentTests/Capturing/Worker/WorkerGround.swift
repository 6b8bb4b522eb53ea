import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials

@testable import TrialAgent

/// The capture worker of the tests, which was built beside them.
func workerDouble() throws -> WorkerProgram {
    let program = try FileSystem.resolve("/proc/self/exe").removingLastComponent().appending("capture-worker-double")
    try #require(try FileStatus.ifPresent(program, followingLinks: true) != nil, "\(program) is not built")
    return WorkerProgram(program, arguments: ["capture-worker-double"], environment: ["SWIFT_BACKTRACE=enable=no"])
}

/// A program that is no capture worker at all.
func script(_ text: String) -> WorkerProgram {
    WorkerProgram("/bin/sh", arguments: ["sh", "-c", text], environment: ["PATH=/usr/bin:/bin"])
}

extension WorkerProgram {
    func with(patience: Duration? = nil, longest: Duration? = nil, idle: Duration? = nil) -> WorkerProgram {
        var program = self
        program.patience = patience ?? self.patience
        program.longest = longest ?? self.longest
        program.idle = idle ?? self.idle
        return program
    }
}

extension CapturerAnswer {
    /// The problem of a capturer that failed; nil when it did not.
    var problem: String? { hasFailed ? part.problems.first : nil }
}

/// Where a capturer that is stuck tells its process's number, and where it waits.
actor StuckPlace {
    private let executor = BlockingExecutor("stuck-place")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    let subject: CaptureSubject
    private let ground: CaptureGround
    private let began: OwnedDescriptor
    private var free: OwnedDescriptor?

    init() throws {
        let ground = try CaptureGround()
        for name in ["began", "pipe"] { try makePipe(ground.path.appending(name)) }
        // Open for both, so that neither side waits for the other.
        let began = try OwnedDescriptor(opening: ground.path.appending("began"), .readWrite)
        self.ground = ground
        self.began = began
        subject = ground.subject()
    }

    /// The number of the next process that is stuck.
    func next() throws -> Int32 {
        try #require(try began.waitUntilReadable(timeout: .seconds(20)))
        return try #require(Int32(String(decoding: try began.read(atMost: 8), as: UTF8.self).trimmedASCII))
    }

    /// From now on nobody is stuck.
    func letGo() throws { free = try OwnedDescriptor(opening: ground.path.appending("pipe"), .readWrite) }
}

/// Waits where it holds up nobody.
actor Waiting {
    private let executor = BlockingExecutor("waiting")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Whether a process is gone, or goes in time.
    func isGone(_ process: Int32, within timeout: Duration) throws -> Bool {
        do throws(SystemCallError) {
            return try ProcessDescriptor(process).descriptor.waitUntilReadable(timeout: timeout)
        } catch {
            guard error.errno == .noSuchProcess else { throw error }
            return true
        }
    }
}
