import JSON
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing

/// The package under a real systemd: ada has the agent as a service of her own, bob as an instance of the system's.
@Suite(
    .serialized, .timeLimit(.minutes(5)),
    .enabled(if: SystemdBox.isPossible, "this machine boots no systemd in a container"))
struct SystemdTests {
    let box: SystemdBox

    init() throws { box = try SystemdBox.shared.get() }

    // MARK: Steps

    /// Has bob's agent run with this configuration.
    func serveBob(_ yaml: String, credentials: String = "") throws {
        try write(yaml, to: "home/bob/.config/trialwatch/agent.yaml")
        try box.must("chown -R bob: /home/bob && trialwatch install --system --for bob \(credentials)")
    }

    func write(_ text: String, to path: String) throws {
        let file = box.root.appending(path)
        try FileSystem.makeDirectories(file.removingLastComponent())
        try OwnedDescriptor(opening: file, .writeOnly, options: [.create, .truncate]).write(Array(text.utf8))
    }

    /// Waits until a condition of bash holds in the box.
    func wait(_ condition: String, as user: String? = nil) throws {
        let script = "for _ in $(seq 300); do if \(condition); then exit 0; fi; sleep 0.1; done; exit 1"
        let output = try box.run(script, as: user)
        guard output.status == 0 else {
            let log = try box.run("journalctl -n 40 --no-pager -o cat -t trialwatch -t systemd")
            throw ProgramError("it does not come to be that: \(condition)\n\(output.text)\(log.text)")
        }
    }

    func property(_ name: String, _ unit: String = "trialwatch@bob") throws -> String {
        try box.must("systemctl show --value -p \(name) \(unit)").lines.first ?? ""
    }

    func trials(_ experiment: String, of user: String) throws -> [JSON] {
        try box.must("trialwatch flush", as: user)
        // An experiment without a trial is none yet.
        let list = "trialwatch history \(experiment) --json --limit 5000 2>/dev/null || [ $? = 66 ]"
        let output = try box.must(list, as: user)
        return output.text.isEmpty ? [] : try JSON(parsing: output.text).array ?? []
    }

    static let lab = "projects: [{path: ~/lab}]\n"

    // MARK: Promises

    @Test func `a user's own service starts with nobody logged in, and files a marker`() throws {
        let said = try box.must("mkdir -p ~/work && trialwatch init ~/work && trialwatch install", as: "ada")
        #expect(said.lines.contains("systemctl --user enable trialwatch.service"))
        // The package's unit serves; nothing has to be written.
        #expect(!said.text.contains("write "))
        let show = try box.must("systemctl --user show trialwatch -p ActiveState,StatusText,NRestarts,Type", as: "ada")
        #expect(show.lines.contains("ActiveState=active") && show.lines.contains("Type=notify"))
        #expect(show.lines.contains("StatusText=watching 1 project"))
        try box.must("cd ~/work && echo 'result: 0.93' >m && mv m train.run", as: "ada")
        #expect(try trials("work", of: "ada").count == 1)
        let log = try box.must("journalctl -o json _SYSTEMD_USER_UNIT=trialwatch.service")
        let lines = try log.lines.map { try JSON(parsing: $0) }
        let line = try #require(lines.first { $0["MESSAGE"] == "work 1: succeeded with 0.93" })
        #expect(line["PRIORITY"] == "6")
        #expect(try box.must("trialwatch status", as: "ada").text.contains("work"))
    }

    @Test func `a user's own service can be shut in further, at the price that is written there`() throws {
        try box.must("mkdir -p ~/work; trialwatch init ~/work; trialwatch install", as: "ada")
        let count = try trials("work", of: "ada").count
        let folder = "~/.config/systemd/user/trialwatch.service.d"
        let example = "/usr/share/doc/trialwatch/examples/user-hardened.conf"
        try box.must("mkdir -p \(folder) && cp \(example) \(folder) && trialwatch install", as: "ada")
        try box.must("cd ~/work && echo 'parameters: {x: 1}' >m && mv m shut.run", as: "ada")
        #expect(try trials("work", of: "ada").count == count + 1)
        let agent = try box.must("systemctl --user show --value -p MainPID trialwatch", as: "ada").lines.first ?? ""
        #expect(try box.run("cat /proc/\(agent)/mountinfo | grep ' / / ' | grep -q ' ro,'").status == 0)
        try box.must("rm -r \(folder) && trialwatch install", as: "ada")
    }

    @Test
    func `the system's unit, which may do next to nothing, files git, conda, GPUs, processes and polled projects`()
        throws
    {
        let conda = SystemdBox.sources.appending("Tests/TrialAgentTests/Capturing/Conda/schema")
        try box.must("mkdir -p /home/bob/lab/env/conda-meta /home/bob/polled /srv/real")
        for entry in try FileSystem.entries(of: conda) {
            let bytes = try OwnedDescriptor(opening: conda.appending(entry.name), .readOnly).readToEnd(limit: 1 << 20)
            try write(String(decoding: bytes, as: UTF8.self), to: "home/bob/lab/env/conda-meta/\(entry.name.string)")
        }
        try box.must(
            """
            mkdir -p /home/bob/lab/env/bin /home/bob/lab/env/lib/python3.12
            chown -R bob: /home/bob /srv/real; mountpoint -q /home/bob/polled || bindfs -o allow_other /srv/real /home/bob/polled
            runuser -u bob -- sh -c 'cd /home/bob/lab && git init -q -b main . && echo env/ >.gitignore && git add . &&
                git -c user.name=Bob -c user.email=bob@example.org commit -q -m one'
            """)
        try serveBob("projects: [{path: ~/lab, python: env}, {path: ~/polled, poll_interval: 200ms}]\n")
        try box.must(
            """
            cd ~/lab && commit=$(git rev-parse HEAD)
            SLURM_JOB_ID=4711 setsid sleep 300 </dev/null >/dev/null 2>&1 &
            until [ "$(readlink /proc/$!/exe)" = /usr/bin/sleep ]; do sleep 0.01; done
            printf 'state: running\\npid: %d\\n' $! >m && mv m train.run
            echo 'result: 2' >~/polled/slow.run
            """, as: "bob")
        try wait("[ $(trialwatch history polled --json 2>/dev/null | grep -c '\"trial\"') = 1 ]", as: "bob")
        #expect(try trials("lab", of: "bob").count == 1)
        let shown = try box.must("cd ~/lab && git rev-parse HEAD && trialwatch show lab 1 --full", as: "bob")
        let commit = try #require(shown.lines.first)
        #expect(shown.text.components(of: commit) >= 2, "\(shown.text)")
        for fact in ["NVIDIA A100-SXM4-40GB", "scikit-learn", "SLURM_JOB_ID", "4711", "/usr/bin/sleep"] {
            #expect(shown.text.contains(fact), "\(fact): \(shown.text)")
        }
        #expect(!shown.text.contains("Problems"), "\(shown.text)")
        #expect(try box.run("trialwatch status", as: "bob").text.contains("polled every 0.2 seconds"))
        try box.must("pkill -u bob -x sleep; rm -f /srv/real/*.run", as: nil)
    }

    @Test func `the agent of the system can write to what is its own, and nowhere else`() throws {
        try box.must("mkdir -p /home/bob/lab")
        try serveBob(Self.lab)
        let enter = "nsenter -t \(try property("MainPID")) -m -- runuser -u bob --"
        for folder in ["/home/bob", "/home/bob/lab", "/home/bob/.config/trialwatch", "/var/tmp", "/home/bob/.ssh"] {
            let output = try box.run("mkdir -p /home/bob/.ssh; \(enter) touch \(folder)/written")
            #expect(output.status != 0, "\(folder)")
        }
        try box.must(
            "\(enter) touch /home/bob/.local/state/trialwatch/written /home/bob/.local/share/trialwatch/written")
        try box.must("rm /home/bob/.local/*/trialwatch/written")
        #expect(try box.must("stat -c %a:%U /run/trialwatch/bob").lines == ["700:bob"])
    }

    @Test func `an agent that hangs is killed by the watchdog, and its successor files what came meanwhile`() throws {
        try box.must("mkdir -p /home/bob/lab")
        try write(
            "[Service]\nWatchdogSec=1s\nTimeoutAbortSec=500ms\nRestartSec=100ms\n",
            to: "etc/systemd/system/trialwatch@bob.service.d/test.conf")
        try serveBob(Self.lab)
        let before = try trials("lab", of: "bob").count
        try box.must("echo 'result: 1' >m && mv m first.run && trialwatch flush".inLab, as: "bob")
        let agent = try property("MainPID")
        try box.must("kill -STOP \(agent)")
        try box.must("for i in 1 2 3; do echo \"parameters: {i: $i}\" >m && mv m hung$i.run; done".inLab, as: "bob")
        try wait(
            "[ $(systemctl show --value -p MainPID trialwatch@bob) != \(agent) ] && systemctl -q is-active trialwatch@bob"
        )
        #expect(try trials("lab", of: "bob").count == before + 4)
        #expect(try property("NRestarts") == "1")
        #expect(try box.must("journalctl -o cat -u trialwatch@bob").text.contains("Watchdog timeout"))
        try box.must("rm /etc/systemd/system/trialwatch@bob.service.d/test.conf")
    }

    @Test func `what kill -9 interrupts is filed once all the same`() throws {
        try box.must("mkdir -p /home/bob/lab")
        try write("[Service]\nRestartSec=100ms\n", to: "etc/systemd/system/trialwatch@bob.service.d/test.conf")
        try serveBob(Self.lab)
        let before = try trials("lab", of: "bob").count
        let agent = try property("MainPID")
        let writing = "for i in $(seq 20); do echo \"parameters: {k: $i}\" >m && mv m k$i.run; done"
        try box.must("\(writing); kill -9 \(agent); \(writing.replacing("k", with: "l"))".inLab, as: "bob")
        try wait(
            "[ $(systemctl show --value -p MainPID trialwatch@bob) != \(agent) ] && systemctl -q is-active trialwatch@bob"
        )
        let numbers = try trials("lab", of: "bob").compactMap { $0["trial"]?.int }
        #expect(numbers.count == before + 40)
        #expect(Set(numbers).count == numbers.count)
        try box.must("rm /etc/systemd/system/trialwatch@bob.service.d/test.conf")
    }

    @Test func `a good configuration is taken over by reload, a bad one refused with its line`() throws {
        try box.must("mkdir -p /home/bob/lab /home/bob/second")
        try serveBob(Self.lab)
        let agent = try property("MainPID")
        try write("projects: [{path: ~/lab}, {path: ~/second}]\n", to: "home/bob/.config/trialwatch/agent.yaml")
        try box.must("systemctl reload trialwatch@bob")
        try wait("[ \"$(systemctl show --value -p StatusText trialwatch@bob)\" = 'watching 2 projects' ]")
        try write("projects: [{path: ~/lab}]\nsetle: 1s\n", to: "home/bob/.config/trialwatch/agent.yaml")
        #expect(try box.run("systemctl reload trialwatch@bob").status != 0)
        // On systemd 252 a reload may be over a moment after systemctl has returned.
        try wait("[ $(systemctl show --value -p ActiveState trialwatch@bob) = active ]")
        let log = try box.must("journalctl -o cat -u trialwatch@bob").text
        #expect(log.contains("agent.yaml:2:1: setle: unknown key (did you mean settle?)"))
        try box.must("cd ~/second && echo 'result: 1' >m && mv m a.run", as: "bob")
        try write("projects: [{path: ~/lab}, {path: ~/second}]\n", to: "home/bob/.config/trialwatch/agent.yaml")
        try wait("[ $(trialwatch history second --json 2>/dev/null | grep -c '\"trial\"') = 1 ]", as: "bob")
        #expect(try property("MainPID") == agent)
    }

    @Test func `it stops within five seconds under load, and loses nothing of it`() throws {
        try box.must("mkdir -p /home/bob/lab")
        try serveBob(Self.lab)
        let before = try trials("lab", of: "bob").count
        let stopped = try box.must(
            """
            runuser -u bob -- bash -c 'cd ~bob/lab; for i in $(seq 150); do echo "parameters: {s: $i}" >m; mv m s$i.run; done' &
            sleep 0.3
            begun=$(date +%s%N); systemctl stop trialwatch@bob; echo $((($(date +%s%N) - begun) / 1000000))
            wait
            systemctl show --value -p Result trialwatch@bob
            systemctl start trialwatch@bob
            """)
        let milliseconds = try #require(stopped.lines.first.flatMap { Int($0) })
        #expect(milliseconds < 5000)
        #expect(stopped.lines.last == "success")
        #expect(try trials("lab", of: "bob").count == before + 150)
    }

    @Test func `a service that starts before its configuration is there watches when it has come`() throws {
        try box.must("mkdir -p /home/bob/lab")
        try write("[Service]\nRestartSec=100ms\n", to: "etc/systemd/system/trialwatch@bob.service.d/test.conf")
        try serveBob(Self.lab)
        try box.must(
            "systemctl stop trialwatch@bob; mv ~bob/.config/trialwatch ~bob/.config/away; ! systemctl start trialwatch@bob"
        )
        try wait("[ $(systemctl show --value -p NRestarts trialwatch@bob) -gt 5 ]")
        try box.must("mv ~bob/.config/away ~bob/.config/trialwatch")
        try wait("systemctl -q is-active trialwatch@bob")
        #expect(try property("StatusText") == "watching 1 project")
        try box.must("rm /etc/systemd/system/trialwatch@bob.service.d/test.conf")
    }

    @Test func `a store in a project can be written to, and a user's own folders are the service's, too`() throws {
        try box.must("mkdir -p /home/bob/stored")
        try serveBob("projects: [{path: ~/stored, backend: {local: {directory: cache}}}]\n")
        try box.must("cd ~/stored && echo 'result: 1' >m && mv m a.run", as: "bob")
        #expect(try trials("stored", of: "bob").count == 1)
        try box.must("test -e /home/bob/stored/cache/stored")

        let folders = "export XDG_CONFIG_HOME=~/settings XDG_STATE_HOME=~/states\n"
        try box.must(folders + "mkdir -p ~/elsewhere && trialwatch init ~/elsewhere && trialwatch install", as: "ada")
        try box.must(folders + "cd ~/elsewhere && echo 'result: 1' >m && mv m a.run && trialwatch flush", as: "ada")
        try box.must("test -d ~/states/trialwatch/spool && ! test -e ~/settings/systemd", as: "ada")
        try box.must(folders + "trialwatch uninstall", as: "ada")
    }

    @Test func `uninstall stops the service, removes what install wrote, and says what it keeps`() throws {
        try box.must("mkdir -p /home/bob/lab")
        try serveBob(Self.lab)
        let dropIn = "/etc/systemd/system/trialwatch@bob.service.d/trialwatch-install.conf"
        #expect(try box.must("cat \(dropIn)").text.contains("ReadWritePaths=\"-/home/bob/.local/share/trialwatch\""))
        let said = try box.must("trialwatch uninstall --system --for bob")
        #expect(said.lines.contains("remove \(dropIn)"))
        for kept in [".config/trialwatch/agent.yaml: the configuration", ".local/share/trialwatch: the records"] {
            #expect(said.lines.contains("  /home/bob/\(kept)"), "\(said.text)")
        }
        #expect(try box.run("systemctl -q is-active trialwatch@bob || test -e \(dropIn)").status != 0)
        #expect(try box.run("systemctl -q is-enabled trialwatch@bob").status != 0)
        try box.must("test -d /home/bob/.local/state/trialwatch")
    }

    @Test func `an upgrade goes on with what was taken, removal stops, and purge takes state only when asked`() throws {
        try box.must("mkdir -p /home/bob/lab; runuser -u ada -- mkdir -p /home/ada/work")
        try serveBob(Self.lab)
        try box.must(
            "rm -rf ~/.config/systemd/user/trialwatch.service.d; trialwatch init ~/work >/dev/null; trialwatch install",
            as: "ada")
        let ada = "systemctl --user show --value -p MainPID trialwatch"
        let before = (try property("MainPID"), try box.must(ada, as: "ada").text)
        let count = try trials("lab", of: "bob").count
        try box.must("dpkg --no-triggers -i /opt/trialwatch.deb")
        // The package does not wait for them.
        try wait(
            "[ $(systemctl show --value -p MainPID trialwatch@bob) != \(before.0) ] && systemctl -q is-active trialwatch@bob"
        )
        try wait("[ \"$(\(ada))\" != '\(before.1.split(separator: "\n").first ?? "")' ]", as: "ada")
        try box.must("echo 'parameters: {u: 1}' >m && mv m upgraded.run".inLab, as: "bob")
        #expect(try trials("lab", of: "bob").count == count + 1)

        try box.must(
            "dpkg --no-triggers -r trialwatch && ! systemctl -q is-active trialwatch@bob && test -e /etc/default/trialwatch"
        )
        #expect(try box.run("systemctl --user -q is-active trialwatch", as: "ada").status != 0)
        try box.must("dpkg --no-triggers -P trialwatch && ! test -e /etc/default/trialwatch")
        try box.must("test -d /home/bob/.local/state/trialwatch && ! ls -d /etc/systemd/system/trialwatch@*.d")
        try box.must(
            "dpkg --no-triggers -i /opt/trialwatch.deb && TRIALWATCH_PURGE_STATE=1 dpkg --no-triggers -P trialwatch")
        try box.must("! test -e /home/bob/.local/state/trialwatch && test -d /home/bob/.local/share/trialwatch/lab")
        try box.must("dpkg --no-triggers -i /opt/trialwatch.deb")
    }
}

extension String {
    /// A script that runs in bob's project.
    fileprivate var inLab: String { "cd ~/lab && " + self }

    /// How often a text stands in it.
    fileprivate func components(of text: String) -> Int { ranges(of: text).count }

    fileprivate func replacing(_ name: String, with other: String) -> String {
        String(map { String($0) == name ? Character(other) : $0 })
    }
}
