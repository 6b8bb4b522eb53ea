import ProgramTesting
import SystemCalls
import SystemPackage
import TestFiles
import Testing

/// Of a project nothing is changed and nothing is run, by whatever of the program looks at it.
@Suite(.timeLimit(.minutes(30))) struct UntouchedProjectTests {
    private let world: Sandbox
    private let project: FilePath
    private let canaries: GitCanaries
    /// Programs that stand in the way of whoever starts one by its name, and what git takes from the environment.
    private let environment: [String: String]

    init() throws {
        world = try Sandbox()
        project = try world.makeProject("digits")
        canaries = try GitCanaries(in: world.root.appending("canaries"))
        let place = try canaries.stand(
            for: ["git", "python", "python3", "pip", "pip3", "conda", "mamba", "uv", "poetry", "R", "less", "vi"])
        var environment = ["PATH": "\(place):\(world.environment["PATH"] ?? "")"]
        for name in ["GIT_EXTERNAL_DIFF", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_PAGER", "GIT_EDITOR", "PAGER"] {
            environment[name] = "\(place)/less"
        }
        self.environment = environment
        try world.configure("{allow_root: true, settle: 100ms, projects: [{path: \(project)}]}\n")
    }

    private func makeProject() async throws {
        let made = try await world.shell(
            """
            set -e
            export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
            cd digits; git init -q -b main; mkdir -p src .venv/bin edited; echo 'print(1)' >src/train.py
            printf '*.run\\n.venv/\\n' >.gitignore; printf '\(GitCanaries.attributes)' >.gitattributes
            echo 1 >a.txt; git add -A; git commit -qm one; git tag v1; git gc -q
            printf 'home = /usr/bin\\nversion = 3.11.2\\n' >.venv/pyvenv.cfg
            ln -s \(canaries.folder)/canary .venv/bin/python; ln -s python .venv/bin/python3
            printf '[include]\\n\\tpath = \(canaries.settings)\\n' >~/.gitconfig
            mkdir -p $XDG_CONFIG_HOME/git; cp ~/.gitconfig $XDG_CONFIG_HOME/git/config
            """)
        try #require(made.exit == .status(0), "\(made.errors)")
        try canaries.settle(in: project.appending(".git"))
        try canaries.forget()
    }

    /// All of the project but what this test writes there itself.
    private func sum() async throws -> String {
        try await world.shell(
            """
            cd digits; find . \\( -path ./edited -o -path ./runs \\) -prune -o ! -path . -printf '%p %i %n %M %U %s %T@ %C@ %l\\n'
            find . \\( -path ./edited -o -path ./runs \\) -prune -o -type f -print0 | sort -z | xargs -0 sha256sum
            """
        ).text
    }

    @Test func `neither the agent nor a command changes a repository, or runs what it or the user's settings name`()
        async throws
    {
        try await makeProject()
        let before = try await sum()
        let agent = try await world.startAgent(environment: environment)
        for number in 1...(Soak.isAsked ? 100 : 4) {
            try world.write("changed \(number)\n", to: project.appending("edited/\(number).py"))
            try world.replace(project.appending("runs/a.run"), with: "{parameters: {n: \(number)}, result: 1}\n")
            try await world.flush()
        }
        let ran = try await world.run("run", "-e", "digits", "--", "/bin/true", environment: environment)
        #expect(ran.exit == .status(0), "\(ran.errors)")
        try await world.flush()
        for words in [
            ["show", "digits", "1", "--full"], ["diff", "digits", "1", "2"], ["checkout", "digits", "2", "out"],
            ["checkout", "digits", "3", "other", "--repository", "digits"], ["rm", "digits", "1"], ["gc"], ["status"],
            ["check"], ["history", "digits"],
        ] {
            let output = try await world.run(world.program, words, environment: environment)
            #expect(output.exit == .status(0), "\(words): \(output.text) \(output.errors)")
        }
        #expect(try world.text(of: world.root.appending("home/out/edited/2.py")) == "changed 2\n")
        #expect(await agent.stop() == .status(0))
        #expect(try await sum() == before)
        #expect(try canaries.heard() == [])
        // A canary that nobody can hear would tell nothing.
        _ = try await world.shell("cd digits; git status; git canary; .venv/bin/python", environment: environment)
        #expect(try canaries.heard().isSuperset(of: ["git", "python"]))
        _ = try await world.shell("cd digits; /usr/bin/git status; /usr/bin/git canary")
        #expect(try canaries.heard().isSuperset(of: ["core.fsmonitor", "alias.canary"]))
    }
}
