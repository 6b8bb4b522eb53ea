import JSON
import ProgramTesting
import SystemPackage
import Testing

/// Markers dropped in all the ways that people and programs drop them, through the built program.
@Suite(.serialized) struct MarkerScriptTests {
    /// A script that a user runs in a project, and the trials that come of it.
    struct Row: CustomTestStringConvertible {
        let testDescription: String
        let script: String
        /// The value of parameter `i` of each trial, by number; null where a trial has none.
        let trials: [JSON]

        init(_ description: String, _ script: String, _ trials: [JSON]) {
            (testDescription, self.script, self.trials) = (description, script, trials)
        }
    }

    static let inC = """
        cat > marker.c <<'C'
        #include <stdio.h>
        int main(void) {
            FILE *file = fopen("c.run", "w");
            fprintf(file, "{\\"parameters\\": {\\"i\\": %d}, \\"metrics\\": {\\"loss\\": [%g, %g]}}\\n", 7, 0.5, 0.25);
            return fclose(file);
        }
        C
        gcc -o marker marker.c && ./marker
        """

    static let rows = [
        Row("bash, written in place", "echo 'parameters: {i: 1}' > a.run", [1]),
        Row("bash, renamed into place", "echo 'parameters: {i: 1}' > new && mv new a.run", [1]),
        Row(
            "Python's json module",
            #"python3 -c 'import json; json.dump({"parameters": {"i": 1}, "result": float("nan")}, open("a.run.json", "w"))'"#,
            [1]),
        Row("a C program that writes JSON", inC, [7]),
        Row("touch", "touch a.run", [nil]),
        Row("touch once more", "touch a.run && trialwatch flush && touch a.run", [nil, nil]),
        Row("a hard link", "echo 'parameters: {i: 1}' > new && ln new a.run", [1]),
        Row("one file under two names", "echo 'parameters: {i: 1}' > new && ln new a.run && ln new b.run", [1]),
        Row(
            "a run that two markers name",
            "echo '{run: x, state: running, parameters: {i: 1}}' > new && mv new a.run && "
                + "echo '{run: x, result: 1}' > new && mv new b.run", [1]),
        Row(
            "a copy that keeps its old times",
            "echo 'parameters: {i: 1}' > new && touch -d 2001-01-01 new && cp -a new a.run", [1]),
        Row("a folder made and filled at once", "mkdir -p x/y/z && echo 'parameters: {i: 1}' > x/y/z/a.run", [1]),
        Row(
            "a folder with a marker moved in", "mkdir ../x && echo 'parameters: {i: 1}' > ../x/a.run && mv ../x .", [1]),
        Row(
            "fifty lines appended one by one",
            "echo 'parameters: {i: 1}' >> a.run; for n in {2..50}; do echo \"p$n: $n\" >> a.run; done", [1]),
        Row(
            "fifty versions written in place, 60 ms apart",
            "for i in {1..50}; do echo \"parameters: {i: $i, of: 50}\" > a.run; sleep 0.06; done",
            (1...50).map { JSON($0) }),
        Row(
            "the same bytes three times, by rename",
            "for i in 1 2 3; do echo 'parameters: {i: 1}' > new; mv new a.run; sleep 0.06; done", [1, 1, 1]),
        Row(
            "markers that git ignores",
            "git init -q . && printf '*.run\\noutputs/\\n' > .gitignore && mkdir outputs && echo 'parameters: {i: 1}' > a.run && trialwatch flush && echo 'parameters: {i: 2}' > outputs/b.run",
            [1, 2]),
        Row(
            "a marker that opens and another version that closes",
            "echo '{state: running, parameters: {i: 1}}' > a.run && trialwatch flush && echo 'result: 1' > a.run", [1]),
        Row(
            "a marker with a space, an umlaut and a quote in its name", "echo 'parameters: {i: 1}' > \"ä 'b.run\"", [1]),
        Row(
            "what is no marker by its name",
            "for name in a.run~ .a.run.swp .#a.run a.txt a.trial.json; do echo 'parameters: {i: 1}' > $name; done", []),
        Row(
            "a marker in a folder of no interest",
            "mkdir -p .git/x node_modules/x && touch .git/x/a.run node_modules/x/b.run", []),
    ]

    @Test(arguments: rows)
    func `each marker becomes its trials`(row: Row) async throws {
        let world = try Sandbox()
        let project = try world.makeProject("project")
        try world.configure("projects: [{path: \(project), experiment: e}]\n")
        let agent = try await world.startAgent()
        let script = try await world.shell("set -e; cd project; \(row.script)")
        #expect(script.exit == .status(0), "\(script.errors)")
        try await world.flush()
        let history = try await world.run("history", "e", "--json", "--limit", "1000")
        let trials = (try? history.json())?.array ?? []
        let log = try world.text(of: agent.errorPath)
        #expect(
            trials.reversed().map { $0["parameters"]?["i"] ?? nil } == row.trials,
            "\(log)")
        #expect(await agent.stop() == .status(0))
    }

    @Test func `markers that were there before the first watch are no trials, and those dropped meanwhile are`()
        async throws
    {
        let world = try Sandbox()
        let project = try world.makeProject("project")
        try world.configure("projects: [{path: \(project), experiment: e}]\n")
        try world.write("parameters: {i: 1}", to: project.appending("old.run"))
        let first = try await world.startAgent()
        #expect(await first.stop() == .status(0))
        try world.write("parameters: {i: 2}", to: project.appending("meanwhile.run"))
        let second = try await world.startAgent()
        try await world.flush()
        let trials = try await world.run("history", "e", "--json").json().array ?? []
        #expect(trials.map { $0["parameters"]?["i"] } == [2])
        #expect(await second.stop() == .status(0))
    }

    @Test func `once files what is there, and what it has filed it does not file again`() async throws {
        let world = try Sandbox()
        let project = try world.makeProject("project")
        try world.configure("{projects: [{path: \(project), experiment: e}], allow_root: true}\n")
        try world.write("parameters: {i: 1}", to: project.appending("a.run"))
        for _ in 0..<2 {
            #expect(try await world.run("agent", "--once").exit == .status(0))
            let trials = try await world.run("history", "e", "--json").json().array ?? []
            #expect(trials.map { $0["parameters"]?["i"] } == [1])
        }
    }
}
