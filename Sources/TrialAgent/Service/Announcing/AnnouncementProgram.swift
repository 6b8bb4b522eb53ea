import JSON
import SystemCalls
import SystemPackage
import Trials

/// A program that is handed an announcement: the command of `notify:`, or curl with a web address.
struct AnnouncementProgram: Sendable {
    /// What is started.
    let arguments: [String]
    let environment: [String]
    let directory: FilePath
    /// What it reads.
    let input: [UInt8]
    /// What messages call it; never its address, which may be a password.
    let name: String

    /// It is ended after this time.
    static let patience: Duration = .seconds(30)
    /// Stopping does not wait for it longer than this.
    private static let step: Duration = .milliseconds(200)
    /// An argument that is this is replaced by the announcement's line.
    static let placeholder = "{}"
    /// What a program gets of the agent's own environment.
    private static let passedOn = [
        "PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS",
        "DISPLAY",
        "WAYLAND_DISPLAY", "http_proxy", "https_proxy", "no_proxy",
    ]

    /// The configured command: its arguments as they are written, no shell between.
    init(command: [String], _ announcement: Announcement, _ surroundings: Surroundings) {
        arguments = command.map { $0 == Self.placeholder ? announcement.sentence : $0 }
        environment =
            Self.environment(surroundings) + [
                "TRIALWATCH_EXPERIMENT=\(announcement.reference.experiment.text)",
                "TRIALWATCH_TRIAL=\(announcement.reference.number)", "TRIALWATCH_STATE=\(announcement.state.rawValue)",
            ]
        directory = surroundings.home
        input = Array((announcement.json.text() + "\n").utf8)
        name = "notify.command"
    }

    /// curl, posting to an address. The address is told on standard input, too: others on this machine see arguments.
    init(webhook address: ConcealedText, _ announcement: Announcement, _ surroundings: Surroundings) {
        arguments = [Notification.poster] + Self.curlArguments
        environment = Self.environment(surroundings)
        directory = "/"
        let settings = [("url", address.revealed), ("data-raw", announcement.json.text())]
        input = Array(settings.map { "\($0) = \(Self.quoted($1))\n" }.joined().utf8)
        name = "notify.webhook"
    }

    private static let curlArguments = [
        "--disable", "--silent", "--fail", "--max-time", "20", "--connect-timeout", "10", "--proto", "=http,https",
        // Without --location a redirection would be a success, of an address that took nothing.
        "--location", "--max-redirs", "0", "--header", "Content-Type: application/json", "--output", "/dev/null",
        "--write-out",
        "%{errormsg}", "--config", "-",
    ]

    /// A value in a file of curl's options (curl(1), `--config`).
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for character in text.unicodeScalars {
            switch character {
            case "\\", "\"": quoted += "\\\(character)"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            default: quoted.unicodeScalars.append(character)
            }
        }
        return quoted + "\""
    }

    private static func environment(_ surroundings: Surroundings) -> [String] {
        passedOn.compactMap { name in surroundings.variables[name].map { "\(name)=\($0)" } }
    }

    /// Runs it to its end; gives what went wrong, as a sentence. Blocks meanwhile.
    func run() -> String? {
        do {
            let program = try Executable(named: Array((arguments.first ?? "").utf8))
            var child = try ChildProcess(
                program.path, arguments: arguments, environment: environment, directory: directory)
            let said = try talk(with: &child)
            switch try child.end(timeout: Self.step) {
            case .exited(0)?: return nil
            case let end?: return "\(name): \(Self.text(end))\(said.isEmpty ? "" : ": \(said)")"
            case nil: return "\(name): it has closed its output and goes on; it is ended"
            }
        } catch let failure as Executable.Failure {
            let reason =
                switch failure {
                case .notFound: "there is no program \(arguments.first ?? "")"
                case .notExecutable(let errno): "\(arguments.first ?? ""): \(errno)"
                }
            return "\(name): \(reason)"
        } catch let error as Unfinished {
            return "\(name): \(error.reason)"
        } catch {
            return "\(name): \(error)"
        }
    }

    private struct Unfinished: Error {
        var reason: String
    }

    /// Hands over the input and gives the last that the program says.
    private func talk(with child: inout ChildProcess) throws -> String {
        do throws(SystemCallError) { try child.write(input, timeout: .seconds(5)) } catch {
            // A program that does not want to read need not.
            guard error.errno == .brokenPipe else { throw error }
        }
        child.closeInput()
        var said: [UInt8] = []
        let end = ContinuousClock.now + Self.patience
        while true {
            if Task.isCancelled { throw Unfinished(reason: "the agent stops before it is done; it is ended") }
            guard ContinuousClock.now < end else {
                throw Unfinished(reason: "not done after \(Self.patience.inWords); it is ended")
            }
            guard let piece = try child.read(atMost: 4096, timeout: Self.step) else { continue }
            if piece.isEmpty { break }
            said = Array((said + piece).suffix(200))
        }
        var scrubber = Scrubber()
        let text = String(decoding: said, as: UTF8.self).split(whereSeparator: \.isNewline).joined(separator: " ")
        return scrubber.scrub(text)
    }

    private static func text(_ end: ProcessEnd) -> String {
        switch end {
        case .exited(let status): "it ended with status \(status)"
        case .signalled(let signal): "it was ended by signal \(signal)"
        }
    }
}
