import Glibc
import JSON
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing

/// Whom the agent tells of ends, and what it writes for others: commands, web addresses, metrics, logs.
@Suite(.timeLimit(.minutes(2))) struct TellingTests {
    private let sandbox: Sandbox
    private let project: FilePath

    init() throws {
        sandbox = try Sandbox()
        project = try sandbox.makeProject("resnet")
    }

    private func runs(_ agent: TrialwatchProcess) async throws {
        try sandbox.replace(project.appending("train.run"), with: "parameters: {lr: 1}\nresult: 0.93\n")
        try await sandbox.flush()
        try sandbox.replace(
            project.appending("train.run"), with: "parameters: {lr: 2}\nerror: {type: ValueError, message: -x 'bad'}\n")
        try await sandbox.flush()
    }

    @Test func `a program is told of the ends that it is for, once, with arguments as they are written`() async throws {
        let told = sandbox.root.appending("told")
        try sandbox.configure(
            """
            projects: [{path: ~/resnet}]
            notify:
              on: [failed]
              command: [sh, -c, "cat >>\(told); printf '%s|%s|%s\\\\n' \\"$0\\" \\"$1\\" \\"$TRIALWATCH_TRIAL\\" >>\(told)", "{}", "a $HOME b"]
            """)
        let agent = try await sandbox.startAgent()
        try await runs(agent)
        #expect(
            try await sandbox.eventually {
                try FileSystem.isPermitted(told) && sandbox.text(of: told).hasSuffix("2\n")
            })
        #expect(await agent.stop() == .status(0))
        let lines = try sandbox.text(of: told).split(separator: "\n")
        #expect(lines.count == 2)
        let document = try JSON(parsing: String(lines.first ?? ""))
        #expect(document["experiment"] == "resnet" && document["trial"]?.int == 2 && document["state"] == "failed")
        #expect(document["error"] == "ValueError(-x 'bad')")
        #expect(document["text"]?.string == "resnet 2: failed: ValueError(-x 'bad')")
        #expect(lines.last == "resnet 2: failed: ValueError(-x 'bad')|a $HOME b|2")
    }

    @Test func `a program that fails, or is not there, costs a line in status and nothing else`() async throws {
        try sandbox.configure(
            "projects: [{path: ~/resnet}]\nnotify: {on: [failed], command: [sh, -c, 'echo no luck; exit 3']}\n")
        let agent = try await sandbox.startAgent()
        try await runs(agent)
        #expect(
            try await sandbox.eventually {
                try await sandbox.run("status").text.contains("notify.command: it ended with status 3: no luck")
            })
        try sandbox.configure("projects: [{path: ~/resnet}]\nnotify: {on: [succeeded], command: [no-such-program]}\n")
        #expect(try await sandbox.run("reload").exit == .status(0))
        try sandbox.replace(project.appending("other.run"), with: "result: 1\n")
        try await sandbox.flush()
        #expect(
            try await sandbox.eventually {
                try await sandbox.run("status").text.contains("notify.command: there is no program no-such-program")
            })
        #expect(await agent.stop() == .status(0))
    }

    @Test func `each trial of which somebody could not be told is named in the log, the first in status`() async throws
    {
        try sandbox.configure("projects: [{path: ~/resnet}]\nnotify: {on: [succeeded], command: [sh, -c, 'exit 3']}\n")
        let agent = try await sandbox.startAgent()
        for number in 1...3 {
            try sandbox.replace(project.appending("a\(number).run"), with: "parameters: {n: \(number)}\n")
            try await sandbox.flush()
        }
        let failure = "notify.command: it ended with status 3"
        #expect(
            try await sandbox.eventually {
                let log = try sandbox.text(of: agent.errorPath)
                return (1...3).allSatisfy { log.contains("resnet \($0): \(failure)") }
            })
        let status = try await sandbox.run("status").text
        #expect(status.ranges(of: failure).count == 1 && status.contains("resnet 1: \(failure)"), "\(status)")
        #expect(await agent.stop() == .status(0))
    }

    @Test func `a stop that leaves trials untold of says how many`() async throws {
        try sandbox.configure("projects: [{path: ~/resnet}]\nnotify: {on: [succeeded], command: [sleep, '60']}\n")
        let agent = try await sandbox.startAgent()
        for number in 1...3 {
            try sandbox.replace(project.appending("a\(number).run"), with: "parameters: {n: \(number)}\n")
        }
        try await sandbox.flush()
        #expect(await agent.stop() == .status(0))
        let log = try sandbox.text(of: agent.errorPath)
        #expect(log.contains("resnet 1: notify.command: the agent stops before it is done; it is ended"), "\(log)")
        #expect(log.contains("notify: the agent stops; of 2 trials nobody was told"), "\(log)")
    }

    @Test func `an address that sends elsewhere has not been told`() async throws {
        let server = try sandbox.start("/usr/bin/python3", ["-c", Self.redirecting])
        #expect(try await sandbox.eventually { try sandbox.text(of: server.outputPath).hasSuffix("\n") })
        let port = try sandbox.text(of: server.outputPath).split(separator: "\n").first ?? ""
        try sandbox.configure(
            "projects: [{path: ~/resnet}]\nnotify: {on: [succeeded], webhook: \"http://127.0.0.1:\(port)/moved\"}\n")
        let agent = try await sandbox.startAgent()
        try sandbox.replace(project.appending("a.run"), with: "result: 1\n")
        try await sandbox.flush()
        #expect(
            try await sandbox.eventually {
                try sandbox.text(of: agent.errorPath).contains("resnet 1: notify.webhook: it ended with status 47")
            })
        #expect(await agent.stop() == .status(0))
        server.send(SIGKILL)
    }

    private static let redirecting = """
        import http.server
        class Hook(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers['Content-Length']))
                self.send_response(302)
                self.send_header('Location', '/elsewhere')
                self.end_headers()
            def log_message(self, *arguments): pass
        server = http.server.HTTPServer(('127.0.0.1', 0), Hook)
        print(server.server_port, flush=True)
        server.serve_forever()
        """

    @Test func `an address gets a POST by curl, and is no argument that others could see`() async throws {
        let (bodies, arguments) = (sandbox.root.appending("bodies"), sandbox.root.appending("arguments"))
        let server = try sandbox.start("/usr/bin/python3", ["-c", Self.server, bodies.string])
        #expect(try await sandbox.eventually { try sandbox.text(of: server.outputPath).hasSuffix("\n") })
        let port = try sandbox.text(of: server.outputPath).split(separator: "\n").first ?? ""
        let bin = sandbox.root.appending("bin")
        try sandbox.write(
            "#!/bin/sh\necho \"$@\" >>\(arguments)\nexec /usr/bin/curl \"$@\"\n", to: bin.appending("curl"))
        _ = try await sandbox.run("/bin/chmod", ["755", bin.appending("curl").string])
        try sandbox.configure(
            """
            projects: [{path: ~/resnet}]
            notify: {on: [failed, succeeded], webhook: "http://127.0.0.1:\(port)/hook/very-secret-part"}
            """)
        let path = "\(bin):\(sandbox.environment["PATH"] ?? "")"
        let agent = try await sandbox.startAgent(environment: ["PATH": path])
        try await runs(agent)
        #expect(
            try await sandbox.eventually {
                try FileSystem.isPermitted(bodies) && sandbox.text(of: bodies).split(separator: "\n").count == 2
            })
        #expect(await agent.stop() == .status(0))
        let lines = try sandbox.text(of: bodies).split(separator: "\n").map { try JSON(parsing: String($0)) }
        #expect(lines.map { $0["path"] } == ["/hook/very-secret-part", "/hook/very-secret-part"])
        #expect(lines.map { $0["type"] } == ["application/json", "application/json"])
        let documents = try lines.map { try JSON(parsing: $0["body"]?.string ?? "") }
        #expect(
            documents.map { $0["text"] } == ["resnet 1: succeeded with 0.93", "resnet 2: failed: ValueError(-x 'bad')"])
        #expect(documents.first?["result"]?.double == 0.93)
        let seen = try sandbox.text(of: arguments)
        #expect(seen.split(separator: "\n").count == 2 && !seen.contains("very-secret") && !seen.contains("resnet"))
        server.send(SIGKILL)
    }

    @Test func `check says when a program is missing, and when metrics have no place`() async throws {
        try sandbox.configure(
            """
            projects: [{path: ~/resnet}]
            notify: {command: [no-such-program], webhook: "https://hooks.example/x"}
            metrics_file: ~/nowhere/trialwatch.prom
            """)
        let check = try await sandbox.run("check", environment: ["PATH": "/nonexistent"])
        #expect(check.exit == .status(1))
        #expect(check.text.contains("notify.command: there is no program no-such-program"))
        #expect(
            check.text.contains(
                "notify.webhook: there is no program curl that could be started (sudo apt install curl)"))
        #expect(
            check.text.contains("metrics_file \(sandbox.root.appending("home/nowhere/trialwatch.prom")): its folder"))
    }

    @Test func `metrics are a file while the agent runs, which anybody may read`() async throws {
        let folder = sandbox.root.appending("metrics")
        try FileSystem.makeDirectories(folder)
        try sandbox.configure("projects: [{path: ~/resnet}]\nmetrics_file: \(folder)/a.prom\n")
        let agent = try await sandbox.startAgent()
        let isThere = { (name: String) in FileSystem.isPermitted(folder.appending(name)) }
        #expect(try await sandbox.eventually { isThere("a.prom") })
        let text = try sandbox.text(of: folder.appending("a.prom"))
        #expect(text.contains("\ntrialwatch_projects 1\n") && text.hasSuffix("\n"))
        #expect(try FileStatus(of: folder.appending("a.prom")).permissions.rawValue & 0o777 == 0o644)
        try sandbox.configure("projects: [{path: ~/resnet}]\nmetrics_file: \(folder)/b.prom\n")
        #expect(try await sandbox.run("reload").exit == .status(0))
        #expect(try await sandbox.eventually { isThere("b.prom") && !isThere("a.prom") })
        #expect(await agent.stop() == .status(0))
        #expect(try FileSystem.entries(of: folder).isEmpty)
    }

    @Test func `as JSON each line of the log is an object, and a trial is one line`() async throws {
        try sandbox.configure("projects: [{path: ~/resnet}]\nlog: {format: json}\n")
        let agent = try await sandbox.startAgent()
        try await runs(agent)
        #expect(await agent.stop() == .status(0))
        let lines = try sandbox.text(of: agent.errorPath).split(separator: "\n").map { try JSON(parsing: String($0)) }
        #expect(lines.allSatisfy { $0["time"] != nil && $0["level"] != nil })
        let trials = lines.compactMap { $0["message"]?.string }.filter { $0.hasPrefix("resnet ") }
        #expect(trials == ["resnet 1: succeeded with 0.93", "resnet 2: failed: ValueError(-x 'bad')"])
    }

    /// Takes POSTs on a port of its own, and writes each down as a line of JSON.
    private static let server = """
        import http.server, json, sys
        class Hook(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers['Content-Length'])).decode()
                with open(sys.argv[1], 'a') as file:
                    line = {'path': self.path, 'type': self.headers['Content-Type'], 'body': body}
                    file.write(json.dumps(line) + '\\n')
                self.send_response(204)
                self.end_headers()
            def log_message(self, *arguments): pass
        server = http.server.HTTPServer(('127.0.0.1', 0), Hook)
        print(server.server_port, flush=True)
        server.serve_forever()
        """
}
