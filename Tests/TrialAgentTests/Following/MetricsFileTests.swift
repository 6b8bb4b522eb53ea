import SystemCalls
import SystemPackage
import Testing
import Trials

@testable import TrialAgent

@Suite struct MetricsFileTests {
    struct Case: Sendable {
        let content: String
        let series: [String]
        /// A piece of each problem, in order.
        var problems: [String] = []
        var selection = MetricsFile.Selection.all
        var leftOut = 0
    }

    static let csv: [Case] = [
        Case(content: "", series: []),
        Case(content: "step,loss\n", series: []),
        Case(content: "\n\n# made by a script\n# on monday, \"quoted\nstep,loss\n0,1\n", series: ["loss: 0=1"]),
        Case(
            content: "step,loss,acc\n1,0.5,10\n2,.25,20\n3,1e-3,+30\n",
            series: ["acc: 1=10 2=20 3=30", "loss: 1=0.5 2=0.25 3=0.001"]),
        Case(content: "\u{FEFF}epoch;loss\r\n0;0,5\r\n1;2.5\r\n", series: ["loss: 0=0.5 1=2.5"]),
        Case(content: "loss\tepoch\n1\t7\n2\t8\n", series: ["loss: 7=1 8=2"]),
        // The first of the names is the index, the others are metrics.
        Case(content: "epoch,iter,step,x\n1,2,3,4\n", series: ["epoch: 3=1", "iter: 3=2", "x: 3=4"]),
        Case(content: "Epoch,x\n4,1\n", series: ["x: 4=1"]),
        Case(content: "x,y\n5,6\n\n7,8\n", series: ["x: 0=5 1=7", "y: 0=6 1=8"]),
        Case(content: "   epoch,  train/loss \n      1,    0.5 \n", series: ["train/loss: 1=0.5"]),
        Case(content: "\"step\",\"a \"\"b\"\"\nc\"\n\"1\",\"2\"\n", series: ["a \"b\"\nc: 1=2"]),
        Case(content: "step,a,b\n0,,1\n1,2,\n2,,\n", series: ["a: 1=2", "b: 0=1"]),
        Case(
            content: "step,x\n0,nan\n1,NaN\n2,inf\n3,-INF\n4,Infinity\n5,-nan\n",
            series: ["x: 0=nan 1=nan 2=inf 3=-inf 4=inf 5=nan"]),
        Case(
            content: "step,x\n0,9223372036854775807\n1,-9223372036854775808\n2,9223372036854775808\n3,-0\n4,1e999\n",
            series: ["x: 0=9223372036854775807 1=-9223372036854775808 2=9.223372036854776e+18 3=0 4=inf"]),
        Case(content: "step,phase,ok,x\n0,warm,True,1\n1,cold,False,2\n", series: ["x: 0=1 1=2"]),
        Case(
            content: "step,x\n0,1\n1,oops\n2,0x10\n3,4\n", series: ["x: 0=1 3=4"],
            problems: ["line 3: 'x' is 'oops', no number"]),
        Case(
            content: "step,x\n0,1\n0.5,2\n,3\nabc,4\n5.0,6\n", series: ["x: 0=1 5=6"],
            problems: ["line 3: 'step' is 0.5, no whole number", "3 lines were left out"], leftOut: 3),
        Case(
            content: "step,x\n0,1,9\n1,2,8,7\n2\n3,4,,\n", series: ["x: 0=1 1=2 3=4"],
            problems: ["line 2 has 3 fields, and the header names 2"]),
        // Equal and lower indexes; a run that goes on writes its header again.
        Case(content: "step,x\n0,1\n1,2\n1,3\n1,4\n2,5\n", series: ["x: 0=1 1=4 2=5"]),
        Case(
            content: "step,x,y\n0,1,1\n1,2,\n2,3,3\n3,4,\nstep,x,y\n2,30,\n3,40,\n4,50,5\n",
            series: ["x: 0=1 1=2 2=30 3=40 4=50", "y: 0=1 2=3 4=5"],
            problems: ["line 7: 'step' goes back from 3 to 2"]),
        Case(
            content: "step,x\n5,1\n6,2\n0,3\n1,4\n", series: ["x: 0=3 1=4"],
            problems: ["goes back from 6 to 0"]),
        // Each series for itself: what comes late for one takes nothing from another.
        Case(content: "step,x,y\n10,1,\n9,,2\n11,3,\n10,,4\n", series: ["x: 10=1 11=3", "y: 9=2 10=4"]),
        Case(
            content: "step,x,,x\n0,1,2,3\n", series: ["x: 0=1"],
            problems: ["column 3 has no name", "names 'x' twice"]),
        Case(content: "0,1\n1,2\n", series: [], problems: ["it has no header"]),
        Case(content: "[{\"step\": 1}]\n", series: [], problems: ["JSON array"]),
        Case(content: "step\u{0},x\n0,1\n", series: [], problems: ["no text"]),
        Case(
            content: "step,x\n0,\"open\n1,2\n2,3\n", series: ["x: 1=2 2=3"],
            problems: ["line 2 opens a quote"], leftOut: 1),
        Case(
            content: "when,train,test\n1,2,3\n2,4,5\n", series: ["loss: 1=3 2=5"],
            selection: .column(series: "loss", epoch: "when", value: "test")),
        Case(
            content: "a,epoch,b\n1,2,3\n", series: ["b: 2=3"], selection: .column(series: "b", epoch: nil, value: nil)),
        Case(
            content: "a,b\n1,2\n", series: [], problems: ["names no column 'c', only 'a', 'b'"],
            selection: .column(series: "x", epoch: nil, value: "c")),
    ]

    static let jsonLines: [Case] = [
        Case(
            content: "{\"step\": 1, \"loss\": 0.5, \"n\": 3}\n\n{\"step\": 2, \"loss\": 1}\n",
            series: ["loss: 1=0.5 2=1", "n: 1=3"]),
        Case(content: "\u{FEFF}  {\"a\":1}\r\n{\"a\":2}\r\n", series: ["a: 0=1 1=2"]),
        Case(content: "{\"a\":1}\n{\"a\":5}\n{\"a\":0}\n{\"a\":7}", series: ["a: 0=1 1=5 2=0 3=7"]),
        Case(
            content: "{\"epoch\":0,\"t\":{\"loss\":1,\"in\":{\"x\":2,\"deep\":{\"y\":3}}}}\n",
            series: ["t.in.x: 0=2", "t.loss: 0=1"], problems: ["more than two deep"]),
        Case(
            content:
                "{\"a\":NaN,\"b\":-Infinity,\"c\":\"inf\",\"d\":null,\"e\":[1],\"f\":true,\"g\":\"text\",\"h\":1e400}\n",
            series: ["a: 0=nan", "b: 0=-inf", "c: 0=inf", "h: 0=inf"]),
        Case(
            content: "{\"s\":\"nan\\\" inf\",\"a\":nan,\"b\":-inf,\"c\":-nan}\n",
            series: ["a: 0=nan", "b: 0=-inf", "c: 0=nan"]),
        Case(
            content:
                "{\"step\":0,\"a\":1}\n{\"step\":1,\"a\"\n7\n{\"a\":2}\n{\"step\":\"x\",\"a\":2}\n{\"step\":2,\"a\":3}\n",
            series: ["a: 0=1 2=3"],
            problems: ["line 2 is no JSON object", "line 4: 'step' is missing", "4 lines were left out"], leftOut: 4),
        Case(
            content: "{\"step\":0,\"a\":1}\n{\"step\":1,\"a\":false}\n{\"step\":2,\"a\":\"x\"}\n", series: ["a: 0=1"],
            problems: ["line 2: 'a' is 'false', no number"]),
        Case(
            content: "{\"step\":18446744073709551616,\"a\":1}\n{\"step\":3.0,\"a\":2}\n", series: ["a: 3=2"],
            problems: ["no whole number"], leftOut: 1),
        Case(
            content: "{\"step\":1,\"v\":{\"x\":1,\"y\":2}}\n{\"step\":2,\"v\":{\"x\":3}}\n", series: ["best: 1=1 2=3"],
            selection: .column(series: "best", epoch: nil, value: "v.x")),
        Case(
            content: "{\"a\":5,\"best\":1}\n{\"a\":6,\"best\":2}\n", series: ["best: 5=1 6=2"],
            selection: .column(series: "best", epoch: "a", value: nil)),
    ]

    static let all = csv + jsonLines

    @Test(arguments: all.indices)
    func `a file's columns are series`(_ place: Int) throws {
        let expected = Self.all[place]
        var file = try FollowedFile(expected.content, expected.selection)
        try file.advance(isFinal: true)
        #expect(file.series == expected.series)
        #expect(file.problems.count == expected.problems.count, "\(file.problems)")
        for (problem, piece) in zip(file.problems, expected.problems) {
            #expect(problem.contains(piece), "\(problem)")
        }
        #expect(file.state.leftOut == expected.leftOut)
    }

    @Test(arguments: all.indices)
    func `wherever its writer had come to when it was looked at, the series are the same`(_ place: Int) throws {
        let expected = Self.all[place]
        let content = Array(expected.content.utf8)
        let splits = (0...content.count).map { ($0, 1 << 20) } + [1, 2, 7].map { (content.count / 2, $0) }
        for (split, bytes) in splits {
            var file = try FollowedFile("", expected.selection)
            try file.write(content[..<split])
            try file.advance(atMost: bytes)
            try file.append(content[split...])
            try file.advance(isFinal: true, atMost: bytes)
            #expect(file.series == expected.series, "at \(split), \(bytes) bytes at once")
            #expect(file.problems.count == expected.problems.count, "at \(split): \(file.problems)")
            #expect(file.state.leftOut == expected.leftOut)
        }
    }

    @Test func `a line is taken when it is whole, and the last one when the run has ended`() throws {
        var file = try FollowedFile("step,loss\n0,1\n1,2")
        try file.advance()
        #expect(file.series == ["loss: 0=1"])
        try file.append("5\n2,3".utf8)
        try file.advance()
        #expect(file.series == ["loss: 0=1 1=25"])
        try file.advance(isFinal: true)
        #expect(file.series == ["loss: 0=1 1=25 2=3"])
        // The run goes on after all.
        try file.append("\n3,4\n".utf8)
        try file.advance()
        #expect(file.series == ["loss: 0=1 1=25 2=3 3=4"])
        #expect(file.problems == [])
    }

    @Test func `the last point is told at once, and what replaces it spends one generation a reading`() throws {
        var file = try FollowedFile("step,loss\n0,1\n1,2\n")
        try file.advance()
        #expect(file.pieces.map(\.points.count) == [2])
        try file.append("1,3\n1,4\n2,5\n2,6\n".utf8)
        try file.advance()
        #expect(file.pieces.map(\.generation) == [1])
        #expect(file.pieces.map(\.offset) == [1])
        #expect(file.series == ["loss: 0=1 1=4 2=6"])
        try file.append("3,7\n3,8\n".utf8)
        try file.advance()
        #expect(file.pieces.map(\.generation) == [1])
        #expect(file.pieces.map(\.points.count) == [1])
    }

    @Test func `series that were filed before are replaced by the file`() throws {
        var file = try FollowedFile("step,loss,acc\n0,1,2\n")
        file.state = MetricsFile(.all, replacing: ["loss": 3, "other": 1])
        try file.advance()
        #expect(file.pieces.first { $0.name == "loss" }?.generation == 4)
        #expect(file.pieces.first { $0.name == "acc" }?.generation == 0)
        #expect(file.pieces.count == 2)
    }
}
