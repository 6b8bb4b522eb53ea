/// The text of a patch for one file, as git writes it.
enum PatchText {
    private static let newline = UInt8(ascii: "\n")

    /// The patch without the hunks that `isSecret` means, given their lines without the marks before them; nil when nothing is
    /// left of it. What the hunks behind them say of places in the new file is put right, and no hunk has a line of the file in
    /// its heading, as nobody looked at that one.
    static func filtered(_ patch: [UInt8], isSecret: ([UInt8]) -> Bool) -> (patch: [UInt8]?, dropped: Int) {
        let (header, hunks) = split(patch)
        if hunks.isEmpty { return (patch, 0) }
        var (kept, shift) = ([ArraySlice<UInt8>](), 0)
        var bytes = Array(header)
        for hunk in hunks {
            guard let numbers = Numbers(hunk) else { continue }
            if isSecret(content(hunk)) {
                shift += numbers.newCount - numbers.oldCount
                continue
            }
            kept.append(hunk)
            bytes += numbers.plain(hunk, movedBy: -shift)
        }
        if kept.count == hunks.count { return (bytes, 0) }
        // Of a file that was changed, its new mode may be left; of one that is new or gone, nothing.
        let changesMode = header.split(separator: newline).contains { $0.starts(with: "old mode ".utf8) }
        if kept.isEmpty, changesMode {
            let lines = header.split(separator: newline).filter {
                !$0.starts(with: "index ".utf8) && !$0.starts(with: "--- ".utf8) && !$0.starts(with: "+++ ".utf8)
            }
            return (lines.flatMap { Array($0) + [newline] }, hunks.count)
        }
        return (kept.isEmpty ? nil : bytes, hunks.count - kept.count)
    }

    /// Whether it is one for a file that is no text.
    static func isBinary(_ patch: [UInt8]) -> Bool {
        var rest = patch[...]
        while let end = rest.firstIndex(of: newline) {
            let line = rest[..<end]
            if line.elementsEqual("GIT binary patch".utf8) { return true }
            if line.starts(with: "@@ ".utf8) { return false }
            rest = rest[(end + 1)...]
        }
        return false
    }

    /// What comes before the first hunk, and the hunks.
    private static func split(_ patch: [UInt8]) -> (header: ArraySlice<UInt8>, hunks: [ArraySlice<UInt8>]) {
        var starts: [Int] = []
        var place = patch.startIndex
        var (old, new) = (0, 0)
        while place < patch.endIndex {
            let end = patch[place...].firstIndex(of: newline).map { $0 + 1 } ?? patch.endIndex
            let line = patch[place..<end]
            if old > 0 || new > 0 {
                // Lines of a hunk are counted: what they say may look like anything.
                switch line.first {
                case UInt8(ascii: "-"): old -= 1
                case UInt8(ascii: "+"): new -= 1
                case UInt8(ascii: "\\"): break
                default: (old, new) = (old - 1, new - 1)
                }
            } else if line.starts(with: "@@ ".utf8), let numbers = Numbers(line) {
                starts.append(place)
                (old, new) = (numbers.oldCount, numbers.newCount)
            }
            place = end
        }
        guard let first = starts.first else { return (patch[...], []) }
        let ends = starts.dropFirst() + [patch.endIndex]
        return (patch[..<first], zip(starts, ends).map { patch[$0..<$1] })
    }

    /// The lines of a hunk without the marks before them.
    private static func content(_ hunk: ArraySlice<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        for line in hunk.split(separator: newline, omittingEmptySubsequences: false).dropFirst() {
            bytes += line.dropFirst()
            bytes.append(newline)
        }
        return bytes
    }

    /// `@@ -3,7 +3,9 @@`.
    private struct Numbers {
        var (oldStart, oldCount, newStart, newCount) = (0, 0, 0, 0)
        var end: Int

        init?(_ hunk: ArraySlice<UInt8>) {
            var rest = hunk.dropFirst(3)
            func number(_ rest: inout ArraySlice<UInt8>) -> Int? {
                let digits = rest.prefix { (0x30...0x39).contains($0) }
                rest = rest.dropFirst(digits.count)
                return Int(String(decoding: digits, as: UTF8.self))
            }
            func range(_ sign: UInt8, _ rest: inout ArraySlice<UInt8>) -> (Int, Int)? {
                guard rest.popFirst() == sign, let start = number(&rest) else { return nil }
                guard rest.first == UInt8(ascii: ",") else { return (start, 1) }
                rest.removeFirst()
                return number(&rest).map { (start, $0) }
            }
            guard let old = range(UInt8(ascii: "-"), &rest), rest.popFirst() == UInt8(ascii: " "),
                let new = range(UInt8(ascii: "+"), &rest), rest.starts(with: " @@".utf8)
            else { return nil }
            ((oldStart, oldCount), (newStart, newCount)) = (old, new)
            end = rest.startIndex
        }

        /// The hunk with nothing but the numbers in its heading, moved in the new file.
        func plain(_ hunk: ArraySlice<UInt8>, movedBy shift: Int) -> [UInt8] {
            let numbers =
                shift == 0
                ? Array(hunk[..<end]) : Array("@@ -\(oldStart),\(oldCount) +\(newStart + shift),\(newCount)".utf8)
            return numbers + Array(" @@".utf8) + hunk[end...].drop { $0 != newline }
        }
    }
}
