internal import ArgumentParser
internal import TrialAgent
internal import Trials

/// Why a command did not do what was asked: one line on standard error and an exit status.
struct CommandFailure: Error, CustomStringConvertible {
    /// What the exit status says to a script (sysexits.h where it has a word for it).
    enum Status: Int32 {
        case done = 0
        case failed = 1
        case usage = 64
        case noSuchThing = 66
        case unreachable = 69
        case configuration = 78
        /// As a shell says it of a command.
        case notExecutable = 126
        /// As a shell says it of a command.
        case commandNotFound = 127
    }

    /// What the exit status says.
    let status: Status
    /// What standard error gets, each line after the program's name; none when the status alone tells.
    let lines: [String]

    /// `what: why (remedy)`, with everything that could harm a terminal escaped.
    init(_ what: String, _ why: String, remedy: String? = nil, status: Status = .failed) {
        self.init(lines: ["\(what): \(why)" + (remedy.map { " (\($0))" } ?? "")], status: status)
    }

    /// Only a status: what there is to say was said on standard output.
    init(status: Status) {
        self.init(lines: [], status: status)
    }

    /// What a store could not do.
    init(_ error: StoreError) {
        let status: Status =
            switch error.kind {
            case .unavailable: .unreachable
            case .notFound: .noSuchThing
            case .misconfigured: .configuration
            case .refused, .damaged: .failed
            }
        self.init(lines: [error.description], status: status)
    }

    /// What a stage of the agent could not do.
    init(_ error: AgentError) {
        self.init(lines: [error.description], status: error.stage == .configuration ? .configuration : .failed)
    }

    /// Several lines.
    init(lines: [String], status: Status) {
        self.status = status
        self.lines = lines.map(SafeText.block)
    }

    /// The lines.
    var description: String { lines.joined(separator: "\n") }

    /// Whoever read the output has gone.
    static let quiet = CommandFailure(status: .done)
}

/// Turns a store's error into a command's.
func reading<Value>(
    _ body: () async throws(StoreError) -> Value
) async throws(CommandFailure) -> Value {
    do throws(StoreError) {
        return try await body()
    } catch {
        throw CommandFailure(error)
    }
}
