internal import ArgumentParser
internal import Glibc
internal import SystemCalls
internal import SystemPackage

@main
enum Program {
    /// The main thread belongs to the main actor, where nothing of ours runs.
    static func main() {
        ProcessMemory.shareHeaps()
        TrialwatchCommand.start()
    }
}

struct TrialwatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trialwatch",
        abstract: "Records machine-learning runs: what ran, on what, and what came of it.",
        discussion: """
            An agent watches your project folders. A program that wants its run recorded writes a small file, a run \
            marker; the agent files the run as a numbered trial of an experiment, with its code, git state, packages \
            and hardware.

              trialwatch init ~/work/resnet     write a configuration for a folder
              trialwatch agent                  watch, in the foreground
              trialwatch run -- python train.py run something, and record it
              trialwatch history resnet         what ran
              trialwatch show resnet 12         one trial, whole
            """,
        version: "trialwatch \(Version.text)",
        subcommands: [
            AgentCommand.self, InitCommand.self, CheckCommand.self, StatusCommand.self, RunCommand.self,
            MarkCommand.self, HistoryCommand.self, ShowCommand.self, DiffCommand.self, MetricsCommand.self,
            ExportCommand.self, ExperimentsCommand.self, CopyCommand.self, RemoveCommand.self, PruneCommand.self,
            CheckoutCommand.self, RerunCommand.self, CollectCommand.self, FlushCommand.self, SyncCommand.self,
            RetryCommand.self,
            ReloadCommand.self,
            FileCommand.self, CloseCommand.self, AdoptCommand.self, InstallCommand.self, UninstallCommand.self,
            VersionCommand.self, CaptureWorkerCommand.self,
        ])

    /// Runs what the command line says, and ends the process.
    static func start() -> Never {
        do {
            var command = try parseAsRoot()
            guard let waiting = command as? any AsyncParsableCommand else {
                // Without a second thread, which would be half of what it costs to say a version.
                try command.run()
                Glibc.exit(CommandFailure.Status.done.rawValue)
            }
            let rest: BegunOnMainThread.Rest
            if let command = waiting as? any BegunOnMainThread {
                rest = try command.begin()
            } else {
                // Handed over: this thread does not look at it again.
                nonisolated(unsafe) let handedOver = waiting
                rest = {
                    nonisolated(unsafe) var command = handedOver
                    try await command.run()
                }
            }
            // libdispatch asks for more priority than a user may have, and tells the system's log so for each of its threads.
            setenv("LIBDISPATCH_LOG", "NO", 0)
            Task(executorPreference: try TaskThreads()) { await finish(rest) }
        } catch {
            leave(with: error)
        }
        // An async main would leave this thread to libdispatch, which parks it in sigsuspend(2) with no signal blocked:
        // SIGTERM would end the agent there, whatever every other thread blocks.
        while true { pause() }
    }

    private static func finish(_ rest: BegunOnMainThread.Rest) async -> Never {
        do {
            try await rest()
            Glibc.exit(CommandFailure.Status.done.rawValue)
        } catch {
            leave(with: error)
        }
    }

    /// Help and version asked for go to standard output; what is wrong, to standard error.
    private static func leave(with error: any Error) -> Never {
        if let failure = error as? CommandFailure {
            for line in failure.lines { say(line) }
            Glibc.exit(failure.status.rawValue)
        }
        let code = exitCode(for: error)
        let message = fullMessage(for: error)
        if code == .success {
            print(message)
        } else {
            let prefix = "Error: "
            say(message.hasPrefix(prefix) ? String(message.dropFirst(prefix.count)) : message)
        }
        Glibc.exit(code.rawValue)
    }

    private static func say(_ text: String) {
        // There is no other place to complain to when this fails.
        _ = try? FileDescriptor.standardError.writeAll("trialwatch: \(text)\n".utf8)
    }
}

/// A command of which a part is done on the main thread, while that is the only one: a thread that does not block a signal
/// takes it, and threads and children begin with the signals and the priority of the thread that makes them.
protocol BegunOnMainThread: AsyncParsableCommand {
    /// What is left to do, anywhere.
    typealias Rest = @Sendable () async throws -> Void

    /// Does that part.
    func begin() throws -> Rest
}
