internal import ArgumentParser
internal import SystemCalls
internal import SystemPackage

/// Runs a command as the shell would have, and tells the agent of it.
struct RunCommand: BegunOnMainThread {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs a command, and records its run.",
        discussion: """
            The command has this terminal, input, output and environment, gets the signals, and its exit status is \
            handed on: it runs as it would without. The agent is told of it; where none runs, the run is recorded all \
            the same. What goes wrong with that is said on standard error, and keeps nothing from running.

              trialwatch run -- python train.py --lr 0.1
              trialwatch run -e resnet -p lr=0.1 --tag baseline -- ./train.sh
            """)

    @OptionGroup var marker: MarkerOptions

    @OptionGroup var agent: AgentOptions

    @Option(
        help: ArgumentHelp(
            "The marker that the command writes itself: where no agent sees it, what it says is said of the run.",
            valueName: "path", visibility: .hidden))
    var ownMarker: String?

    @Argument(
        parsing: .postTerminator, help: ArgumentHelp("The command and its arguments, after --.", valueName: "command"))
    var command: [String] = []

    func validate() throws {
        if command.isEmpty {
            throw ValidationError("a command is to be named after --: trialwatch run -- python train.py")
        }
    }

    func run() async throws { try await begin()() }

    /// Starts the command first: nothing that recording asks for may delay it or keep it from running.
    func begin() throws -> Rest {
        var said = MarkerDocument()
        try marker.write(to: &said)
        let problems = said.problems
        guard problems.isEmpty else {
            throw CommandFailure(lines: problems.map { "run: no marker can say this: \($0)" }, status: .usage)
        }
        // Byte for byte, where the parser has text: the command is the end of the command line.
        let arguments = Array(OwnProcess.arguments.suffix(command.count))
        let own = ownMarker.map { OwnMarker(FilePath($0)) }
        let started = Moments.system().now
        let process = try start(arguments)
        let run = CommandRun(
            process: process.process, started: started, command: CommandRun.recorded(command),
            directory: try? FileSystem.target(ofLink: "/proc/self/cwd").string, host: try? Machine().hostName,
            said: said, argumentCount: command.count)
        let foreground = Foreground(process)
        let config = agent.config
        return {
            let end = try await Self.attend(foreground, run, own, config)
            // The command ended; what ends here is only what it was watched by.
            OwnProcess.end(like: end)
        }
    }

    private func start(_ arguments: [[UInt8]]) throws(CommandFailure) -> ForegroundProcess {
        let name = command[0]
        let executable: Executable
        do throws(Executable.Failure) {
            executable = try Executable(named: arguments.first ?? [])
        } catch {
            switch error {
            case .notFound: throw CommandFailure("run: \(name)", "command not found", status: .commandNotFound)
            case .notExecutable(let reason): throw CommandFailure("run: \(name)", "\(reason)", status: .notExecutable)
            }
        }
        do throws(SystemCallError) {
            return try ForegroundProcess(executable, arguments: arguments)
        } catch {
            if error.call != "execve" { throw CommandFailure("run: \(name)", "starting it: \(error)") }
            guard error.errno == .noSuchFileOrDirectory else {
                throw CommandFailure("run: \(name)", "\(error.errno)", status: .notExecutable)
            }
            let isThere = (try? FileStatus(of: executable.path, followingLinks: true)) != nil
            throw CommandFailure(
                "run: \(name)", isThere ? "the interpreter that it names is not there" : "command not found",
                status: .commandNotFound)
        }
    }

    /// Waits for the command and tells of it, each at its own pace.
    private static func attend(
        _ foreground: Foreground, _ run: CommandRun, _ own: OwnMarker?, _ config: String?
    ) async throws(CommandFailure) -> ProcessEnd {
        async let ending = ending(of: foreground)
        var said: [String] = []
        do throws(CommandFailure) {
            let world = try World.ofThisProcess()
            let reporting = await RunReporting(config: config, own: own, world)
            tell(reporting.notes + run.notes, &said)
            do throws(CommandFailure) { try await reporting.reporter.began(run) } catch { tell(error.lines, &said) }
            let end = try await ending.get()
            do throws(CommandFailure) { try await reporting.reporter.ended(run, end) } catch {
                tell(error.lines, &said)
            }
            return end.process
        } catch {
            tell(error.lines, &said)
            return try await ending.get().process
        }
    }

    private static func ending(of foreground: Foreground) async -> Result<CommandRun.End, CommandFailure> {
        do throws(SystemCallError) {
            let process = try await foreground.end()
            let moment = Moments.system().now
            return .success(CommandRun.End(process: process, moment: moment, usage: await foreground.usage()))
        } catch {
            return .failure(CommandFailure("run", "waiting for the command: \(error)"))
        }
    }

    /// Says on standard error what was not said before.
    private static func tell(_ lines: [String], _ said: inout [String]) {
        World.note(lines.filter { !said.contains($0) })
        said += lines
    }
}
