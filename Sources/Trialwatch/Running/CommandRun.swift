internal import JSON
internal import SystemCalls
internal import Trials

/// A command that `trialwatch run` has started, and what the user said of it.
struct CommandRun: Sendable {
    /// How it ended.
    struct End: Sendable {
        let process: ProcessEnd
        let moment: Timestamp
        /// What it used; nil when the kernel does not tell.
        var usage: ProcessUsage?
    }

    /// Its process.
    let process: Int32
    /// When it was started.
    let started: Timestamp
    /// The command and its arguments.
    let command: [String]
    /// The folder that it was started in; nil when that has no name any more.
    let directory: String?
    /// The machine that it runs on.
    let host: String?
    /// What the user said of it, in a marker's words.
    let said: MarkerDocument

    /// How many words the command has.
    let argumentCount: Int

    /// As much of a command as a marker holds with ease.
    static func recorded(_ command: [String]) -> [String] {
        var room = 256 << 10
        return Array(
            command.prefix(10_000).prefix { word in
                room -= word.utf8.count
                return room >= 0
            })
    }

    /// What the user should know.
    var notes: [String] {
        guard command.count < argumentCount else { return [] }
        return ["run: of the command's \(argumentCount) words the marker holds the first \(command.count)"]
    }

    /// What a marker says of it: that it runs, or how it ended, and then what the command said itself.
    func document(_ end: End? = nil, saying own: MarkerDocument? = nil) -> MarkerDocument {
        var document = MarkerDocument()
        document["state"] = .string(
            (end.map { $0.process.isSuccess ? .succeeded : .failed } ?? TrialState.running).rawValue)
        document["pid"] = JSON(process)
        document["host"] = host.map(JSON.string)
        document["started"] = .string(started.description)
        if let end {
            document["finished"] = .string(end.moment.description)
            document["error"] = end.process.error
            document["process_usage"] = end.usage?.json
        }
        document.add(said)
        if let own { document.add(own) }
        document["command"] = .array(command.map(JSON.string))
        document["directory"] = directory.map(JSON.string)
        return document
    }
}

extension ProcessUsage {
    /// As a marker has it: seconds and bytes.
    fileprivate var json: JSON {
        var fields: JSON.Object = ["processor_time": JSON(processorTime / .seconds(1))]
        fields["peak_memory"] = peakMemory.map { JSON($0) }
        return .object(fields)
    }
}

extension ProcessEnd {
    /// Whether the process left with 0.
    var isSuccess: Bool { self == .exited(0) }

    /// As a marker has it; nil for a success.
    fileprivate var error: JSON? {
        switch self {
        case .exited(0): nil
        case .exited(let status): ["type": "Exit", "message": .string("\(status)")]
        case .signalled(let signal):
            ["type": "Signal", "message": .string("\(signal.rawValue), \(signal.name.lowercased())")]
        }
    }
}
