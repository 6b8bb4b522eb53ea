internal import Dispatch
internal import SystemCalls
internal import SystemPackage

/// An interactive shell on a terminal of its own, whose keys a test presses and whose screen it reads.
public final class TerminalSession: Sendable {
    /// The shell.
    public let process: TrialwatchProcess
    private let terminal: PseudoTerminal

    fileprivate init(_ sandbox: Sandbox) throws {
        terminal = try PseudoTerminal()
        let path = "\(sandbox.program.removingLastComponent()):\(sandbox.environment["PATH"] ?? "")"
        process = try TrialwatchProcess(
            "/bin/bash", ["--norc", "--noprofile", "--noediting", "-i"],
            environment: sandbox.environment.merging(["PATH": path, "TERM": "dumb"]) { $1 },
            directory: sandbox.root.appending("home"), terminal: terminal.path)
    }

    /// Types; `\u{3}` is Ctrl-C.
    public func type(_ text: String) throws { try terminal.descriptor.write(Array(text.utf8)) }

    /// Gives the terminal another size.
    public func resize(lines: UInt16, columns: UInt16) throws { try terminal.resize(lines: lines, columns: columns) }

    /// Waits until the screen shows this, and gives what it has shown since the last question.
    public func read(until text: String) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try self.wait(for: Array(text.utf8)) })
            }
        }
    }

    private func wait(for text: [UInt8]) throws -> String {
        var shown: [UInt8] = []
        while !shown.reversed().starts(with: text.reversed()) {
            // One by one, so that what comes after the text is left for the next question.
            guard try terminal.descriptor.waitUntilReadable(timeout: .seconds(30)),
                let piece = try? terminal.descriptor.read(atMost: 1), !piece.isEmpty
            else {
                let text = String(decoding: text, as: UTF8.self)
                throw ProgramError("waiting for '\(text)' on a screen with: \(String(decoding: shown, as: UTF8.self))")
            }
            shown += piece
        }
        return String(decoding: shown, as: UTF8.self)
    }
}

extension Sandbox {
    /// Starts an interactive bash without prompt and echo, which finds the program as `trialwatch`.
    public func startTerminal() async throws -> TerminalSession {
        let session = try TerminalSession(self)
        try session.type("stty -echo -onlcr; PS1=; echo rea''dy\n")
        _ = try await session.read(until: "ready\n")
        return session
    }
}
