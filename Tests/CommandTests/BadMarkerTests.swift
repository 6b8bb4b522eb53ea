import Glibc
import JSON
import ProgramTesting
import SystemPackage
import Testing

/// What cannot be understood is told in `status` with its place, spends no number, and stops nothing.
@Suite struct BadMarkerTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        /// What makes the marker `bad.run`.
        let script: String
        let line: Int?
        let column: Int?
        let reason: String

        init(_ description: String, _ script: String, _ line: Int?, _ column: Int?, _ reason: String) {
            (testDescription, self.script, self.line, self.column, self.reason) = (
                description, script, line, column, reason
            )
        }
    }

    static let rows =
        [
            Row("bad syntax", #"printf 'a: 1\nparameters: [1, 2\n' > $m"#, 3, 1, "expected"),
            Row("a list", #"printf '[1, 2]' > $m"#, 1, 1, "expected a mapping"),
            Row("a wrong type", #"printf 'result: 1\nseed: high' > $m"#, 2, 7, "whole number"),
            Row("an unknown state", #"printf 'state: done' > $m"#, 1, 8, "expected running"),
            Row("an experiment that is no identifier", #"printf 'experiment: my-exp' > $m"#, 1, 13, "my_exp"),
            Row("a key given twice", #"printf 'seed: 1\nseed: 2' > $m"#, 2, 1, "seed"),
            Row("an alias bomb", #"printf 'a: &a [1,1]\nb: &b [*a,*a]\nc: [*b,*b]' > $m"#, 1, 4, "anchor"),
            Row("a tag", #"printf 'a: !!python/object:os.system x' > $m"#, 1, 4, "tag"),
            Row("a tower of brackets", #"printf '%40000s' | tr ' ' '[' > $m"#, 1, nil, "deep"),
            Row("bytes that are no UTF-8", #"printf 'a: 1\nb: \377' > $m"#, 2, 4, "UTF-8"),
            Row("a NUL byte", #"printf 'a: \000' > $m"#, 1, 4, "NUL"),
            Row("a large file", #"head -c 2000000 /dev/zero > $m"#, nil, nil, "1048576"),
            Row("a sparse file of 50 GB", #"truncate -s 50G $m"#, nil, nil, "1048576"),
            Row("a named pipe", #"mkfifo $m"#, nil, nil, "no regular file"),
            Row("a symbolic link", #"ln -s /etc/hostname $m"#, nil, nil, "symbolic link"),
            Row("a folder", #"mkdir $m"#, nil, nil, ""),
            Row(
                "a socket", #"perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 1)' $m"#,
                nil, nil, "no regular file"),
            Row(
                "more values than anybody reads",
                #"{ printf 'a: ['; yes '1,' | head -100001 | tr -d '\n'; echo ']'; } > $m"#, 1, nil, "100000"),
            Row("a tower of blocks", #"for i in $(seq 40); do printf '%*sa:\n' $i ''; done > $m"#, 33, nil, "deep"),
            Row("two documents", #"printf 'a: 1\n---\na: 2\n' > $m"#, 2, 1, "document"),
            Row("a time that is none", #"printf 'started: 2026-13-40' > $m"#, 1, 10, "started"),
            Row(
                "an end before the start", #"printf 'started: 2026-01-02\nfinished: 2026-01-01' > $m"#, 1, 1,
                "before"),
            Row("UTF-16", #"printf '\377\376a\000' > $m"#, 1, 1, "UTF-8"),
        ] + (geteuid() == 0 ? ofRoot : [])

    /// Only root can make these.
    static let ofRoot = [
        Row("a device", #"mknod $m c 1 5"#, nil, nil, "no regular file"),
        Row("a stranger's file", #"echo 'result: 1' > m.new; chown 54321 m.new; mv m.new $m"#, nil, nil, "54321"),
    ]

    @Test func `each kind of bad marker is told with line and column, and the agent goes on`() async throws {
        let world = try Sandbox()
        let project = try world.makeProject("project")
        try world.configure("projects: [{path: \(project), experiment: e}]\n")
        let agent = try await world.startAgent()
        for (index, row) in Self.rows.enumerated() {
            let script = try await world.shell("m=project/bad\(index).run; \(row.script)")
            #expect(script.exit == .status(0), "\(row.testDescription): \(script.errors)")
        }
        try await world.flush()
        let status = try await world.run("status", "--json").json()
        let rejected = status["rejected"]?.array ?? []
        for (index, row) in Self.rows.enumerated() where !row.reason.isEmpty {
            let found = rejected.first { $0["path"]?.string?.hasSuffix("/bad\(index).run") == true }
            #expect(found != nil, "\(row.testDescription)")
            #expect(found?["line"]?.int == row.line, "\(row.testDescription)")
            if let column = row.column { #expect(found?["column"]?.int == column, "\(row.testDescription)") }
            #expect(
                found?["reason"]?.string?.contains(row.reason) == true,
                "\(row.testDescription): \(found?["reason"] ?? nil)")
        }
        let page = try await world.run("status").text
        #expect(page.contains("bad0.run:3:1"))

        // The corrected version is handled like a new one, and a number was spent on none of the others.
        try world.write("parameters: {i: 1}", to: project.appending("bad0.run"))
        try await world.flush()
        let trials = try await world.run("history", "e", "--json").json().array ?? []
        #expect(trials.map { $0["trial"]?.int } == [1])
        #expect(await agent.stop() == .status(0))
    }
}
