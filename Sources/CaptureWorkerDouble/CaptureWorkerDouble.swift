import SystemCalls
import SystemPackage
import TrialAgent
import Trials

/// A real capture worker whose capturers do what a worker's must never do to the agent.
@main enum CaptureWorkerDouble {
    static func main() throws {
        // Here it has the part of an agent that is killed.
        if CommandLine.arguments.contains("parent") { return try standAsParent() }
        try CaptureWorker.run([
            Steady(), Failing(), Crashing(), CrashingOnce(), Stuck(), Slow(), Greedy(), Printing(), Large(), Telling(),
        ])
    }

    /// Starts a worker, sends it the request that is the last argument, and waits for its end.
    private static func standAsParent() throws {
        guard let request = CommandLine.arguments.last else { return }
        let child = try ChildProcess("/proc/self/exe", arguments: ["capture-worker-double"], environment: [])
        let body = Array(request.utf8)
        let length = (0..<4).map { UInt8(truncatingIfNeeded: body.count >> (8 * (3 - $0))) }
        try child.write(length + body)
        _ = try child.process.end()
    }
}

/// Finds a text.
struct Steady: Capturer {
    static let name = "steady"
    static let scope = CaptureScope.run
    static let place = CapturePlace.worker

    func capture(_ subject: CaptureSubject, pulse: CapturePulse) -> CapturedPart {
        var part = CapturedPart()
        part.environment[.process] = .text("steady in \(subject.project)")
        return part
    }
}

/// Throws.
struct Failing: Capturer {
    static let name = "failing"
    static let scope = CaptureScope.run
    static let place = CapturePlace.worker

    func capture(_ subject: CaptureSubject, pulse: CapturePulse) throws(AgentError) -> CapturedPart {
        throw AgentError(.capturing, subject.project, "nothing to be had")
    }
}

/// Ends the process.
struct Crashing: Capturer {
    static let name = "crashing"
    static let scope = CaptureScope.run
    static let place = CapturePlace.worker

    func capture(_ subject: CaptureSubject, pulse: CapturePulse) -> CapturedPart { OwnProcess.end(7) }
}

/// Ends the process when it runs for the first time in a project.
struct CrashingOnce: Capturer {
    static let name = "crashing once"
    static let scope = CaptureScope.run
    static let place = CapturePlace.worker

    func capture(_ subject: CaptureSubject, pulse: CapturePulse) -> CapturedPart {
        let trace = FilePath(subject.project).appending("crashed")
        let isFirst = (try? OwnedDescriptor(opening: trace, .writeOnly, options: [.create, .exclusiveCreate])) != nil
        if isFirst { OwnProcess.end(7) }
        return CapturedPart()
    }
}

/// Tells its process's number, eight digits, in one named pipe, if there is one; then waits for somebody to write into another.
struct Stuck: Capturer {
    static let name = "stuck"
    static let scope = CaptureScope.run
    static let place = CapturePlace.worker

    func capture(_ subject: CaptureSubject, pulse: CapturePulse) -> CapturedPart {
        let project = FilePath(subject.project)
        if let began = try? OwnedDescriptor(opening: project.appending("began"), .writeOnly) {
            let number = String(OwnProcess.number)
            try? began.write(Array((String(repeating: " ", count: 8 - number.count) + number).utf8))
        }
        _ = try? OwnedDescriptor(opening: project.appending("pipe"), .readOnly)
        return CapturedPart()
    }
}

/// Takes as many milliseconds as the subject says, beating all the while.
struct Slow: Capturer {
    static let name = "slow"
    static let scope = CaptureScope.run
    static let place = CapturePlace.worker

    func capture(_ subject: CaptureSubject, pulse: CapturePulse) -> CapturedPart {
        let clock = ContinuousClock()
        let end = clock.now + .milliseconds(subject.variables["milliseconds"].flatMap { Int($0) } ?? 0)
        while clock.now < end { pulse.beat() }
        return CapturedPart()
    }
}

/// Wants more memory than there is.
struct Greedy: Capturer {
    static let name = "greedy"
    static let scope = CaptureScope.run
    static let place = CapturePlace.worker

    func capture(_ subject: CaptureSubject, pulse: CapturePulse) -> CapturedPart {
        var kept: [[UInt8]] = []
        for count in 0..<1024 {
            kept.append([UInt8](repeating: UInt8(truncatingIfNeeded: count), count: 1 << 20))
            pulse.beat()
        }
        var part = CapturedPart()
        part.problems = ["it had \(kept.count) MB"]
        return part
    }
}

/// Prints, as a library might.
struct Printing: Capturer {
    static let name = "printing"
    static let scope = CaptureScope.run
    static let place = CapturePlace.worker

    func capture(_ subject: CaptureSubject, pulse: CapturePulse) -> CapturedPart {
        print("a warning that some library prints")
        return CapturedPart()
    }
}

/// Finds more than a message may hold.
struct Large: Capturer {
    static let name = "large"
    static let scope = CaptureScope.run
    static let place = CapturePlace.worker

    func capture(_ subject: CaptureSubject, pulse: CapturePulse) -> CapturedPart {
        var part = CapturedPart()
        part.environment[.process] = .text(String(repeating: "x", count: 65 << 20))
        return part
    }
}

/// Tells what the kernel lets this process do.
struct Telling: Capturer {
    static let name = "telling"
    static let scope = CaptureScope.run
    static let place = CapturePlace.worker

    func capture(_ subject: CaptureSubject, pulse: CapturePulse) throws(AgentError) -> CapturedPart {
        var part = CapturedPart()
        do throws(SystemCallError) {
            let limits = try OwnedDescriptor(opening: "/proc/self/limits", .readOnly).readToEnd(limit: 1 << 16)
            let variables = try OwnedDescriptor(opening: "/proc/self/environ", .readOnly).readToEnd(limit: 1 << 16)
            let numbers = try OwnedDescriptor(opening: "/proc/self/stat", .readOnly).readToEnd(limit: 1 << 16)
            part.environment[.process] = .document([
                "limits": .text(String(decoding: limits, as: UTF8.self)),
                "variables": .text(String(decoding: variables, as: UTF8.self)),
                "stat": .text(String(decoding: numbers, as: UTF8.self)),
            ])
        } catch {
            throw AgentError(.capturing, "telling", "\(error)")
        }
        return part
    }
}
