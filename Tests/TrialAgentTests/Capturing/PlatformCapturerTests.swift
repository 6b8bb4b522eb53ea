import SystemCalls
import SystemPackage
import Testing
import Trials

@testable import TrialAgent

@Suite struct PlatformCapturerTests {
    @Test(arguments: [
        ("6.1.0-18-amd64", "x86_64", "glibc 2.36", "Linux-6.1.0-18-amd64-x86_64-with-glibc2.36"),
        ("5.15 (odd)/x", "aarch64", "glibc 2.31", "Linux-5.15_-odd-x-aarch64-with-glibc2.31"),
        ("6.6", "riscv64", nil, "Linux-6.6-riscv64-with"),
    ])
    func `the line is what Python prints`(release: String, architecture: String, library: String?, line: String) throws
    {
        var machine = try Machine()
        (machine.system, machine.release, machine.architecture) = ("Linux", release, architecture)
        #expect(platformLine(machine, cLibrary: library) == line)
    }

    @Test func `this machine has both keys, and no other`() throws {
        let ground = try CaptureGround()
        let part = try PlatformCapturer().capture(ground.subject())
        let fields = try #require(part.environment[.platform]?.fields)
        #expect(fields.map(\.name) == ["Platform Information", "Device CPU Count"])
        let machine = try Machine()
        #expect(fields["Platform Information"]?.plain?.hasPrefix("\(machine.system)-\(machine.release)-") == true)
    }

    @Test func `a Python of this machine prints the same line`() throws {
        let code = "import platform, os; print(platform.platform(), os.cpu_count())"
        let printed = try output(of: "/usr/bin/python3", "-I", "-S", "-c", code)
        let part = try PlatformCapturer().capture(CaptureGround().subject())
        let fields = try #require(part.environment[.platform]?.fields)
        let ours = "\(fields["Platform Information"]?.plain ?? "") \(Machine.processorCount)\n"
        #expect(printed.isEmpty || printed == ours)
    }
}
