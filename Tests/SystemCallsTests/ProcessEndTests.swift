import SystemCalls
import SystemPackage
import TestFiles
import Testing

/// Whether the kernel tells how a process ended after its parent has asked: from Linux 6.15 on.
private let isKept: Bool = {
    let numbers = (try? Machine().release)?.split { !$0.isNumber }.prefix(2).compactMap { Int($0) } ?? []
    return numbers.count == 2 && (numbers[0], numbers[1]) >= (6, 15)
}()

@Suite(.timeLimit(.minutes(1))) struct `The end of a process that is no child of ours` {
    static let ends: [(String, ProcessEnd)] = [
        ("exit 0", .exited(0)), ("exit 3", .exited(3)), ("exit 255", .exited(255)), ("kill -9 $$", .signalled(.kill)),
        ("kill -TERM $$; exec sleep 600", .signalled(.terminate)),
    ]

    @Test(.enabled(if: isKept, "a kernel before 6.15 forgets a process that was waited for"), arguments: ends)
    func `is told after its parent has asked`(body: String, expected: ProcessEnd) throws {
        let script = try Script.awaited(body)
        let process = try ProcessDescriptor(script.printedNumber())
        #expect(try process.endOfAnyProcess() == nil)
        try script.goOn()
        #expect(try script.line() == "over")
        #expect(try process.hasEnded())
        #expect(try process.endOfAnyProcess() == expected)
        #expect(try process.endOfAnyProcess() == expected)
    }

    @Test(arguments: ends) func `is told of a zombie`(body: String, expected: ProcessEnd) throws {
        let script = try Script.forgotten(body)
        let number = try script.printedNumber()
        let process = try ProcessDescriptor(number)
        #expect(try process.endOfAnyProcess() == nil)
        try script.goOn()
        #expect(try process.descriptor.waitUntilReadable(timeout: .seconds(20)))
        #expect(try process.endOfAnyProcess() == expected)
        let zombie = try present(number)
        #expect(zombie.hasEnded == true)
        #expect(zombie.state == "Z")
        #expect(zombie.end() == expected)
        #expect(zombie.executable() == nil)
    }

    @Test(arguments: ends) func `is told whoever is faster, we or its parent`(body: String, expected: ProcessEnd) throws
    {
        for _ in 0..<20 {
            let script = try Script.awaited(body)
            let process = try ProcessDescriptor(script.printedNumber())
            try script.goOn()
            #expect(try process.descriptor.waitUntilReadable(timeout: .seconds(20)))
            let end = try process.endOfAnyProcess()
            #expect(end == expected || (end == nil && !isKept))
        }
    }

    @Test func `is told of a child of ours as well`() throws {
        var script = try Script("exit 3")
        let process = try ProcessDescriptor(script.number)
        #expect(try process.descriptor.waitUntilReadable(timeout: .seconds(20)))
        #expect(try process.endOfAnyProcess() == .exited(3))
        #expect(try script.end() == .exited(3))
    }
}
