import JSON
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing

@Suite(.timeLimit(.minutes(5))) struct OddNameTests {
    @Test func `a marker is filed whatever its name, and links that lead back are no way to it`() async throws {
        let (notices, filed) = try await outcome(
            of: #"""
                put $'line\nbreak/a\nb.run' 1
                put $'bytes\xff\xfe/\xc3.run' 2
                put "$long/$long.run" 3
                put ' leading blank/"quoted" \back.run' 4
                put $'\xe2\x80\xae/\xe2\x80\xaenur.run' 5
                ln -s . loop; ln -s ../odd up; mkdir -p a/b; ln -s ../../a a/b/back
                put a/b/c.run 6
                """#, count: 6)
        #expect(filed == Array(1...6))
        #expect(notices.isEmpty)
    }

    // A debug build checks each path at the cost of its length squared.
    @Test(.enabled(if: Soak.isAsked)) func `a path that is too long for the kernel is told, and the rest is filed`()
        async throws
    {
        let (notices, filed) = try await outcome(
            of: """
                mkdir "$HOME/deep"; cd "$HOME/deep"
                for i in $(seq 15); do mkdir "$long"; cd "$long"; done
                put deep.run 1
                for i in $(seq 3); do mkdir "$long"; cd "$long"; done
                put deep.run 2
                mv "$HOME/deep" "$HOME/odd"
                """, count: 1)
        #expect(filed == [1])
        #expect(notices.contains { $0.contains("not watched: ") && $0.contains("ENAMETOOLONG") })
    }

    /// What the agent says, and which trials it has filed, after a script has put so many markers into a project.
    private func outcome(of script: String, count: Int) async throws -> (notices: [String], filed: [Int]) {
        let sandbox = try Sandbox()
        _ = try sandbox.makeProject("odd")
        try sandbox.configure("projects: [{path: ~/odd}]\n")
        let agent = try await sandbox.startAgent()
        let output = try await sandbox.shell(
            """
            set -e; cd "$HOME/odd"; long=$(printf '%0250d' 0)
            put() { mkdir -p "$(dirname "$1")"; echo "parameters: {i: $2}" > "$1"; }
            \(script)
            """)
        try #require(output.exit == .status(0), "\(output.errors)")
        #expect(try await sandbox.eventually(within: .seconds(60)) { try await numbers(sandbox).count >= count })
        try await sandbox.flush()
        let status = try await sandbox.run("status", "--json").json()
        #expect(status["rejected_count"]?.int == 0)
        let filed = try await numbers(sandbox)
        #expect(await agent.stop() == .status(0))
        return (status["notices"]?.array?.compactMap(\.string) ?? [], filed.sorted())
    }

    private func numbers(_ sandbox: Sandbox) async throws -> [Int] {
        let output = try await sandbox.run("history", "odd", "--json", "--limit", "1000")
        // There is no experiment before its first trial.
        guard output.exit == .status(0) else { return [] }
        return try output.json().array?.compactMap { $0["parameters"]?["i"]?.int } ?? []
    }
}
