import SystemPackage
import Testing

@testable import TrialAgent

@Suite struct CandidatesTests {
    let start = ContinuousClock.now

    func content(_ text: String, _ serial: Int, at path: FilePath = "a.run") -> MarkerContent {
        let stamp = FileStamp(volume: "v", file: "f", modified: serial, size: text.utf8.count)
        return MarkerContent(
            place: MarkerPlace(project: "/p", path: path), identity: VersionIdentity(stamp: stamp, digest: text),
            bytes: Array(text.utf8), owner: 0, changed: serial)
    }

    func text(_ content: MarkerContent) -> String { String(decoding: content.bytes, as: UTF8.self) }

    @Test func `lines appended one by one are one version, once they stop coming`() {
        var candidates = Candidates(settle: .milliseconds(500))
        var text = ""
        for line in 0..<50 {
            text += "line \(line)\n"
            #expect(candidates.closed(content(text, line), at: start + .milliseconds(100 * line)) == nil)
            #expect(candidates.due(at: start + .milliseconds(100 * line + 99)).isEmpty)
        }
        #expect(candidates.due(at: start + .milliseconds(4900 + 500)).map(self.text) == [text])
        #expect(candidates.next == nil)
    }

    @Test func `other bytes make the candidate a version of its own`() {
        var candidates = Candidates(settle: .milliseconds(500))
        #expect(candidates.closed(content("a: 1", 1), at: start) == nil)
        #expect(candidates.closed(content("a: 2", 2), at: start + .milliseconds(60)).map(text) == "a: 1")
        #expect(candidates.due(at: start + .milliseconds(500)).isEmpty)
        #expect(candidates.due(at: start + .milliseconds(560)).map(text) == ["a: 2"])
    }

    @Test(arguments: [
        ("one line closed four times", ["a: 4\n", "a: 4\n", "a: 4\n", "a: 4\n"], 3),
        ("four lines closed four times", ["a\nb\nc\nd\n", "a\nb\nc\nd\n", "a\nb\nc\nd\n", "a\nb\nc\nd\n"], 0),
        ("lines that were seen to come", ["a\n", "a\nb\n", "a\nb\n"], 0),
        ("one line closed once", ["a\n"], 0),
    ])
    func `versions that were overwritten before they could be read are counted`(
        what: String, closes: [String], count: Int
    ) {
        var candidates = Candidates(settle: .milliseconds(500))
        for text in closes { _ = candidates.closed(content(text, text.utf8.count), at: start) }
        #expect(candidates.due(at: start + .seconds(1)).map(\.overwritten) == [count], "\(what)")
    }

    @Test func `what is renamed over a candidate comes after it`() {
        var candidates = Candidates(settle: .milliseconds(500))
        #expect(candidates.closed(content("a: 1", 1), at: start) == nil)
        #expect(candidates.complete(content("a: 1", 2)).map(\.changed) == [1, 2])
        #expect(candidates.due(at: start + .seconds(9)).isEmpty)
    }

    @Test func `a look while a candidate waits neither ends its wait nor forgets what was known when it was read`() {
        var candidates = Candidates(settle: .milliseconds(500))
        var first = content("a: 1\n", 1)
        (first.read, first.process, first.overwritten) = (7, NamedProcess(isGone: true), 2)
        #expect(candidates.closed(first, at: start) == nil)
        #expect(candidates.found(content("a: 1\n", 1), at: start + .milliseconds(499)).isEmpty)
        let due = candidates.due(at: start + .milliseconds(500))
        #expect(due == [first])

        #expect(candidates.closed(first, at: start) == nil)
        #expect(candidates.complete(content("a: 1\n", 1)) == [first])
    }

    @Test func `more of a candidate that a look finds before its close is told of is one version with it`() {
        var candidates = Candidates(settle: .milliseconds(500))
        var first = content("a: 1\n", 1)
        first.read = 7
        #expect(candidates.closed(first, at: start) == nil)
        #expect(candidates.found(content("a: 1\nb: 2\n", 2), at: start + .milliseconds(400)).isEmpty)
        #expect(candidates.due(at: start + .milliseconds(500)).isEmpty)
        #expect(candidates.closed(content("a: 1\nb: 2\n", 2), at: start + .milliseconds(600)) == nil)
        let due = candidates.due(at: start + .milliseconds(1100))
        #expect(due.map(text) == ["a: 1\nb: 2\n"] && due.map(\.overwritten) == [0])
    }

    @Test func `other content that a look finds is another version, and what no candidate waits for is one at once`() {
        var candidates = Candidates(settle: .milliseconds(500))
        #expect(candidates.found(content("a: 1", 1), at: start).map(text) == ["a: 1"])
        #expect(candidates.closed(content("a: 2", 2), at: start) == nil)
        #expect(candidates.found(content("a: 3", 3), at: start).map(text) == ["a: 2", "a: 3"])
        // Another file that begins like it is no more of it.
        #expect(candidates.closed(content("a: 4", 4), at: start) == nil)
        var other = content("a: 4\nb: 5", 5)
        let stamp = FileStamp(volume: "v", file: "g", modified: 5, size: other.bytes.count)
        other.identity = VersionIdentity(stamp: stamp, digest: other.identity.digest)
        #expect(candidates.found(other, at: start).map(text) == ["a: 4", "a: 4\nb: 5"])
        #expect(candidates.due(at: start + .seconds(9)).isEmpty)
    }

    @Test func `markers do not wait for one another`() {
        var candidates = Candidates(settle: .milliseconds(500))
        for index in 0..<5000 {
            #expect(
                candidates.closed(content("a", index, at: FilePath("\(index).run")), at: start + .milliseconds(index))
                    == nil)
        }
        #expect(candidates.due(at: start + .milliseconds(2999)).count == 2500)
        #expect(candidates.due(at: start + .milliseconds(9000)).count == 2500)
    }
}
