import JSON
import ProgramTesting
import SystemCalls
import Testing

/// What a service is let to: passwords of stores, and the devices that tell of GPUs.
extension SystemdTests {
    @Test func `a password comes as a credential, and lets the agent file in a store in the network`() throws {
        try box.must(
            """
            mkdir -p /home/bob/kept /etc/trialwatch/credentials /run/redis-box
            printf 'hunter-two\\n' >/etc/trialwatch/credentials/redis && chmod -R go= /etc/trialwatch/credentials
            redis-cli -p 6390 -a hunter-two ping 2>/dev/null | grep -q PONG || redis-server --port 6390 --requirepass hunter-two \
                --appendonly yes --dir /run/redis-box --daemonize yes >/dev/null
            """)
        try serveBob(
            """
            projects: [{path: ~/kept}]
            backend: "redis://:${credential:redis}@127.0.0.1:6390/0"

            """, credentials: "--credentials /etc/trialwatch/credentials")
        try box.must("cd ~/kept && echo 'result: 1' >m && mv m a.run", as: "bob")
        try wait("redis-cli -p 6390 -a hunter-two exists kept:trialwatch:trial:1 2>/dev/null | grep -q 1")
        // Installed again, the service keeps what it was given.
        let again = try box.must("trialwatch install --system --for bob")
        #expect(again.lines.contains("as before: --credentials /etc/trialwatch/credentials"), "\(again.text)")
        #expect(
            again.lines.contains("as before: TRIALWATCH_CONFIG=/home/bob/.config/trialwatch/agent.yaml"),
            "\(again.text)")
        try wait("systemctl -q is-active trialwatch@bob")
        // Nobody but the agent sees it there.
        let agent = try property("MainPID")
        #expect(!(try box.must("tr '\\0' '\\n' </proc/\(agent)/environ").text.contains("hunter")))
        #expect(!(try box.must("journalctl -o cat -u trialwatch@bob").text.contains("hunter")))
        try box.must(
            "trialwatch uninstall --system --for bob; redis-cli -p 6390 -a hunter-two shutdown nosave 2>/dev/null || true"
        )
    }

    @Test
    func `a credential of one's own service is read by commands in one's own shell, when that is told where it is`()
        throws
    {
        try box.must(
            """
            mkdir -p ~/secret ~/.config/trialwatch/credentials && chmod 700 ~/.config/trialwatch/credentials
            printf 'hunter-three\\n' >~/.config/trialwatch/credentials/redis
            redis-cli -p 6391 -a hunter-three ping 2>/dev/null | grep -q PONG || redis-server --port 6391 \
                --requirepass hunter-three --appendonly yes --dir ~/secret --daemonize yes >/dev/null
            cp ~/.config/trialwatch/agent.yaml ~/before.yaml 2>/dev/null || true
            cat >~/.config/trialwatch/agent.yaml <<'END'
            projects: [{path: ~/secret}]
            backend: "redis://:${credential:redis}@127.0.0.1:6391/0"
            END
            trialwatch install --credentials ~/.config/trialwatch/credentials
            cd ~/secret && echo 'result: 0.5' >m && mv m a.run
            """, as: "ada")
        try wait("redis-cli -p 6391 -a hunter-three exists secret:trialwatch:trial:1 2>/dev/null | grep -q 1")
        let untold = try box.run("trialwatch history secret", as: "ada")
        #expect(untold.status != 0)
        #expect(
            untold.text.contains("the credential redis cannot be read: $CREDENTIALS_DIRECTORY is not set"),
            "\(untold.text)")
        let told = "export CREDENTIALS_DIRECTORY=~/.config/trialwatch/credentials\n"
        let check = try box.run(told + "trialwatch check", as: "ada")
        #expect(check.text.contains("redis, ready") && !check.text.contains("hunter"), "\(check.text)")
        let history = try box.must(told + "trialwatch history secret --json", as: "ada")
        #expect(try JSON(parsing: history.text)[0]?["result"] == 0.5)
        try box.must(
            """
            trialwatch uninstall; redis-cli -p 6391 -a hunter-three shutdown nosave 2>/dev/null || true
            rm -r ~/.config/trialwatch; [ ! -e ~/before.yaml ] || install -D ~/before.yaml ~/.config/trialwatch/agent.yaml
            """, as: "ada")
    }

    @Test func `a device of number 195 is opened by the system's service, and another one is not`() throws {
        try box.must("mkdir -p /home/bob/gpu")
        try serveBob("projects: [{path: ~/gpu}]\n")
        // Whoever is in the service's control groups has its device policy. No driver is there: an open that is let through to it
        // finds none (ENXIO).
        let enter = """
            groups=$(find /sys/fs/cgroup -path '*/trialwatch@bob.service/cgroup.procs') && [ -n "$groups" ] || exit
            for group in $groups; do echo $$ >$group || exit; done
            """
        func open(_ device: String) throws -> String { try box.run("\(enter)\nexec 3<>\(device)").text }
        var expected = [("/dev/nvidia0", "No such device or address"), ("/dev/null", "")]
        // A container has no say over devices where control groups are those of before 2016.
        let isGuarded =
            try box.run("systemd-run -q --wait -p DevicePolicy=closed bash -c 'exec 3<>/dev/fuse'").status != 0
        if isGuarded { expected.append(("/dev/fuse", "Operation not permitted")) }
        for (device, said) in expected {
            let text = try open(device)
            #expect(text.contains(said) && text.isEmpty == said.isEmpty, "\(device): \(text)")
        }
        // The stand-in for NVIDIA's library opens the device, as that does.
        try box.must("cd ~/gpu && echo 'result: 1' >m && mv m a.run", as: "bob")
        #expect(try trials("gpu", of: "bob").count == 1)
        let shown = try box.must("trialwatch show gpu 1 --full", as: "bob")
        #expect(shown.text.contains("NVIDIA A100-SXM4-40GB"), "\(shown.text)")
    }
}
