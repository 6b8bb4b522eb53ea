import Synchronization
import SystemCalls
import SystemPackage
import Testing
import Trials

@testable import TrialAgent

@Suite struct CapturesTests {
    @Test func `what both sides found is put together, each with its timing, and what failed is a problem`()
        async throws
    {
        let ground = try CaptureGround()
        let captures = Captures([Near(), Steady(), Failing(), Crashing()], worker: try workerDouble())
        let before = Timestamp.now
        let capture = await captures.capture(ground.subject()).record
        #expect(capture.began >= before)
        #expect(capture.agent == "1.2.3")
        #expect(capture.environment.categories == [.platform, .process])
        #expect(capture.timings.map(\.capturer) == ["near", "steady", "failing"])
        #expect(
            capture.problems == [
                "near: one file was not read", "failing: \(ground.path): nothing to be had",
                "crashing: it made the capture worker end with status 7 and was left out",
            ])
    }

    @Test func `the machine is looked at once, and told of in every capture`() async throws {
        let ground = try CaptureGround()
        let machine = Machinery()
        let captures = Captures([machine, Near()], worker: script("exit 1"))
        let first = await captures.capture(ground.subject()).record
        let second = await captures.capture(ground.subject()).record
        #expect(machine.looks == 1)
        #expect(first.environment[.cpu]?.plain == "look 1")
        #expect(second.environment[.cpu] == first.environment[.cpu])
        #expect(first.timings.map(\.capturer) == ["machinery", "near"])
        #expect(second.timings.map(\.capturer) == ["near"])
        #expect(await captures.workerProcess == nil)
    }

    @Test(arguments: [(Duration.seconds(600), 1), (.zero, 2)])
    func `a machine that could not be looked at is tried again after a while`(retry: Duration, looks: Int) async throws
    {
        let ground = try CaptureGround()
        let machine = Machinery(failing: true)
        let captures = Captures([machine], worker: script("exit 1"), retryingMachineAfter: retry)
        for _ in 0..<2 {
            let capture = await captures.capture(ground.subject()).record
            #expect(capture.problems == ["machinery: it is broken"])
        }
        #expect(machine.looks == looks)
    }

    @Test func `many captures at once are all whole`() async throws {
        let ground = try CaptureGround()
        let captures = Captures([Near(), Steady()], worker: try workerDouble())
        let subject = ground.subject()
        let wholes = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    await captures.capture(subject).record.environment.categories == [.platform, .process]
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(wholes == 50)
    }
}

/// Finds a text and a problem, in the agent.
private struct Near: Capturer {
    static let name = "near"
    static let scope = CaptureScope.run
    static let place = CapturePlace.agent

    func capture(_ subject: CaptureSubject, pulse: CapturePulse) -> CapturedPart {
        var part = CapturedPart()
        part.environment[.platform] = .text("near")
        part.problems = ["near: one file was not read"]
        return part
    }
}

/// Counts how often the machine is looked at.
private final class Machinery: Capturer {
    static let name = "machinery"
    static let scope = CaptureScope.machine
    static let place = CapturePlace.agent

    private let count = Mutex(0)
    private let isBroken: Bool

    init(failing: Bool = false) { isBroken = failing }

    var looks: Int { count.withLock { $0 } }

    func capture(_ subject: CaptureSubject, pulse: CapturePulse) throws(AgentError) -> CapturedPart {
        let number = count.withLock { count in
            count += 1
            return count
        }
        if isBroken { throw AgentError(.capturing, "machinery", "it is broken") }
        var part = CapturedPart()
        part.environment[.cpu] = .text("look \(number)")
        return part
    }
}

/// One of the double's: what runs is over there.
private protocol FarCapturer: Capturer {}

extension FarCapturer {
    static var scope: CaptureScope { .run }
    static var place: CapturePlace { .worker }

    func capture(_ subject: CaptureSubject, pulse: CapturePulse) throws(AgentError) -> CapturedPart {
        throw AgentError(.capturing, Self.name, "it runs in the agent")
    }
}

private struct Steady: FarCapturer { static let name = "steady" }
private struct Failing: FarCapturer { static let name = "failing" }
private struct Crashing: FarCapturer { static let name = "crashing" }
