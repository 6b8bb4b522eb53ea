public import SystemCalls
internal import SystemPackage

/// The program `backend-writer`, run in a process of its own.
public struct WriterProcess: ~Copyable {
    /// One acknowledgement that the program printed.
    public struct Acknowledged: Hashable, Sendable {
        /// The sample run.
        public let run: Int
        /// Its trial's number.
        public let number: Int
        /// How much of it was filed.
        public let revision: Int
    }

    private var child: ChildProcess

    /// Starts it; `fault` is what happens to it.
    public init(_ address: String, first: Int, count: Int, under fault: Fault? = nil) throws {
        let tests = try FileSystem.resolve("/proc/self/exe")
        let program = tests.removingLastComponent().appending("backend-writer")
        guard FileSystem.isPermitted(program, executing: true) else { throw ProgramError("\(program) was not built") }
        let variables = try fault?.environment().map { "\($0.key)=\($0.value)" } ?? []
        child = try ChildProcess(
            program, arguments: [program.string, address, String(first), String(count)],
            environment: ["PATH=/usr/bin:/bin", "SWIFT_BACKTRACE=enable=no"] + variables)
    }

    /// Ends it as nothing can be prepared for.
    public func kill() throws { try child.process.send(.kill) }

    /// Waits for its end: how it ended, and what was acknowledged until then.
    public mutating func end() throws -> (end: ProcessEnd?, acknowledged: [Acknowledged]) {
        var output: [UInt8] = []
        while let piece = try child.read(atMost: 1 << 16), !piece.isEmpty { output += piece }
        // The last line may have been cut off by a kill; it was not said then.
        let said = output.prefix(1 + (output.lastIndex(of: UInt8(ascii: "\n")) ?? -1))
        let lines = String(decoding: said, as: UTF8.self).split(separator: "\n")
        let acknowledged = lines.compactMap { line -> Acknowledged? in
            let numbers = line.split(separator: " ").compactMap { Int($0) }
            return numbers.count == 3 ? Acknowledged(run: numbers[0], number: numbers[1], revision: numbers[2]) : nil
        }
        return (try child.end(), acknowledged)
    }
}
