import SystemCalls
import SystemPackage
import Testing

@Suite struct MachineTests {
    @Test func `the machine has a name and a kernel`() throws {
        let machine = try Machine()
        #expect(!machine.hostName.isEmpty)
        #expect(machine.system == "Linux")
        #expect(!machine.release.isEmpty && !machine.architecture.isEmpty)
    }

    @Test func `root is found with its home, and nobody is found for an unused number`() throws {
        let root = try #require(try User(0))
        #expect(root.name == "root")
        #expect(root.home == "/root")
        #expect(try User(4_000_000_123) == nil)
    }

    @Test func `clocks go on, and a start of the machine has a name`() throws {
        let (wall, monotonic) = (Clock.now, Clock.monotonic)
        #expect(wall > 1_700_000_000_000_000_000)
        #expect(Clock.monotonic >= monotonic)
        #expect(Clock.sinceBoot >= monotonic)
        #expect(try Clock.bootIdentifier() == Clock.bootIdentifier())
        #expect(try Clock.bootIdentifier().count == 36)
        #expect(abs(Clock.localOffset(at: wall)) <= 14 * 3600)
    }
}
