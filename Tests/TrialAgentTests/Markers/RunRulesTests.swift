import Testing
import Trials

@testable import TrialAgent

/// Scripts of versions at one path, and the runs that they make.
@Suite struct RunRulesTests {
    struct Row: CustomTestStringConvertible {
        let testDescription: String
        let versions: [String]
        let states: [String]

        init(_ description: String, _ versions: [String], _ states: [String]) {
            (testDescription, self.versions, self.states) = (description, versions, states)
        }
    }

    static let rows = [
        Row("an empty marker is a run that succeeded", [""], ["succeeded"]),
        Row("a marker with a result is a run that succeeded", ["result: 1"], ["succeeded"]),
        Row("a pid alone means a run that goes on", ["pid: 7"], ["running"]),
        Row("a start alone means a run that goes on", ["started: 1763936474"], ["running"]),
        Row("an error means a run that failed", ["error: boom"], ["failed"]),
        Row("a result closes an open run", ["state: running", "result: 0.9"], ["succeeded"]),
        Row("a finish closes an open run", ["pid: 7", "{pid: 7, finished: 1763936474}"], ["succeeded"]),
        Row("an error closes an open run", ["pid: 7", "error: {type: ValueError, message: x}"], ["failed"]),
        Row("a state closes an open run", ["pid: 7", "state: aborted"], ["aborted"]),
        Row(
            "a version without an end leaves an open run open", ["state: running", "metrics: {loss: [1]}"], ["running"]),
        Row(
            "equal parameters update an open run",
            ["{state: running, parameters: {a: 1}}", "{state: running, parameters: {a: 1}, tags: [x]}"], ["running"]),
        Row(
            "a new parameter updates an open run",
            ["{state: running, parameters: {a: 1}}", "{state: running, parameters: {a: 1, b: 2}}"], ["running"]),
        Row(
            "another value of a parameter begins a new run, and ends the one that nothing keeps alive",
            ["{state: running, parameters: {a: 1}}", "{state: running, parameters: {a: 2}}"], ["aborted", "running"]),
        Row(
            "another seed begins a new run", ["{state: running, seed: 1}", "{state: running, seed: 2}"],
            ["aborted", "running"]),
        Row("another start begins a new run", ["started: 100", "started: 200"], ["aborted", "running"]),
        Row(
            "another process begins a new run, and the one before waits for its own process's end",
            ["pid: 999999998", "pid: 999999999"], ["running", "running"]),
        Row(
            "an explicit close is never reopened", ["result: 1", "result: 1", "{result: 1, tags: [x]}"],
            ["succeeded", "succeeded", "succeeded"]),
        Row(
            "rewriting a marker at each run's end makes a run each",
            ["parameters: {a: 1}", "parameters: {a: 2}", "parameters: {a: 3}"], ["succeeded", "succeeded", "succeeded"]),
        Row(
            "equal content is no amendment", ["parameters: {a: 1}", "parameters: {a: 1}"], ["succeeded", "succeeded"]),
        Row(
            "a longer series amends a run closed by default",
            ["metrics: {l: [1]}", "metrics: {l: [1, 2]}", "metrics: {l: [1, 2, 3]}"], ["succeeded"]),
        Row(
            "a shorter series is a new run", ["metrics: {l: [1, 2]}", "metrics: {l: [1]}"], ["succeeded", "succeeded"]),
        Row(
            "a series that begins otherwise is a new run", ["metrics: {l: [1]}", "metrics: {l: [2, 3]}"],
            ["succeeded", "succeeded"]),
        Row(
            "a missing series is a new run", ["metrics: {l: [1], m: [1]}", "metrics: {l: [1, 2]}"],
            ["succeeded", "succeeded"]),
        Row(
            "a result added to equal parameters amends", ["parameters: {a: 1}", "{parameters: {a: 1}, result: 2}"],
            ["succeeded"]),
        Row(
            "an error added to equal parameters amends", ["parameters: {a: 1}", "{parameters: {a: 1}, error: x}"],
            ["failed"]),
        Row(
            "a result for equal series amends", ["metrics: {l: [1]}", "{metrics: {l: [1]}, result: 2}"], ["succeeded"]),
        Row("a result alone amends a run with series", ["metrics: {l: [1]}", "result: 2"], ["succeeded"]),
        Row(
            "a result for other series is a new run", ["metrics: {l: [1, 2]}", "{metrics: {l: [3]}, result: 2}"],
            ["succeeded", "succeeded"]),
        Row(
            "a result with other parameters is a new run", ["parameters: {a: 1}", "{parameters: {a: 2}, result: 2}"],
            ["succeeded", "succeeded"]),
        Row(
            "more of a named run amends it",
            ["{run: b, parameters: {a: 1}}", "{run: b, parameters: {a: 1}, result: 2}"], ["succeeded"]),
        Row(
            "a new process reopens a named run that failed", ["{run: b, pid: 1, error: x}", "{run: b, pid: 2}"],
            ["running"]),
    ]

    @Test(arguments: rows)
    func `which run a version speaks of`(row: Row) {
        var story = MarkerStory()
        for version in row.versions { story.version(version) }
        #expect(story.states == row.states)
        #expect(story.rejections.isEmpty)
    }

    @Test func `a run whose process lives goes on beside a newer one, and each hears its own end`() {
        var story = MarkerStory()
        story.alive = [1, 2]
        story.version("{pid: 1, parameters: {a: 1}}")
        story.version("{pid: 2, parameters: {a: 2}}")
        #expect(story.states == ["running", "running"])
        story.version("{pid: 1, result: 10}")
        #expect(story.states == ["succeeded", "running"])
        story.version("{parameters: {a: 2}, result: 20}")
        #expect(story.states == ["succeeded", "succeeded"])
        #expect(story.runs.map { $0.outcome?.result } == [.integer(10), .integer(20)])
    }

    @Test func `a run that loses its marker to another says so`() {
        var story = MarkerStory()
        story.version("{state: running, parameters: {a: 1}}")
        story.version("{state: running, parameters: {a: 2}}")
        #expect(story.runs.first?.facts.problems.first?.contains("taken over") == true)
    }

    @Test func `a name that a finished run has is refused, and the reason says what to do`() {
        var story = MarkerStory()
        story.version("{run: base, result: 1}")
        story.version("{run: base, result: 2}", at: "other.run")
        #expect(story.states == ["succeeded"])
        #expect(story.rejections.first?.reason.contains("give this run another name") == true)
    }

    @Test func `markers at two paths are two runs, and one name at two paths is one`() {
        var story = MarkerStory()
        story.version("state: running", at: "a.run")
        story.version("state: running", at: "b.run")
        story.version("{run: x, state: running}", at: "c.run")
        story.version("{run: x, result: 3}", at: "d.run")
        #expect(story.states == ["running", "running", "succeeded"])
    }

    @Test func `a rejection names the trial that has the name, once its number is known`() throws {
        var story = MarkerStory()
        story.version("{run: base, result: 1}")
        story.version("{run: base, result: 2}")
        let key = try #require(story.runs.first?.key)
        #expect(
            story.rejections.first?.naming([key: 7]).reason.hasPrefix("run key 'base' already names trial 7") == true)
        #expect(story.rejections.first?.naming([:]).reason.hasPrefix("run key 'base' already names a trial") == true)
    }

    @Test func `a named run whose process lives is no other process's`() {
        var story = MarkerStory()
        story.alive = [1, 2]
        story.version("{run: b, pid: 1}")
        story.version("{run: b, pid: 2}")
        #expect(story.states == ["running"])
        #expect(story.rejections.first?.reason.contains("is running") == true)
    }

    @Test func `a named run whose process is gone goes on as its next attempt, and says how the one before ended`() {
        var story = MarkerStory()
        story.alive = [2]
        story.version("{run: b, pid: 1}")
        story.version("{run: b, pid: 2}", at: "elsewhere.run")
        #expect(story.states == ["running"])
        #expect(story.runs.first?.facts.attempt == 2)
        #expect(story.runs.first?.facts.problems.first?.hasPrefix("attempt 1 ended without a word") == true)
    }

    @Test func `a job that SLURM starts anew reopens even a run that succeeded, once a restart`() {
        var story = MarkerStory()
        story.alive = [1]
        story.version("{run: b, pid: 1, result: 1}")
        story.restarts = 1
        story.version("{run: b, pid: 1}")
        story.version("{run: b, pid: 1, result: 2}")
        #expect(story.states == ["succeeded"])
        #expect(story.runs.first?.facts.attempt == 2)
        #expect(story.rejections.isEmpty)
    }

    @Test func `a next attempt counts, and keeps the run's key`() {
        var story = MarkerStory()
        story.version("{run: b, pid: 1, error: x}")
        story.version("{run: b, pid: 2}")
        #expect(story.runs.count == 1)
        #expect(story.runs.first?.facts.attempt == 2)
        #expect(story.filings.map(\.revision.number) == [1, 2])
    }
}
