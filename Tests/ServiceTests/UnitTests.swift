import Glibc
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing

/// Units and package as Debian's and systemd's own tools see them; nothing is started.
@Suite(.serialized, .timeLimit(.minutes(2))) struct UnitTests {
    private static let hasAnalyze = FileSystem.isPermitted("/usr/bin/systemd-analyze", executing: true)
    private static let hasLintian = FileSystem.isPermitted("/usr/bin/lintian", executing: true)

    /// The units for a program that is there: without it systemd-analyze complains.
    private static func units() throws -> FilePath {
        let folder = FilePath("/tmp/trialwatch-units-\(UInt64.random(in: .min ... .max))")
        let script = """
            mkdir \(folder) && cd \(SystemdBox.sources)/systemd
            for unit in trialwatch.service trialwatch@.service; do
                sed 's|/usr/bin/trialwatch |'"$0"' |; /^Documentation=/d' $unit >\(folder)/$unit
            done
            cp \(folder)/trialwatch@.service \(folder)/trialwatch@ada.service
            """
        let made = try SystemdBox.execute(["bash", "-c", script, try Sandbox.builtProgram().string])
        guard made.status == 0 else { throw ProgramError(made.text) }
        return folder
    }

    @Test(.enabled(if: hasAnalyze || ContinuousIntegration.isRunning, "no systemd-analyze"))
    func `systemd has nothing to say against the units`() throws {
        let folder = try Self.units()
        defer { try? FileSystem.removeTree(folder) }
        for unit in ["trialwatch.service", "trialwatch@ada.service"] {
            let output = try SystemdBox.execute(["systemd-analyze", "verify", folder.appending(unit).string])
            #expect(output.status == 0 && output.text.isEmpty, "\(output.text)")
        }
    }

    @Test(
        .enabled(if: hasAnalyze || ContinuousIntegration.isRunning, "no systemd-analyze"),
        arguments: [("trialwatch@ada.service", "16"), ("trialwatch.service", "65")])
    func `an agent that is taken over can do little`(unit: String, threshold: String) throws {
        let folder = try Self.units()
        defer { try? FileSystem.removeTree(folder) }
        let output = try SystemdBox.execute([
            "systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=\(threshold)",
            folder.appending(unit).string,
        ])
        #expect(output.status == 0, "\(output.lines.last ?? "")")
    }

    @Test func `every line that hardens a unit has its reason, and openat2 is not denied`() throws {
        for unit in ["trialwatch.service", "trialwatch@.service"] {
            let path = SystemdBox.sources.appending("systemd").appending(unit)
            let bytes = try OwnedDescriptor(opening: path, .readOnly).readToEnd(limit: 1 << 16)
            let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            #expect(!lines.contains { $0.hasPrefix("RestrictSUIDSGID") || $0.hasPrefix("PrivateUsers") })
            // A comment is the reason of all lines that follow it, up to the next comment or empty line.
            var (hasReason, count) = (false, 0)
            for line in lines {
                if line.hasPrefix("#") { hasReason = true }
                if line.isEmpty || line.hasPrefix("[") { hasReason = false }
                guard Self.hardening.contains(where: { line.hasPrefix($0) }) else { continue }
                count += 1
                #expect(hasReason, "\(unit): \(line)")
            }
            #expect(count > 10)
        }
    }

    /// What lines begin with that take something away from the agent.
    private static let hardening = [
        "Protect", "Private", "Restrict", "SystemCall", "NoNewPrivileges", "CapabilityBoundingSet",
        "AmbientCapabilities",
        "MemoryDeny", "LockPersonality", "UMask", "KeyringMode", "LimitCORE", "Device", "RemoveIPC", "IPAddress",
        "ProcSubset", "MemoryHigh", "MemoryMax", "TasksMax",
    ]

    @Test(.enabled(if: hasLintian || ContinuousIntegration.isRunning, "no lintian"))
    func `the package is without errors, and the same twice`() throws {
        // In another time zone, and with other rights for new files.
        let first = try SystemdBox.makePackage()
        let second = try SystemdBox.makePackage("umask 077; export TZ=Asia/Tokyo")
        defer {
            for package in [first, second] { try? FileSystem.removeTree(package.removingLastComponent()) }
        }
        let lintian = try SystemdBox.execute(["lintian", "--allow-root", "--tag-display-limit", "0", first.string])
        // Where a program under test finds Swift's libraries is no matter of the release, which needs none.
        let errors = lintian.lines.filter { $0.hasPrefix("E:") && !$0.contains("RUNPATH") }
        #expect(errors.isEmpty, "\(errors)")
        // It has looked at all: a failure of its own has another status.
        #expect(lintian.status == 0 || lintian.lines.contains { $0.hasPrefix("E:") }, "\(lintian.text)")
        let sums = try SystemdBox.execute([
            "sh", "-c", "cd $0 && sha256sum * && cd $1 && sha256sum *", first.removingLastComponent().string,
            second.removingLastComponent().string,
        ]).lines
        #expect(sums.count == 4 && Set(sums).count == 2, "\(sums)")
    }
}
