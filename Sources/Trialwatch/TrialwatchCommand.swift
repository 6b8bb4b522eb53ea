internal import ArgumentParser
internal import Glibc
internal import SystemPackage

@main
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
              trialwatch history resnet         what ran
              trialwatch show resnet 12         one trial, whole
            """,
        version: "trialwatch \(Version.text)",
        subcommands: [
            AgentCommand.self, InitCommand.self, CheckCommand.self, StatusCommand.self, HistoryCommand.self,
            ShowCommand.self, ExperimentsCommand.self, FlushCommand.self, VersionCommand.self,
            CaptureWorkerCommand.self,
        ])

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let failure as CommandFailure {
            for line in failure.lines { say(line) }
            Glibc.exit(failure.status.rawValue)
        } catch {
            leave(with: error)
        }
    }

    /// Help and version asked for go to standard output; what is wrong with the command line, to standard error.
    private static func leave(with error: any Error) -> Never {
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
