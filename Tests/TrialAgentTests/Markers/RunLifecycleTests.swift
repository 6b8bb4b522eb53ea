import Testing
import Trials

@testable import TrialAgent

@Suite struct RunLifecycleTests {
    @Test func `a growing series is filed by its new points only, at their places`() throws {
        var story = MarkerStory()
        story.version("{state: running, metrics: {loss: [3, 2]}}")
        story.version("{state: running, metrics: {loss: [3, 2, 1.5]}}")
        story.version("{metrics: {loss: [3, 2, 1.5, 1]}, result: 1}")
        let pieces = story.filings.flatMap(\.metrics)
        #expect(pieces.map(\.offset) == [0, 2, 3])
        #expect(pieces.map(\.points.count) == [2, 1, 1])
        let key = try #require(story.runs.first?.key)
        #expect(story.series("loss", of: key).map(\.value) == [.integer(3), .integer(2), .float(1.5), .integer(1)])
    }

    @Test func `a series that was rewritten replaces the one before`() throws {
        var story = MarkerStory()
        story.version("{state: running, metrics: {loss: [3, 2]}}")
        story.version("{state: running, metrics: {loss: [9]}}")
        let key = try #require(story.runs.first?.key)
        #expect(story.series("loss", of: key).map(\.value) == [.integer(9)])
        #expect(story.filings.last?.metrics.first?.generation == 1)
    }

    @Test func `a single number replaces, and an equal one files nothing`() throws {
        var story = MarkerStory()
        story.version("{state: running, metrics: {acc: 0.5}}")
        story.version("{state: running, metrics: {acc: 0.5}}")
        #expect(story.filings.count == 1)
        story.version("{state: running, metrics: {acc: 0.6}}")
        let key = try #require(story.runs.first?.key)
        #expect(story.series("acc", of: key).map(\.value) == [.float(0.6)])
    }

    @Test func `a run that another version closed began when its first version was seen`() {
        var story = MarkerStory()
        story.version("state: running")
        story.version("result: 1")
        #expect(story.runs.first?.outcome?.processTime == .seconds(1))
    }

    @Test func `a run told of once has no known start, and so no process time`() {
        var story = MarkerStory()
        story.version("result: 1")
        #expect(story.runs.first?.facts.started == nil)
        #expect(story.runs.first?.outcome?.processTime == nil)
    }

    @Test func `a start that only the last version gives begins no other run`() {
        var story = MarkerStory()
        story.version("{pid: 1, state: running}")
        story.version("{pid: 1, started: 1, finished: 1.5, result: 2}")
        #expect(story.states == ["succeeded"])
        #expect(story.runs.first?.outcome?.processTime == .milliseconds(500))
    }

    @Test func `start and finish that the marker gives count`() {
        var story = MarkerStory()
        story.version("{started: 100.25, finished: 101.5}")
        #expect(story.runs.first?.outcome?.processTime == .milliseconds(1250))
    }

    @Test func `the longest time that a marker can give is a time, and no crash`() {
        var story = MarkerStory()
        story.version("{started: 1900-01-01T00:00:00+14:00, finished: 2200-12-31T23:59:59.999999999-14:00}")
        let outcome = story.runs.first?.outcome
        #expect((outcome?.processTime?.wholeNanoseconds ?? 0) == .max)
        #expect(outcome?.finished.local.hasPrefix("2200-12-31") == true)
    }

    @Test func `facts add up over versions, and revisions with them`() {
        var story = MarkerStory()
        story.version("{state: running, parameters: {a: 1}, tags: [x], note: odd}")
        story.version("{state: running, parameters: {b: 2}, seed: 5}")
        story.version("{result: 1, persist: {weights: [1, 2]}}")
        let facts = story.filings.last?.facts
        #expect(facts?.parameters == ["a": .integer(1), "b": .integer(2)])
        #expect(facts?.seed == 5)
        #expect(facts?.tags == ["x"])
        #expect(facts?.persisted == ["weights": .list([.integer(1), .integer(2)])])
        #expect(facts?.extra == ["note": .text("odd")])
        #expect(story.filings.map(\.revision.number) == [1, 2, 3])
    }

    @Test(arguments: [
        "metrics_file: log.csv", "metrics: {loss: {file: log.csv, value: loss}}", "parameters: {}", "log: out.txt",
        "inputs: [in.txt]", "outputs: [out.bin]", "persist: {model: {file: m.pt}}",
    ])
    func `a version that only asks for files is remembered, though nothing of it is filed yet`(more: String) throws {
        var story = MarkerStory()
        story.version("state: running")
        story.version("{state: running, \(more)}")
        let run = try #require(story.runs.first)
        #expect(run.version?.digest == "2")
        #expect(run.seen == Timestamp(nanoseconds: 2_000_000_000))
        #expect(run.isUnfinished == (more != "parameters: {}"))
        #expect(story.filings.map(\.revision.number) == [1])
        story.version("{state: running, tags: [x]}")
        #expect(story.filings.map(\.revision.number) == [1, 2])
    }

    @Test func `equal content tells nothing new of a run, and is its newest version`() {
        var story = MarkerStory()
        for _ in 1...3 { story.version("{state: running, metrics: {loss: [1, 2]}}") }
        #expect(story.filings.count == 1)
        #expect(story.runs.map(\.version?.digest) == ["3"])
    }

    @Test func `a step whose name is no identifier is told by the name that it is kept by`() {
        var story = MarkerStory()
        for _ in 1...2 {
            story.version(
                "{state: running, steps: [{name: fit it, inputs: 1, output: 2}, {name: f, output: {file: x}}]}")
        }
        let facts = story.runs.first?.facts
        #expect(facts?.stepHashes.map(\.step) == ["fit_it"])
        #expect(facts?.problems == ["step fit it is kept as fit_it, because a step's name is a Python identifier"])
        #expect(story.filings.count == 1)
    }

    @Test func `what a marker asks to be read is remembered until it has been, and an unknown key is a problem`() throws
    {
        var story = MarkerStory()
        story.version("{log: out.txt, persist: {model: {file: m.pt}}, metrics_file: log.csv, paramters: {a: 1}}")
        let run = try #require(story.runs.first)
        #expect(run.isUnfinished)
        #expect(run.wishes?.log == "out.txt")
        #expect(run.wishes?.persists.map(\.path) == ["m.pt"])
        #expect(run.files.map(\.path) == ["log.csv"])
        #expect(run.facts.problems.count == 1)
        #expect(run.facts.problems.contains { $0.contains("did you mean parameters?") })
    }

    @Test func `what is damaged of an earlier run makes a new one, which says so, and no second one of its name`() {
        var story = MarkerStory()
        story.version("parameters: {lr: 1}")
        story.version("{run: named, parameters: {lr: 1}}", at: "b.run")
        story.isMemoryDamaged = true
        story.version("{parameters: {lr: 1}, result: 1}")
        story.version("{run: named, result: 1}", at: "b.run")
        #expect(story.runs.count == 3)
        #expect(story.runs.last?.facts.problems.contains { $0.contains("is damaged") } == true)
        #expect(story.rejections.map(\.reason).first?.contains("is damaged; give this run another name") == true)
        story.version("parameters: {lr: 1}", at: "c.run")
        #expect(story.runs.last?.facts.problems == [])
    }

    @Test func `a value that is no number is the same when it is told again`() {
        var story = MarkerStory()
        story.version("{state: running, parameters: {x: .nan, y: [1, .nan]}}")
        story.version("{state: running, parameters: {x: .nan, y: [1, .nan]}}")
        #expect(story.filings.count == 1)
        story.version("{parameters: {x: .nan, y: [1, .nan]}, result: .nan}")
        #expect(story.runs.count == 1)
        #expect(story.states == ["succeeded"])
    }

    @Test func `runs are told apart by names and values that look like secrets, too`() {
        var story = MarkerStory()
        story.version("{run: 'x,password=a', result: 1}")
        story.version("{run: 'x,password=b', result: 1}", at: "b.run")
        #expect(story.rejections.isEmpty)
        #expect(Set(story.runs.map(\.key)).count == 2)
        story.version("{state: running, parameters: {token: bpe}}", at: "c.run")
        story.version("{state: running, parameters: {token: word}}", at: "c.run")
        #expect(Set(story.runs.map(\.key)).count == 4)
    }
}
