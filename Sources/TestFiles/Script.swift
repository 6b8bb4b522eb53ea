public import SystemCalls
public import SystemPackage

/// A shell script that runs as a child of the test; it is killed when the test lets go of it.
public struct Script: ~Copyable, Sendable {
    /// What a test waited for and did not get.
    public enum Failure: Error {
        /// The script printed no whole line in time, but this.
        case silent(String)
    }

    private var child: ChildProcess

    /// Starts the script with `PATH` as its only variable.
    public init(_ text: String, in directory: FilePath? = nil) throws {
        child = try ChildProcess(
            "/bin/sh", arguments: ["sh", "-c", text], environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
            directory: directory)
    }

    /// Its number.
    public var number: Int32 { child.process.process }

    /// The next line that it prints.
    public borrowing func line() throws -> String {
        var line: [UInt8] = []
        while let byte = try child.read(atMost: 1, timeout: .seconds(20))?.first {
            if byte == 0x0A { return String(decoding: line, as: UTF8.self) }
            line.append(byte)
        }
        throw Failure.silent(String(decoding: line, as: UTF8.self))
    }

    /// The number that it prints as its next line.
    public borrowing func printedNumber() throws -> Int32 {
        let text = try line()
        guard let number = Int32(text) else { throw Failure.silent(text) }
        return number
    }

    /// Lets it go on: it reads a line.
    public borrowing func goOn() throws {
        try child.write(Array("go\n".utf8))
    }

    /// Waits for its end, and lets the kernel forget it.
    public mutating func end() throws -> ProcessEnd? {
        try child.end()
    }
}

extension Script {
    /// Runs `body`, which prints its number and then waits to go on, as a process whose parent waits for it at once; the script
    /// prints `over` when it has.
    public static func awaited(_ body: String, in directory: FilePath? = nil) throws -> Script {
        try Script("sh -c 'echo $$; read go; \(body)'; echo over; read more", in: directory)
    }

    /// Runs `body`, which prints its number and then waits to go on, as a process that nobody waits for: it stays a zombie as
    /// long as the script is held.
    public static func forgotten(_ body: String, in directory: FilePath? = nil) throws -> Script {
        // In its place the parent runs another program, which knows of no children.
        try Script("exec 3<&0; sh -c 'echo $$; read go; \(body)' <&3 & exec sleep 600", in: directory)
    }
}
