import SystemCalls
import SystemPackage
import Testing

@Suite struct ProcessTests {
    private func shell(_ script: String, environment: [String] = [], limits: [ChildProcess.Limit] = []) throws
        -> ChildProcess
    {
        try ChildProcess("/bin/sh", arguments: ["sh", "-c", script], environment: environment, limits: limits)
    }

    private func output(of child: borrowing ChildProcess) throws -> String {
        var all: [UInt8] = []
        while let piece = try child.read(atMost: 4096, timeout: .seconds(10)), !piece.isEmpty { all += piece }
        return String(decoding: all, as: UTF8.self)
    }

    @Test func `a child answers what it is told, and its status is known`() throws {
        var child = try ChildProcess("/bin/cat", arguments: ["cat"], environment: [])
        try child.write(Array("hello".utf8))
        #expect(try child.read(atMost: 5, timeout: .seconds(10)) == Array("hello".utf8))
        #expect(try child.read(atMost: 5, timeout: .milliseconds(1)) == nil)
        #expect(try child.end(timeout: .zero) == nil)
        child.closeInput()
        #expect(try child.end() == .exited(0))
    }

    @Test(arguments: [
        ("exit 3", ProcessEnd.exited(3)), ("kill -9 $$", .signalled(.kill)),
        ("kill -TERM $$; exec sleep 60", .signalled(.terminate)),
    ])
    func `how a child ended is told`(script: String, expected: ProcessEnd) throws {
        var child = try shell(script)
        #expect(try child.end() == expected)
    }

    @Test func `a child has the environment it was given and nothing of ours`() throws {
        let listing = try output(of: shell("exec ls /proc/self/fd"))
        // The three streams, and the one by which ls reads the folder.
        #expect(listing == "0\n1\n2\n3\n")
        let child = try ChildProcess("/usr/bin/env", arguments: ["env"], environment: ["A=b c", "B="])
        let environment = try output(of: child)
        #expect(environment == "A=b c\nB=\n")
    }

    @Test func `a child that is let go of is gone`() throws {
        let process: ProcessDescriptor
        do {
            let child = try shell("exec sleep 600")
            process = try ProcessDescriptor(child.process.process)
            #expect(try !process.hasEnded())
        }
        #expect(try process.hasEnded())
    }

    @Test func `a limit holds`() throws {
        var free = try shell("read go; exec sh -c 'ulimit -f'", limits: [.processorTime(3600)])
        free.closeInput()
        #expect(try output(of: free) == "unlimited\n")
        var limited = try shell(
            "read go; exec sh -c 'ulimit -t; ulimit -v'", limits: [.processorTime(7), .memory(1 << 30)])
        limited.closeInput()
        #expect(try output(of: limited) == "7\n1048576\n")
    }

    @Test func `a program that is not there is named`() throws {
        let error = #expect(throws: SystemCallError.self) {
            try ChildProcess("/no/such/program", arguments: ["program"], environment: []).closed()
        }
        #expect(error?.description == "posix_spawn /no/such/program: No such file or directory (ENOENT)")
    }

    @Test func `a process that is not there cannot be held`() {
        let error = #expect(throws: SystemCallError.self) { try ProcessDescriptor(Int32.max).hasEnded() }
        #expect(error?.errno == .noSuchProcess)
    }
}

extension ChildProcess {
    fileprivate consuming func closed() throws(SystemCallError) {
        closeInput()
        _ = try end()
    }
}
