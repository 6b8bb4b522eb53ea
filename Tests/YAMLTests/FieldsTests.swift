import Testing
import YAML

/// Reads a text as the mapping of `f.yaml`.
private func fields(_ text: String) throws -> (YAMLFields, YAMLFindings) {
    let findings = YAMLFindings(file: "f.yaml")
    let node = try YAMLNode.parse(Array(text.utf8), file: "f.yaml")
    return (try #require(YAMLFields(node, findings: findings)), findings)
}

@Suite struct `Reading fields` {
    enum Level: String, CaseIterable { case debug, info, warning }

    @Test func `all problems are told at once, by line`() throws {
        var (root, findings) = try fields(
            """
            projects:
              - path: [a]
                pollinterval: 5
            settle: soon
            level: infor
            port: 70000
            allow: yes
            """)
        for item in root.items("projects") ?? [] {
            var project = try #require(item.fields())
            _ = project.text("path")
            _ = project.duration("poll_interval")
            project.refuseOthers()
        }
        _ = root.duration("settle")
        _ = root.choice("level", of: Level.self)
        _ = root.int("port", in: 1...65_535)
        _ = root.bool("allow")
        root.refuseOthers()
        do throws(YAMLProblems) {
            try findings.check()
            Issue.record("accepted")
        } catch {
            #expect(
                error.description == """
                    f.yaml:2:11: projects[0].path: expected a text, found a list
                    f.yaml:3:5: projects[0].pollinterval: unknown key (did you mean poll_interval?)
                    f.yaml:4:9: settle: expected a duration such as 500ms, 2s, 5m, 24h or 1d, found "soon"
                    f.yaml:5:8: level: expected debug, info or warning, found "infor" (did you mean info?)
                    f.yaml:6:7: port: expected a whole number from 1 to 65535, found the number 70000
                    f.yaml:7:8: allow: expected true or false, found "yes" (did you mean true?)
                    """)
        }
    }

    @Test func `absent and null are both nothing`() throws {
        var (root, findings) = try fields("a:\nlist:\nmap: ~\n")
        #expect(root.text("a") == nil)
        #expect(root.text("b") == nil)
        #expect(root.present("a")?.node.isNull == true)
        #expect(root.items("list")?.isEmpty == nil)
        #expect(root.fields("map") == nil)
        root.refuseOthers()
        #expect(findings.problems.isEmpty)
    }

    @Test func `unknown keys can be kept with a warning`() throws {
        var (root, findings) = try fields("paramters: {lr: 1}\nmine: 2\n")
        _ = root.fields("parameters")
        #expect(root.keepOthers().map(\.key) == ["paramters", "mine"])
        #expect(
            findings.warnings.map(\.description) == [
                "f.yaml:1:1: paramters: unknown key (did you mean parameters?)", "f.yaml:2:1: mine: unknown key",
            ])
        #expect(findings.problems.isEmpty)
    }

    @Test func `a text must be one, or is taken as written`() throws {
        var (root, findings) = try fields("run: 20240101\nname: 1e5\ntags: [a, 2, b]\none: x\n")
        #expect(root.scalarText("run") == "20240101")
        #expect(root.text("name") == nil)
        #expect(root.texts("tags") == ["a", "b"])
        #expect(root.texts("one") == ["x"])
        #expect(findings.problems.map(\.keyPath) == ["name", "tags[1]"])
        #expect(findings.problems[0].message == "expected a text, found the number 1e5; write \"1e5\"")
    }

    @Test(
        arguments: [
            ("500ms", .milliseconds(500)), ("2s", .seconds(2)), ("5m", .seconds(300)), ("24h", .seconds(86_400)),
            ("1d", .seconds(86_400)), ("1h30m", .seconds(5_400)), ("1.5s", .milliseconds(1_500)), ("0", .zero),
            ("0s", .zero),
            ("0.1s", .milliseconds(100)), ("2", nil), ("s", nil), ("-1s", nil), ("1w", nil), ("1 s", nil),
            ("1e3s", nil),
            ("99999999999d", nil), ("9999999999999999999999s", nil), ("1..2s", nil),
        ] as [(String, Duration?)])
    func `durations have a unit`(source: String, duration: Duration?) throws {
        var (root, findings) = try fields("k: \(source)")
        #expect(root.duration("k") == duration)
        #expect(findings.problems.isEmpty == (duration != nil))
    }

    @Test func `a duration outside its range is refused with the range`() throws {
        var (root, findings) = try fields("k: 1ms")
        #expect(root.duration("k", in: .milliseconds(20)...(.seconds(60))) == nil)
        #expect(findings.problems[0].message == "expected a duration from 20ms to 1m, found \"1ms\"")
    }

    @Test(
        arguments: [
            ("10MB", 10_000_000), ("20GB", 20_000_000_000), ("1MiB", 1 << 20), ("512", 512), ("0", 0),
            ("1.5 KiB", 1536),
            ("10mb", 10_000_000), ("3B", 3), ("MB", nil), ("-1MB", nil), ("10 parsecs", nil), ("99999999999TB", nil),
            ("1e3", nil), ("0.1B", 0),
        ] as [(String, Int?)])
    func `sizes are decimal unless they say i`(source: String, bytes: Int?) throws {
        var (root, findings) = try fields("k: \(source)")
        #expect(root.byteCount("k")?.bytes == bytes)
        #expect(findings.problems.isEmpty == (bytes != nil))
    }

    @Test(arguments: [(20_000_000_000, "20GB"), (1 << 20, "1MiB"), (1_234, "1234B"), (0, "0B"), (1_536_000, "1500KiB")])
    func `a size is written in its shortest exact form`(bytes: Int, text: String) {
        #expect(ByteCount(bytes: bytes).description == text)
        #expect(ByteCount(text) == ByteCount(bytes: bytes))
    }

    @Test(
        arguments: [("80%", 0.8), ("0.8", 0.8), ("1", 1), ("0%", 0), ("120%", nil), ("80", nil), ("x%", nil)]
            as [(String, Double?)])
    func `shares are from nothing to all`(source: String, share: Double?) throws {
        var (root, _) = try fields("k: \(source)")
        #expect(root.fraction("k") == share)
    }

    @Test(arguments: [
        ("pollinterval", "poll_interval"), ("poll-interval", "poll_interval"), ("experimnet", "experiment"),
        ("Ignore", "ignore"), ("path", "paths"), ("wholly_other", nil), ("x", nil), ("", nil),
    ])
    func `the nearest name is suggested only when it is near`(written: String, nearest: String?) {
        let names = ["poll_interval", "experiment", "ignore", "paths", "code"]
        #expect(nearestName(to: written, among: names) == nearest)
    }

    @Test func `a document that is no mapping is refused`() throws {
        let findings = YAMLFindings(file: "f.yaml")
        let node = try YAMLNode.parse(Array("- 1\n".utf8), file: "f.yaml")
        #expect(YAMLFields(node, findings: findings) == nil)
        #expect(findings.problems.map(\.description) == ["f.yaml:1:1: expected a mapping (key: value), found a list"])
    }
}
