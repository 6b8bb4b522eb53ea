import JSON
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing

@Suite(.timeLimit(.minutes(2))) struct OddNameTests {
    @Test func `a marker is filed whatever its name, and a path that is too long for the kernel is told`() async throws
    {
        let sandbox = try Sandbox()
        _ = try sandbox.makeProject("odd")
        try sandbox.configure("projects: [{path: ~/odd}]\n")
        let agent = try await sandbox.startAgent()
        let output = try await sandbox.shell(
            #"""
            set -e; cd "$HOME/odd"
            put() { mkdir -p "$(dirname "$1")"; echo "parameters: {i: $2}" > "$1"; }
            put $'line\nbreak/a\nb.run' 1
            put $'bytes\xff\xfe/\xc3.run' 2
            long=$(printf '%0250d' 0)
            put "$long/$long.run" 3
            put ' leading blank/"quoted" \back.run' 4
            put $'\xe2\x80\xae/\xe2\x80\xaenur.run' 5
            ln -s . loop; ln -s ../odd up; mkdir -p a/b; ln -s ../../a a/b/back
            put a/b/c.run 6
            for i in $(seq 15); do mkdir -p "$long"; cd "$long"; done
            put deep.run 7
            for i in $(seq 3); do mkdir "$long"; cd "$long"; done
            put deep.run 8
            """#)
        try #require(output.exit == .status(0), "\(output.errors)")
        #expect(try await sandbox.eventually(within: .seconds(60)) { try await numbers(sandbox).count >= 7 })
        try await sandbox.flush()
        #expect(try await numbers(sandbox).sorted() == Array(1...7))
        let status = try await sandbox.run("status", "--json").json()
        let notices = status["notices"]?.array?.compactMap(\.string) ?? []
        #expect(notices.contains { $0.contains("not watched: ") && $0.contains("ENAMETOOLONG") })
        #expect(status["rejected_count"]?.int == 0)
        #expect(await agent.stop() == .status(0))
    }

    private func numbers(_ sandbox: Sandbox) async throws -> [Int] {
        let output = try await sandbox.run("history", "odd", "--json", "--limit", "1000")
        // There is no experiment before its first trial.
        guard output.exit == .status(0) else { return [] }
        return try output.json().array?.compactMap { $0["parameters"]?["i"]?.int } ?? []
    }
}
