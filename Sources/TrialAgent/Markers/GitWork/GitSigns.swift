import SystemPackage

/// What git leaves in a repository while it works, and for a while after. No I/O.
///
/// Times are nanoseconds since 1970.
struct GitSigns: Equatable, Sendable {
    /// When each lock that is there now was made: `index.lock`, and the indexes of a stash under way.
    var locks: [Int64] = []
    /// When HEAD last moved by something else than a commit, which writes no file of the work tree.
    var moves: [Int64] = []
    /// When the list of stashes last changed.
    var stashed: Int64?
    /// When the work tree was made by `clone` or `worktree add`; nil once anything else has happened in it.
    var born: Int64?

    /// A log tells seconds, and is written after the files that it tells of.
    private static let tolerance: Int64 = 2_000_000_000
    /// A large work tree takes its time to be made.
    private static let birth: Int64 = 60_000_000_000

    /// True when git was at work at a moment.
    func isAtWork(at moment: Int64) -> Bool {
        locks.contains { moment >= $0 } || moves.contains { isNear($0, moment) }
            || stashed.map { isNear($0, moment) } ?? false
    }

    /// True when a moment belongs to the making of the work tree.
    func isBirth(_ moment: Int64) -> Bool {
        born.map { abs(moment - $0) <= Self.birth } ?? false
    }

    private func isNear(_ sign: Int64, _ moment: Int64) -> Bool { abs(moment - sign) <= Self.tolerance }
}

extension GitSigns {
    /// Takes in the end of `logs/HEAD`; `isWhole` when that is all of it. The form is that of git's reflogs:
    /// `<old> <new> <name> <<email>> <seconds> <zone>\t<message>`.
    mutating func take(log: [UInt8], isWhole: Bool) {
        var lines = log.split(separator: 0x0A)[...]
        if !isWhole { lines = lines.dropFirst() }
        let entries = lines.compactMap(Self.entry)
        moves = entries.lazy.filter { !$0.isCommit }.map(\.time)
        guard isWhole, let first = entries.first, let last = entries.last, !entries.contains(where: \.isCommit),
            last.time - first.time <= Self.birth
        else { return }
        born = first.time
    }

    private static func entry(_ line: ArraySlice<UInt8>) -> (time: Int64, isCommit: Bool)? {
        let parts = line.split(separator: 0x09, maxSplits: 1)
        let words = parts.first?.split(separator: 0x20).suffix(2) ?? []
        guard words.count == 2, let seconds = words.first.flatMap({ Int64(String(decoding: $0, as: UTF8.self)) }),
            (0...(.max / 1_000_000_000 - 1)).contains(seconds)
        else { return nil }
        let message = parts.count > 1 ? parts[1] : []
        return (seconds * 1_000_000_000, message.starts(with: "commit".utf8))
    }
}
