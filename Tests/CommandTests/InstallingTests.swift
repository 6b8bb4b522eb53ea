import ProgramTesting
import SystemCalls
import SystemPackage
import Testing
import TrialAgent

@testable import Trialwatch

/// What `install` would write and do; that systemd takes it is tested in `ServiceTests`.
@Suite struct InstallingTests {
    private let sandbox: Sandbox

    init() throws { sandbox = try Sandbox() }

    private func needs(_ yaml: String, _ scope: ServiceScope = .system) throws -> ServiceNeeds {
        try sandbox.configure(yaml)
        let surroundings = Surroundings(
            user: "ada", userIdentifier: 1234, home: "/home/ada", workingDirectory: "/home/ada")
        let configuration = try Configuration.read(sandbox.configuration, in: surroundings, backends: Backends())
        return try ServiceNeeds(configuration, surroundings, scope)
    }

    @Test func `the drop-in names the folders that are written to, and no others`() throws {
        let needs = try needs(
            """
            backends: {team: {local: {directory: /srv/trials}}, other: {local: {directory: /srv/trials/other}}}
            backend: team
            projects:
              - path: ~/work/read
              - {path: ~/work/told, receipts: true}
              - {path: "~/grid/*", receipts: true}
              - {path: ~/work/own, backend: {local: {directory: daskperiment_cache}}}
            metrics_file: "/var/lib/node exporter/100%.prom"
            """)
        #expect(
            try needs.dropIn()
                == """
                # Written by trialwatch install; trialwatch uninstall removes it.
                [Unit]
                # Without these its configuration, state and stores would not be there, or others in their place.
                RequiresMountsFor="/home/ada"
                RequiresMountsFor="/srv/trials"
                [Service]
                # All that it may write to. One that is not there is passed over.
                ReadWritePaths="-/home/ada/.cache/trialwatch"
                ReadWritePaths="-/home/ada/.local/state/trialwatch"
                ReadWritePaths="-/home/ada/grid"
                ReadWritePaths="-/home/ada/work/own/daskperiment_cache"
                ReadWritePaths="-/home/ada/work/told"
                ReadWritePaths="-/srv/trials"
                ReadWritePaths="-/var/lib/node exporter"

                """)
        #expect(needs.made == ["/home/ada/.cache/trialwatch", "/home/ada/.local/state/trialwatch", "/srv/trials"])
    }

    @Test func `a store in a project is made where the project is there, for it could not be made later`() throws {
        let there = try sandbox.makeProject("there")
        let store = "backend: {local: {directory: cache}}"
        let needs = try needs("projects: [{path: \(there), \(store)}, {path: \(there)-not, \(store)}]\n")
        #expect(needs.made.filter { $0.lastComponent == "cache" } == [there.appending("cache")])
    }

    @Test(
        arguments: [
            ("backend: local", false), ("backend: redis://lab:6379/0", true),
            ("backend: unix:///run/redis.sock?db=0", false),
            ("backend: {mongo: {uri: mongodb://lab/x}}", true), ("notify: {webhook: https://hooks.example/x}", true),
            ("notify: {command: [notify-send]}", false),
        ])
    func `the network is open to those who need it`(yaml: String, isOpen: Bool) throws {
        let text = try #require(try needs(yaml + "\n").dropIn())
        #expect(text.contains("RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6\nIPAddressDeny=\n") == isOpen)
    }

    @Test func `a user's own service needs no drop-in but for credentials and another configuration`() throws {
        var needs = try needs("projects: [{path: ~/x}]\n", .user)
        #expect(try needs.dropIn() == nil)
        needs.credentials = [("redis", "/home/ada/secrets 100%/redis")]
        #expect(throws: CommandFailure.self) { _ = try needs.dropIn() }
        needs.credentials = [("redis", "/home/ada/secrets-100%/redis")]
        needs.variables = [("TRIALWATCH_CONFIG", "/home/ada/100%/a \"b\".yaml"), ("XDG_STATE_HOME", "/scratch/ada\\x")]
        let text = try #require(try needs.dropIn())
        #expect(
            text
                == """
                # Written by trialwatch install; trialwatch uninstall removes it.
                [Service]
                Environment="TRIALWATCH_CONFIG=/home/ada/100%%/a \\"b\\".yaml"
                Environment="XDG_STATE_HOME=/scratch/ada\\\\x"
                LoadCredential=redis:/home/ada/secrets-100%%/redis

                """)
        // Run again, install knows by it what it was asked for.
        let file = sandbox.root.appending("drop-in")
        try sandbox.write(text, to: file)
        let unit = try UnitFile(file)
        #expect(unit.isOurs)
        #expect(unit.variables == Dictionary(uniqueKeysWithValues: needs.variables.map { ($0.name, $0.value.string) }))
        #expect(unit.credentials == "/home/ada/secrets-100%")
        needs.variables = [("TRIALWATCH_CONFIG", "/home/ada/a\nExecStart=x")]
        #expect(throws: CommandFailure.self) { _ = try needs.dropIn() }
    }

    @Test(arguments: [ServiceScope.user, .system])
    func `for a program elsewhere a unit is written that differs in nothing else`(scope: ServiceScope) throws {
        let unit = try UnitText.unit(scope.text, running: "/opt/a b/$x/trialwatch")
        let (lines, before) = (unit.split(separator: "\n"), scope.text.split(separator: "\n"))
        #expect(lines.first.map(String.init) == UnitText.mark)
        let changed = zip(lines.dropFirst(), before).filter { $0 != $1 }.map { String($0.0) }
        #expect(
            changed == [
                "ExecStart=\"/opt/a b/$$x/trialwatch\" agent", "ExecReload=\"/opt/a b/$$x/trialwatch\" reload",
            ])
        #expect(lines.count == before.count + 1)
    }

    @Test func `what would be done is said, each thing a line, and nothing is done`() async throws {
        try sandbox.configure("projects: [{path: /tmp/nowhere, receipts: true}]\n")
        let output = try await sandbox.run(
            "install", "--system", "--for", "nobody", "--config", sandbox.configuration.string, "--dry-run")
        #expect(output.exit == .status(0), "\(output.errors)")
        let dropIn = "/etc/systemd/system/trialwatch@nobody.service.d/trialwatch-install.conf"
        #expect(output.lines.contains("would write \(dropIn)"))
        #expect(output.lines.contains("would systemctl enable trialwatch@nobody.service"))
        #expect(!FileSystem.isPermitted(FilePath(dropIn)))
    }

    @Test(
        arguments: [
            (["--system", "--for", "root"], "for which user?", 64),
            (["--system", "--for", "no-such-user"], "there is no user no-such-user", 64),
            (["--system", "--user"], "choose one", 64),
            (["--system", "--for", "nobody"], "nobody has no configuration", 78),
        ])
    func `what makes no sense is refused`(arguments: [String], reason: String, status: Int32) async throws {
        let output = try await sandbox.run(sandbox.program, ["install"] + arguments)
        #expect(output.exit == .status(status))
        #expect(output.errors.contains(reason), "\(output.errors)")
    }

    @Test func `variables that systemd sets for a user are known to install, too`() async throws {
        try sandbox.configure("state: /var/tmp/$USER/trialwatch\nprojects: [{path: $HOME/x}]\n")
        let output = try await sandbox.run(
            "install", "--system", "--for", "nobody", "--config", sandbox.configuration.string, "--dry-run")
        #expect(output.exit == .status(0), "\(output.errors)")
        #expect(output.lines.contains("would make /var/tmp/nobody/trialwatch as nobody"), "\(output.text)")
    }

    @Test func `a service without a configuration is to be tried again, one whose configuration is wrong is not`()
        async throws
    {
        let manager = ["NOTIFY_SOCKET": "@nobody-listens-here"]
        let none = try await sandbox.run("agent", "--allow-root", environment: manager)
        #expect(none.exit == .status(1))
        #expect(none.errors.contains("there is no configuration"), "\(none.errors)")
        let named = ["TRIALWATCH_CONFIG": sandbox.root.appending("home/not-mounted/agent.yaml").string]
        let missing = try await sandbox.run("agent", "--allow-root", environment: manager.merging(named) { $1 })
        #expect(missing.exit == .status(1))
        #expect(missing.errors.contains("home/not-mounted/agent.yaml: cannot be read"), "\(missing.errors)")
        #expect(try await sandbox.run("agent", "--allow-root", environment: named).exit == .status(78))
        try sandbox.configure("setle: 1s\n")
        #expect(try await sandbox.run("agent", "--allow-root", environment: manager).exit == .status(78))
    }
}
