import BackendTesting
import SystemCalls
import SystemPackage
import Testing
import Trials

@testable import TrialAgent

@Suite struct MetricsFilePropertyTests {
    /// A file made at random, and what its series have to be: each point takes away those at its epoch and after it.
    struct Made {
        var content = ""
        var series: [String: [(epoch: Int, text: String)]] = [:]

        init(_ random: inout SeededRandom) {
            let isCSV = Bool.random(using: &random)
            let names = ["a", "b", "c"]
            if isCSV { content = "step,a,note,b,c\n" }
            var epoch = 0
            for _ in 0..<Int.random(in: 1...120, using: &random) {
                switch Int.random(in: 0..<20, using: &random) {
                case 0: epoch -= Int.random(in: 0...12, using: &random)
                case 1, 2: break
                default: epoch += Int.random(in: 1...3, using: &random)
                }
                var texts: [String: String] = [:]
                for name in names where Int.random(in: 0..<3, using: &random) > 0 {
                    let text = String(Int.random(in: -9...9, using: &random))
                    texts[name] = text
                    series[name, default: []].removeAll { $0.epoch >= epoch }
                    series[name, default: []].append((epoch, text))
                }
                if isCSV {
                    let notes = ["", "plain", "\"a, b\"", "\"two\nlines\"", "\"\"\"\"", "\"3,4\n5,6\n\""]
                    let note = notes[Int.random(in: 0..<notes.count, using: &random)]
                    content += "\(epoch),\(texts["a"] ?? ""),\(note),\(texts["b"] ?? ""),\(texts["c"] ?? "")\n"
                } else {
                    let members = texts.sorted { $0.key < $1.key }.map { ",\"\($0.key)\":\($0.value)" }.joined()
                    content += "{\"step\":\(epoch)\(members)}\n"
                }
            }
        }

        var expected: [String] {
            series.sorted { $0.key < $1.key }.map { name, points in
                "\(name): " + points.map { "\($0.epoch)=\($0.text)" }.joined(separator: " ")
            }
        }
    }

    @Test(arguments: 1...40)
    func `in whatever portions a file is written and read, its series are the same`(_ seed: UInt64) throws {
        var random = SeededRandom(seed)
        let made = Made(&random)
        let content = Array(made.content.utf8)
        var file = try FollowedFile()
        var start = 0
        while start < content.count {
            let end = min(content.count, start + Int.random(in: 1...200, using: &random))
            try file.append(content[start..<end])
            start = end
            try file.advance(atMost: [1, 7, 64, 1 << 20][Int.random(in: 0..<4, using: &random)])
        }
        try file.advance(isFinal: true)
        #expect(file.series == made.expected)
        var whole = try FollowedFile(made.content)
        try whole.advance(isFinal: true)
        #expect(whole.series == made.expected)
        #expect(whole.problems.filter { !$0.contains("goes back") } == [])
    }
}

/// What following a long file costs.
@Suite struct MetricsFileCostTests {
    @Test func `a million lines cost the same a line at the end as at the beginning, in memory that does not grow`()
        throws
    {
        var file = try FollowedFile("step,loss,accuracy\n")
        let lines = 1_000_000
        do {
            let descriptor = try OwnedDescriptor(opening: file.path, .writeOnly, options: .append)
            for start in stride(from: 0, to: lines, by: 10_000) {
                var text = ""
                for step in start..<(start + 10_000) { text += "\(step),\(Double(step % 977) / 977),\(step % 100)\n" }
                try descriptor.write(Array(text.utf8))
            }
        }
        let descriptor = try OwnedDescriptor(opening: file.path, .readOnly)
        let clock = ContinuousClock()
        var times: [Duration] = []
        var points = 0
        var memory: [Int] = []
        var hasMore = true
        while hasMore {
            let time = try clock.measure {
                let advance = try file.state.advance(descriptor, isFinal: false, recorded: FollowedFile.recorded)
                points += advance.pieces.reduce(0) { $0 + $1.points.count }
                hasMore = advance.hasMore
            }
            times.append(time)
            memory.append(try residentKibibytes())
        }
        #expect(points == 2 * lines)
        // The last portion is not a whole one. The fastest ones are those that nothing else on the machine slowed down.
        let whole = times.dropLast()
        let quarter = whole.count / 4
        let first = try #require(whole.prefix(quarter).min())
        let last = try #require(whole.suffix(quarter).min())
        #expect(last < first * 2)
        #expect((memory.last ?? 0) - memory[quarter] < 32 << 10)

        // One line more at the end of all this costs what one more at the beginning does.
        func appended(to file: inout FollowedFile, from step: Int) throws -> Duration {
            try clock.measure {
                for place in 0..<200 {
                    try file.append("\(step + place),1,2\n".utf8)
                    let descriptor = try OwnedDescriptor(opening: file.path, .readOnly)
                    let advance = try file.state.advance(descriptor, isFinal: false, recorded: FollowedFile.recorded)
                    #expect(advance.pieces.map(\.points.count) == [1, 1])
                }
            }
        }
        var short = try FollowedFile("step,loss,accuracy\n")
        let atFirst = try appended(to: &short, from: 0)
        let atLast = try appended(to: &file, from: lines)
        #expect(atLast < atFirst * 5 + .milliseconds(200))
        let all = times.reduce(.zero, +)
        print(
            "a million lines in \(times.count) portions: \(all); one of the first \(first), one of the last \(last); "
                + "\(memory[quarter]) KiB resident after a quarter, \(memory.last ?? 0) at the end; "
                + "200 single lines \(atFirst) at the beginning, \(atLast) at the end")
    }

    private func residentKibibytes() throws -> Int {
        let status = try OwnedDescriptor(opening: "/proc/self/status", .readOnly).readToEnd(limit: 1 << 20)
        let line = String(decoding: status, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
    }
}
