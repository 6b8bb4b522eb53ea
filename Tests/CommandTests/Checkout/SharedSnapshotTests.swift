import JSON
import Mongo
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing

/// Another host than the one that ran a trial gets its files from the store that both read.
@Suite(.timeLimit(.minutes(5))) struct SharedSnapshotTests {
    /// The host that runs, and another one: each with a state directory and a home of its own.
    private let (host, mate): (Sandbox, Sandbox)

    private static let git = """
        set -e
        export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a \
        GIT_COMMITTER_EMAIL=a@b

        """

    init() throws { (host, mate) = (try Sandbox(), try Sandbox()) }

    /// Makes a repository with a commit that is on a remote, and one with a commit that is on none; then changes files in both that
    /// nobody commits.
    private func makeProjects() async throws {
        let made = try await host.shell(
            Self.git + """
                files() {
                    mkdir -p src/deep; printf '#!/bin/sh\\n' >src/train.sh; chmod 755 src/train.sh
                    seq 2000 >src/deep/long.py; head -c 100000 /dev/urandom >big.bin; echo gone >gone.txt
                    ln -s src/train.sh link; git add -A; git commit -qm one
                }
                change() {
                    echo more >>src/deep/long.py; chmod 755 src/deep/long.py; echo new >'new file.txt'; rm gone.txt
                    ln -sfn 'new file.txt' link; mkdir new; printf 'no end' >new/x; head -c 3000 /dev/urandom >new/y.bin
                }
                git init -q --bare -b main remote.git; git init -q -b main project; git init -q -b main alone
                (cd project; files; git remote add origin ~/remote.git; git push -q -u origin main; change)
                (cd alone; files; change)
                """)
        try #require(made.exit == .status(0), "\(made.errors)")
    }

    private func configure(_ address: String, _ more: String = "") throws {
        try host.configure(
            """
            backend: '\(address)'
            settle: 100ms
            projects:
              - {path: ~/project, experiment: e}
              - {path: ~/alone, experiment: f}
            \(more)
            """)
    }

    private func drop(_ marker: String, in project: String = "project") async throws {
        try host.replace(host.root.appending("home/\(project)/\(marker).run"), with: "result: 1\n")
        try await host.flush()
    }

    /// What is different between a project and a checkout on the other host: content, modes and links.
    private func difference(_ project: String, _ checkout: String) async throws -> String {
        let output = try await mate.shell(
            """
            modes() { (cd $1; find . \\( -name .git -o -name .trialwatch \\) -prune -o -type f ! -name '*.run' \
                -printf '%m %P\\n' | sort); }
            diff -r --no-dereference -x .git -x .trialwatch -x '*.run' \(host.root)/home/\(project) \(checkout) 2>&1
            diff <(modes \(host.root)/home/\(project)) <(modes \(checkout)) 2>&1
            ls \(checkout)/.trialwatch/RUN.md 2>&1 >/dev/null
            """)
        return output.text + output.errors
    }

    private func pack(of trial: Int, in experiment: String = "e", _ address: String) async throws -> JSON? {
        let shown = try await mate.run("show", experiment, "\(trial)", "--json", "--backend", address)
        #expect(shown.exit == .status(0), "\(shown.errors)")
        return try shown.json()["parts"]?.array?.first { $0["role"] == "pack" }
    }

    private func expectFiles(in address: String) async throws {
        try await makeProjects()
        try configure(address)
        let agent = try await host.startAgent()
        try await drop("a")
        try await drop("b", in: "alone")
        let clone = try await mate.shell("git clone -q \(host.root)/home/remote.git clone 2>&1")
        #expect(clone.exit == .status(0), "\(clone.text)")

        // What was changed, and the commit from a clone.
        let alone = try await mate.run("checkout", "e", "1", "out", "--backend", address)
        #expect(alone.exit == .status(66), "\(alone.errors)")
        #expect(alone.errors.contains("git clone it, and name the clone: --repository DIR"), "\(alone.errors)")
        #expect(alone.errors.contains("remote.git, and that is needed, too"), "\(alone.errors)")
        #expect(try FileStatus.ifPresent(mate.root.appending("home/out")) == nil)
        let output = try await mate.run("checkout", "e", "1", "out", "--backend", address, "--repository", "clone")
        #expect(output.exit == .status(0), "\(output.errors)")
        #expect(try await difference("project", "out") == "")
        let first = try #require(try await pack(of: 1, address))
        // The changed and new files, and their folders; the large one that is committed is not among them.
        #expect((first["size"]?.int).map { (3000..<20_000).contains($0) } == true, "\(first.text())")

        // All of what is on no remote.
        let whole = try await mate.run("checkout", "f", "1", "whole", "--backend", address)
        #expect(whole.exit == .status(0), "\(whole.errors)")
        #expect(try await difference("alone", "whole") == "")

        // A tree that is the commit's own, twice.
        let committed = try await host.shell(
            Self.git + "cd project; git add -A; git rm -q --cached '*.run'; git commit -qm two; git push -q")
        #expect(committed.exit == .status(0), "\(committed.errors)")
        try await drop("c")
        try await drop("d")
        let stale = try await mate.run("checkout", "e", "2", "clean", "--backend", address, "--repository", "clone")
        #expect(stale.exit == .status(1) && stale.errors.contains("git fetch there"), "\(stale.errors)")
        _ = try await mate.shell("git -C clone fetch -q")
        let clean = try await mate.run("checkout", "e", "2", "clean", "--backend", address, "--repository", "clone")
        #expect(clean.exit == .status(0), "\(clean.errors)")
        #expect(try await difference("project", "clean") == "")
        #expect(try await pack(of: 2, address)?["size"] == 32)
        #expect(try await pack(of: 3, address) == pack(of: 2, address))
        #expect(await agent.stop() == .status(0))
        #expect(try host.leftInState().isEmpty)
    }

    @Test(.enabled(if: RedisServer.isWanted, Comment(rawValue: RedisServer.advice)))
    func `from a Redis a team mate gets the files byte for byte, those that nobody committed among them`()
        async throws
    {
        let server = try RedisServer()
        try await expectFiles(in: server.address)
    }

    @Test(.enabled(if: MongoServer.isWanted, Comment(rawValue: MongoServer.advice)))
    func `from a MongoDB a team mate gets the files byte for byte, those that nobody committed among them`()
        async throws
    {
        try await expectFiles(
            in: MongoServer.shared.get().address(ofDatabase: "shared_\(UInt64.random(in: .min ... .max))"))
    }

    @Test(.enabled(if: RedisServer.isWanted, Comment(rawValue: RedisServer.advice)))
    func `the pack of trials with the same files is kept once, and goes with the last of them`() async throws {
        let server = try RedisServer()
        try await makeProjects()
        try configure(server.address)
        let agent = try await host.startAgent()
        for marker in ["a", "b", "c"] { try await drop(marker) }
        let digest = try #require(try await pack(of: 1, server.address)?["sha256"]?.string)
        for trial in 2...3 { #expect(try await pack(of: trial, server.address)?["sha256"]?.string == digest) }
        func count() throws -> String { try server.ask("EXISTS", "trialwatch:part:\(digest)") }
        #expect(try await mate.run("rm", "e", "1", "--backend", server.address).exit == .status(0))
        #expect(try await mate.run("rm", "e", "3", "--backend", server.address).exit == .status(0))
        #expect(try count() == "1")
        _ = try await mate.shell("git clone -q \(host.root)/home/remote.git clone 2>&1")
        let output = try await mate.run(
            "checkout", "e", "2", "out", "--backend", server.address, "--repository", "clone")
        #expect(output.exit == .status(0), "\(output.errors)")
        #expect(try await difference("project", "out") == "")
        let pruned = try await mate.run("prune", "e", "--keep", "0", "--yes", "--backend", server.address)
        #expect(pruned.exit == .status(0), "\(pruned.errors)")
        #expect(try count() == "0")
        #expect(await agent.stop() == .status(0))
    }

    @Test(
        .enabled(
            if: MongoServer.isWanted && RedisServer.isWanted,
            Comment(rawValue: "\(MongoServer.advice); \(RedisServer.advice)")))
    func `a copied trial can be checked out from where it was copied to`() async throws {
        let server = try RedisServer()
        let other = try MongoServer.shared.get().address(ofDatabase: "shared_\(UInt64.random(in: .min ... .max))")
        try await makeProjects()
        try configure(server.address)
        let agent = try await host.startAgent()
        try await drop("a", in: "alone")
        #expect(await agent.stop() == .status(0))
        let copied = try await mate.run("copy", server.address, other, "f")
        #expect(copied.exit == .status(0), "\(copied.errors)")
        server.kill()
        let output = try await mate.run("checkout", "f", "1", "out", "--backend", other)
        #expect(output.exit == .status(0), "\(output.errors)")
        #expect(try await difference("alone", "out") == "")
    }

    @Test(.enabled(if: RedisServer.isWanted, Comment(rawValue: RedisServer.advice)))
    func `beyond the limit the trial is filed and says so, with a limit of 0 and in local files nothing is made`()
        async throws
    {
        let server = try RedisServer()
        try await makeProjects()
        _ = try await host.shell("cp -r alone silent; cp -r alone local")
        try host.configure(
            """
            backends: {files: {local: {directory: \(host.root)/files}}}
            backend: '\(server.address)'
            settle: 100ms
            projects:
              - {path: ~/project, experiment: e, snapshot: {share: 2KB}}
              - {path: ~/silent, experiment: s, snapshot: {share: 0}}
              - {path: ~/local, experiment: l, backend: files}
            """)
        let agent = try await host.startAgent()
        for project in ["project", "silent", "local"] { try await drop("a", in: project) }
        let large = try await mate.run("show", "e", "1", "--json", "--backend", server.address).json()
        let told = large["problems"]?.array?.compactMap(\.string).filter { $0.contains("other hosts") }
        #expect(
            told == [
                "snapshot: other hosts do not get the files: they take more than 2000 bytes, packed (snapshot: share)"
            ])
        #expect(large["snapshot"]?["pack"] == .null && large["snapshot"]?["files"]?.int == 7)
        let silent = try await mate.run("show", "s", "1", "--json", "--backend", server.address).json()
        let local = try await host.run("show", "l", "1", "--json", "--backend", "files").json()
        for trial in [large, silent, local] {
            #expect(trial["parts"]?.array?.contains { $0["role"] == "pack" } == false)
        }
        for trial in [silent, local] {
            #expect(trial["problems"] == [] && trial["snapshot"]?["pack"] == .null, "\(trial.text())")
        }
        let made = try await host.shell("cd \(host.root)/state/trialwatch/snapshots; ls; ls -d */shared")
        #expect(made.lines.count == 4 && made.lines.last?.hasPrefix("project-") == true, "\(made.text)")
        let elsewhere = try await mate.run("checkout", "s", "1", "out", "--backend", server.address)
        #expect(elsewhere.exit == .status(66) && elsewhere.errors.contains("nor does the store"), "\(elsewhere.errors)")
        #expect(await agent.stop() == .status(0))
    }
}
