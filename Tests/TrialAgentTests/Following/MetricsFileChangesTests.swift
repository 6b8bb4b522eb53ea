import SystemCalls
import SystemPackage
import Testing
import Trials

@testable import TrialAgent

/// Files that do not only grow.
@Suite struct MetricsFileChangesTests {
    private static let content = "step,loss,acc\n" + (0..<10).map { "\($0),\($0),1\n" }.joined()
    private static let longer = (0..<500).map { "\($0),\($0 % 10),\($0 % 7).5\n" }.joined()

    private func followed(_ content: String = Self.content) throws -> FollowedFile {
        var file = try FollowedFile(content)
        try file.advance()
        #expect(file.problems == [])
        return file
    }

    @Test func `a file that became shorter is read anew and replaces its series`() throws {
        var file = try followed()
        try file.write("step,loss\n0,7\n".utf8)
        try file.advance()
        #expect(file.series == ["loss: 0=7"])
        #expect(file.pieces.map(\.generation) == [1, 1])
        #expect(file.pieces.map(\.offset) == [0, 0])
        #expect(file.problems.count == 1 && file.problems[0].contains("shorter"))
        #expect(file.problems[0].contains("read anew"))
    }

    @Test func `a file that was emptied is waited for, and replaces its series only when it comes back otherwise`()
        throws
    {
        var file = try followed()
        let before = file.series
        try file.write([])
        try file.advance()
        #expect(file.series == before && file.problems == [])
        // As `history.to_csv` writes all of it anew each epoch.
        try file.write((Self.content + "10,10,1\n").utf8)
        try file.advance()
        #expect(file.series[1] == before[1] + " 10=10")
        #expect(file.pieces.map(\.generation) == [0, 0])
        #expect(file.problems == [])
        try file.write([])
        try file.advance(isFinal: true)
        #expect(file.series == [])
        #expect(file.problems.count == 1)
    }

    private static let rewritten: [(String, String)] = [
        // As long as before, and longer; at its beginning, in its middle, at its end.
        ("step,loss,cca\n" + longer, "beginning"), ("epoch,loss,acc\n" + longer, "beginning"),
        ("step,loss,acc\n" + longer.dropLast(4) + "9.5\n", "anew"),
        ("step,loss,acc\n" + longer.dropLast(4) + "9.5\n500,1,1\n", "anew"),
        (
            "step,loss,acc\n"
                + longer.split(separator: "\n").map { $0.hasPrefix("250,") ? "250,9,9.5" : $0 }
                .joined(separator: "\n") + "\n", "middle"
        ),
    ]

    @Test(arguments: rewritten.indices)
    func `a file that was written anew in place is noticed, at the latest at the end, and read anew`(
        _ place: Int
    ) throws {
        let (content, reason) = Self.rewritten[place]
        var file = try followed("step,loss,acc\n" + Self.longer)
        try file.write(content.utf8)
        try file.advance(isFinal: true)
        var fresh = try FollowedFile(content)
        try fresh.advance(isFinal: true)
        #expect(file.series == fresh.series)
        #expect(file.problems.count == 1)
        #expect(file.problems.first?.contains(reason) == true, "\(file.problems)")
    }

    @Test func `another file in its place is read anew, unless it begins with all that was read`() throws {
        var file = try followed("step,loss,acc\n" + Self.longer)
        let before = file.series
        try file.replace("step,loss,acc\n" + Self.longer + "500,5,6.5\n")
        try file.advance()
        #expect(file.series == before.enumerated().map { $1 + ($0 == 0 ? " 500=6.5" : " 500=5") })
        #expect(file.problems == [] && file.pieces.map(\.generation) == [0, 0])
        let other = "step,loss,acc\n" + Self.longer.dropFirst(8) + "500,5,6.5\n501,1,1\n"
        try file.replace(other)
        try file.advance()
        #expect(file.series[1].hasPrefix("loss: 1=1 2=2"))
        #expect(file.problems.count == 1)
        try file.replace("step,acc\n0,1\n")
        try file.advance()
        #expect(file.series == ["acc: 0=1"])
        #expect(file.problems.count == 2)
    }

    @Test func `what is too long or too much is left out, and said`() throws {
        var limits = MetricsFile.Limits()
        limits.line = 100
        limits.columns = 3
        let long = String(repeating: "9", count: 300)
        let content = "step,a,b,c,d\n0,1,2,3,4\n1,\(long),2,3,4\n2,\"\(long)\n\(long)\",2,3\n3,5,6,7,8\n"
        for bytes in [1, 90, 1 << 20] {
            var file = try FollowedFile(content)
            file.limits = limits
            try file.advance(isFinal: true, atMost: bytes)
            #expect(file.series == ["a: 0=1 3=5", "b: 0=2 3=6", "c: 0=3 3=7"])
            #expect(file.problems.count == 3, "\(file.problems)")
            #expect(file.problems[0].contains("more than 3 columns; 'd'"))
            #expect(file.problems[1].contains("line 3 has more than 100 bytes"))
            #expect(file.state.leftOut == 3)
        }
        var objects = try FollowedFile((0..<5).map { "{\"m\($0)\":1}\n" }.joined())
        objects.limits = limits
        try objects.advance()
        #expect(objects.series.count == 3)
        #expect(objects.problems.count == 1 && objects.problems[0].contains("'m3'"))
        var large = try FollowedFile("x\n1\n2\n3\n4\n5\n")
        large.limits.file = 7
        try large.advance(isFinal: true)
        try large.advance(isFinal: true)
        #expect(large.series == ["x: 0=1 1=2"])
        #expect(large.problems.count == 1 && large.problems[0].contains("after line 3"))
    }

    @Test func `where the index goes back a little, only a little is read again`() throws {
        let content = "step,loss\n" + (0..<100_000).map { "\($0),0.5\n" }.joined()
        var file = try followed(content)
        try file.append("99950,1\n".utf8)
        try file.advance()
        #expect(file.pieces.map(\.offset) == [99_950])
        #expect(file.state.reread > 0 && file.state.reread < 64 << 10)
        // To where the series begins, nothing has to be read.
        try file.append("0,2\n".utf8)
        let before = file.state.reread
        try file.advance()
        #expect(file.series == ["loss: 0=2"])
        #expect(file.state.reread == before)
        #expect(file.problems.count == 2)
    }

    /// A quoted field longer than what is read at once, a line too long, a quote never closed.
    private static let notes = [
        ("\"x\n" + String(repeating: "0,5,\n", count: 8000) + "\"", 1 << 20, "x: 0=0 1=10"),
        (String(repeating: "9", count: 50_000), 100, "x: 0=0 1=10"),
        ("\"" + String(repeating: "0,5,\n", count: 8000), 100, "x: 0=5 1=10"),
    ]

    @Test(arguments: notes.indices)
    func `where the index goes back over lines that are none, its place is found all the same`(_ place: Int) throws {
        let (note, limit, expected) = Self.notes[place]
        var file = try FollowedFile("step,x,note\n0,0,\n1,1,\n2,2,\n")
        file.limits.line = limit
        try file.advance()
        try file.append("3,3,\(note)\n4,4,\n".utf8)
        try file.advance(isFinal: true)
        try file.append("1,10,\n".utf8)
        try file.advance(isFinal: true)
        #expect(file.series == [expected])
    }

    @Test func `an index that goes back again and again is told a few times, and given up before it costs too much`()
        throws
    {
        var content = "step,loss\n0,0\n"
        for _ in 0..<40 { content += (5..<20).map { "\($0),1\n" }.joined() }
        var file = try FollowedFile(content)
        try file.advance(atMost: 50)
        #expect(file.series == ["loss: 0=0 " + (5..<20).map { "\($0)=1" }.joined(separator: " ")])
        #expect(file.problems.count == 9)
        #expect(file.problems.last?.contains("from now on this is not told") == true)
        var limited = try FollowedFile(content)
        limited.limits.rereading = 1000
        try limited.advance(atMost: 50)
        #expect(limited.problems.last?.contains("followed no further") == true)
        #expect(limited.state.isGivenUp)
    }
}
