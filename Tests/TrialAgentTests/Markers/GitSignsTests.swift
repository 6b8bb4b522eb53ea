import Testing

@testable import TrialAgent

@Suite struct GitSignsTests {
    static let second: Int64 = 1_000_000_000

    /// A line of `logs/HEAD`.
    static func line(_ seconds: Int, _ message: String?) -> String {
        "\(String(repeating: "0", count: 40)) \(String(repeating: "1", count: 40)) A U Thor <a@b> \(seconds) +0100"
            + (message.map { "\t\($0)" } ?? "") + "\n"
    }

    static func signs(_ log: String, isWhole: Bool = true) -> GitSigns {
        var signs = GitSigns()
        signs.take(log: Array(log.utf8), isWhole: isWhole)
        return signs
    }

    @Test(arguments: [
        ("checkout: moving from a to b", true), ("reset: moving to HEAD", true), ("rebase (finish): x", true),
        ("commit: one", false), ("commit (amend): one", false), ("commit (initial): one", false),
    ])
    func `whatever moves HEAD but a commit puts files in place for two seconds around it`(
        message: String, isMove: Bool
    ) {
        let signs = Self.signs(Self.line(1000, message))
        for (moment, isNear) in [(998, true), (1000, true), (1002, true), (1003, false), (997, false)] {
            #expect(signs.isAtWork(at: Int64(moment) * Self.second) == (isMove && isNear), "\(moment)")
        }
    }

    @Test func `while a lock is there, what came after it is git's, and what came before is not`() {
        let signs = GitSigns(locks: [1000 * Self.second])
        #expect(signs.isAtWork(at: 1000 * Self.second))
        #expect(signs.isAtWork(at: 9000 * Self.second))
        #expect(!signs.isAtWork(at: 1000 * Self.second - 1))
    }

    @Test func `a stash is at work around the change of its log`() {
        let signs = GitSigns(stashed: 1000 * Self.second)
        #expect(signs.isAtWork(at: 1001 * Self.second))
        #expect(!signs.isAtWork(at: 1003 * Self.second))
    }

    @Test func `a work tree is new while nothing but its making is in its log`() {
        let clone = Self.line(1000, "clone: from /x")
        #expect(Self.signs(clone).isBirth(1059 * Self.second))
        #expect(!Self.signs(clone).isBirth(1061 * Self.second))
        #expect(Self.signs(Self.line(1000, nil) + Self.line(1001, "reset: moving to HEAD")).isBirth(1002 * Self.second))
        #expect(!Self.signs(clone + Self.line(1010, "commit: one")).isBirth(1010 * Self.second))
        #expect(!Self.signs(clone + Self.line(2000, "checkout: moving")).isBirth(1010 * Self.second))
        #expect(!Self.signs(clone, isWhole: false).isBirth(1000 * Self.second))
    }

    @Test(arguments: ["", "\n", "no log at all", "a b c 99999999999999999999 +0000\tx", "\t", "x -5 +0000\tcheckout"])
    func `what is no log says nothing`(log: String) {
        #expect(Self.signs(log) == GitSigns())
    }
}
