import Logging
import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials

@testable import TrialAgent

/// What is known of what a run's process used, when it has ended.
@Suite(.timeLimit(.minutes(1))) struct ProcessUsagesTests {
    /// Uses a third of a second and some megabytes more than a shell needs.
    private static let work = """
        x=$(head -c 6000000 /dev/zero | tr "\\\\0" x); i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done
        """

    @Test func `memory that was seen while a process lived, and its processor time at the end, are told`() async throws
    {
        let ground = try WatchGround()
        let script = try Script.forgotten("\(Self.work); echo worked; read go; exit 3")
        let process = try ground.process(script.printedNumber())
        ground.watch.follow(process, for: .test(1))
        try script.goOn()
        #expect(try script.line() == "worked")
        // Nothing tells that it was looked at but that more is known.
        let clock = ContinuousClock()
        while ground.usages.usage(of: process)?.peakMemory == nil { try await clock.sleep(for: .milliseconds(5)) }
        try script.goOn()
        let end = try await ground.next()
        #expect(end.exit == .exited(3))
        let usage = try #require(end.usage)
        #expect(try #require(usage.processorTime) >= .milliseconds(50))
        #expect(try #require(usage.processorTimeSeen) <= .now)
        #expect(try #require(usage.peakMemory) > 6_000_000)
        #expect(try #require(usage.peakMemorySeen) <= #require(usage.processorTimeSeen))
    }

    @Test func `a process is looked at by itself while it lives`() async throws {
        let ground = try WatchGround()
        let script = try Script.awaited("x=$(head -c 6000000 /dev/zero | tr \"\\\\0\" x); read go")
        let process = try ground.process(script.printedNumber())
        ground.watch.follow(process, for: .test(1))
        try script.goOn()
        // Its parent asks at once how it ended: what is known then is what was seen before.
        try await ContinuousClock().sleep(for: .milliseconds(400))
        try script.goOn()
        #expect(try script.line() == "over")
        let end = try await ground.next()
        #expect(try #require(end.usage?.peakMemory) > 1_000_000)
        #expect(end.usage?.processorTime != nil)
    }

    @Test func `a process that two runs share is looked at until the second has let it go`() async throws {
        let ground = try WatchGround()
        let script = try Script.forgotten("\(Self.work); echo worked; read go; exit 3")
        let process = try ground.process(script.printedNumber())
        ground.watch.follow(process, for: .test(1))
        ground.watch.follow(process, for: .test(2))
        try script.goOn()
        #expect(try script.line() == "worked")
        let clock = ContinuousClock()
        while ground.usages.usage(of: process)?.peakMemory == nil { try await clock.sleep(for: .milliseconds(5)) }
        ground.watch.unfollow(.test(1))
        try script.goOn()
        let end = try await ground.next()
        #expect(end.key == .test(2))
        // An ended process has no memory: only who went on looking knows.
        #expect(try #require(end.usage?.peakMemory) > 6_000_000)
        ground.watch.unfollow(.test(2))
        #expect(ground.usages.usage(of: process)?.peakMemory == nil)
    }

    @Test func `of a process that was gone nothing is known`() async throws {
        let ground = try WatchGround()
        var gone = try Script("read go")
        let process = try ground.process(gone.number)
        try gone.goOn()
        #expect(try gone.end() != nil)
        ground.watch.follow(process, for: .test(1))
        #expect(try await ground.next().usage == nil)
    }

    @Test func `what cannot be told any more stays as it was seen`() {
        var usage = UsageFacts()
        usage.take(ProcessUsage(processorTime: .seconds(1), peakMemory: 5), seen: .test(1))
        usage.take(nil, seen: .test(2))
        usage.take(ProcessUsage(processorTime: .seconds(3), peakMemory: nil), seen: .test(3))
        #expect(usage.processorTime == .seconds(3))
        #expect(usage.processorTimeSeen == .test(3))
        #expect(usage.peakMemory == 5)
        #expect(usage.peakMemorySeen == .test(1))
    }
}

extension Timestamp {
    fileprivate static func test(_ second: Int) -> Timestamp { Timestamp(atNanoseconds: second * 1_000_000_000) }
}
