import ProgramTesting
import SystemPackage
import Testing

@testable import Trialwatch

/// A unified diff of ours is what `diff -u` and `patch` take for one.
@Suite struct LineDiffTests {
    /// Lines of few kinds, so that many are the same.
    private static func text(_ count: Int, seed: UInt64) -> String {
        var generator = Seeded(seed)
        var text = ""
        for _ in 0..<count { text += "line \(generator.next() % 7)\n" }
        return generator.next() % 3 == 0 ? text + "no end" : text
    }

    private struct Seeded: RandomNumberGenerator {
        var state: UInt64
        init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }
        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state &* 0x2545_F491_4F6C_DD1D
        }
    }

    @Test func `what is kept and removed is the old text, what is kept and added the new`() {
        for seed in 0..<200 as Range<UInt64> {
            let (old, new) = (Self.text(Int(seed % 40), seed: seed), Self.text(Int(seed * 7 % 40), seed: seed + 1000))
            let lines = LineDiff(old, new).lines
            #expect(lines.compactMap { if case .added = $0 { nil } else { $0.text } }.joined() == old)
            #expect(lines.compactMap { if case .removed = $0 { nil } else { $0.text } }.joined() == new)
        }
    }

    @Test func `patch makes the new text of the old one`() async throws {
        let sandbox = try Sandbox()
        for (seed, context) in zip(
            1...12 as ClosedRange<UInt64>, [20, 40, 80].flatMap { Array(repeating: $0, count: 4) })
        {
            let old = Self.text(context, seed: seed)
            var lines = old.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            lines[Int(seed) % lines.count] = "changed"
            lines.insert("new", at: Int(seed * 5) % lines.count)
            let new = lines.joined(separator: "\n")
            let change = TextChange(name: "a.py", before: old, after: new)
            try sandbox.write(old, to: sandbox.root.appending("home/\(seed)/a.py"))
            try sandbox.write(
                change.unified("a", "b").joined(separator: "\n") + "\n", to: sandbox.root.appending("home/\(seed)/p"))
            let patched = try await sandbox.shell("cd \(seed) && patch -p1 --fuzz=0 < p")
            #expect(patched.exit == .status(0), "\(patched.text)")
            #expect(try sandbox.text(of: sandbox.root.appending("home/\(seed)/a.py")) == new)
        }
    }

    @Test func `a large text is compared in a moment, and only what changed is told`() throws {
        let old = (0..<60_000).map { "line \($0)\n" }
        var new = old
        new[100] = "other\n"
        new.insert("more\n", at: 40_000)
        new.remove(at: 59_000)
        let start = ContinuousClock.now
        let hunks = LineDiff(old.joined(), new.joined()).hunks()
        #expect(hunks.map(\.oldStart) == [98, 39_998, 58_997])
        // Nothing of it is the same: that is not compared each with each.
        let other = LineDiff(old.joined(), (0..<60_000).map { "other \($0)\n" }.joined()).lines
        #expect(other.count == 120_000)
        #expect(ContinuousClock.now - start < .seconds(20))
    }
}

extension LineDiff.Line {
    fileprivate var text: String {
        switch self {
        case .kept(let text), .removed(let text), .added(let text): String(text)
        }
    }
}
