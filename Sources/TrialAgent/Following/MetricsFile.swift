import SystemCalls
import Trials

/// What is remembered of a file whose columns are series of a run, while it is followed: how far it was read, what that
/// was known by, and how its series stand.
///
/// The same state and the same file give the same pieces, so a crash between reading and remembering costs nothing as
/// long as both are kept together: pieces that were filed without the state that goes with them may later be contradicted.
struct MetricsFile: Hashable, Sendable, Codable {
    /// Which columns are series.
    enum Selection: Hashable, Sendable, Codable {
        /// Every one with numbers, under its own name, but the index.
        case all
        /// One: `value`, by default the one of the series' name, at `epoch`, by default the index.
        case column(series: String, epoch: String?, value: String?)
    }

    /// How a series stands.
    struct Series: Hashable, Sendable, Codable {
        let name: String
        /// How often its points were replaced.
        var generation: Int
        var count = 0
        /// The epochs of its first and its last point; what is between rises.
        var first: Int?
        var last: Int?
        /// Whether a text in its column was told.
        var isTextTold = false
    }

    /// What is too much.
    struct Limits: Sendable {
        /// Bytes of a file that are read.
        var file = 1 << 30
        /// Bytes of a line that is taken.
        var line = 1 << 20
        /// Series of one file.
        var columns = 1000
        /// Bytes that are read again, in all, where the index goes back.
        var rereading = 4 << 30
        /// Times that the index goes back which are told singly.
        var jumps = 8
    }

    /// What one reading brought.
    struct Advance: Sendable {
        /// At most one a series.
        var pieces: [MetricPiece] = []
        /// What was left out or replaced, and why; each sentence can stand after the file's name and a colon.
        var problems: [String] = []
        /// Whether there is more to read at once.
        var hasMore = false
    }

    /// What is told once a file, however often it happens.
    enum Topic: String, Hashable, Sendable, Codable {
        case longLine, openQuote, malformed, index, surplus, unnamed, twice, columns, depth, size, jumps
    }

    let selection: Selection
    /// All series that the file ever had, in order of first appearance.
    var series: [Series]
    /// Lines that were left out so far.
    var leftOut = 0
    /// How many of them were told in sum.
    var leftOutTold = 0
    /// The file that was read, by volume and handle.
    var identity: String?
    /// Nil until its first line was read.
    var header: MetricsHeader?
    /// Whether nothing in this content can be read: its problem was told.
    var isGivenUp = false
    /// All that was read, the first and the last bytes of it.
    var consumed = ContentFingerprint()
    var beginning = ContentFingerprint()
    var ending = ContentFingerprint()
    /// Lines and rows that were read.
    var lines = 0
    var rows = 0
    /// The epoch of the newest row, and the highest before it went back.
    var lastEpoch: Int?
    var jumpedFrom: Int?
    var isJumpTold = true
    var jumps = 0
    /// Whether the rest of a line that was too long is being passed over.
    var isSkipping = false
    /// Whether some newlines end no record.
    var isIrregular = false
    /// Bytes that were read again where the index went back.
    var reread = 0
    var told: Set<Topic> = []

    /// A file of which nothing was read.
    ///
    /// Of series that were filed before, `generations` says how often their points were replaced: this file replaces them.
    init(_ selection: Selection, replacing generations: [String: Int] = [:]) {
        self.selection = selection
        series = generations.sorted { $0.key < $1.key }.map { Series(name: $0.key, generation: $0.value + 1) }
    }

    /// Bytes that were read.
    var offset: Int { consumed.count }

    /// Takes what is new in the file, whole lines only; `isFinal`, a last line that lacks its newline, too.
    ///
    /// At most `bytes` are read at once, or a line that is longer. After an error nothing has changed.
    mutating func advance(
        _ file: borrowing OwnedDescriptor, atMost bytes: Int = 1 << 20, isFinal: Bool, recorded: Timestamp,
        limits: Limits = Limits()
    ) throws(SystemCallError) -> Advance {
        var next = self
        var news = MetricsNews(series, recorded: recorded, limits: limits)
        let status = try file.status()
        let hasMore: Bool
        switch try next.change(of: file, status, isFinal: isFinal) {
        case .none:
            hasMore = try next.read(file, Int(status.size), atMost: max(1, bytes), isFinal, &news)
        case .emptied:
            return Advance()
        case .replaced(let reason):
            next.beginAnew(reason, &news)
            hasMore = try next.read(file, Int(status.size), atMost: max(1, bytes), isFinal, &news)
        }
        if isFinal, !hasMore, next.leftOut > max(1, next.leftOutTold) {
            next.leftOutTold = next.leftOut
            news.problems.append("\(next.leftOut) lines were left out in all")
        }
        self = next
        return Advance(pieces: news.pieces.compactMap { $0 }, problems: news.problems, hasMore: hasMore)
    }

    /// Reads on; says whether there is more.
    private mutating func read(
        _ file: borrowing OwnedDescriptor, _ size: Int, atMost bytes: Int, _ isFinal: Bool, _ news: inout MetricsNews
    ) throws(SystemCallError) -> Bool {
        if isGivenUp { return false }
        let room = news.limits.file - offset
        var buffer = room > 0 ? try file.read(min(bytes, room), at: Int64(offset)) : []
        var place = 0
        while true {
            let isAtEnd = offset + buffer.count >= size
            place = try take(buffer, file, isFinal && isAtEnd && buffer.count < room, &news)
            if place > 0 || isAtEnd || isGivenUp || buffer.count >= room { break }
            // A line that is longer than what was to be read at once.
            let more = min(max(buffer.count, 4096), room - buffer.count)
            let count = buffer.count
            buffer += try file.read(more, at: Int64(offset + count))
            if buffer.count == count { break }
        }
        let end = offset + buffer.count
        try keep(buffer[..<place], file)
        if isGivenUp { return false }
        if place == 0, buffer.count >= room {
            if size > offset {
                tell(
                    .size, "it has more than \(news.limits.file) bytes: what is after line \(lines) was left out", &news
                )
            }
            return false
        }
        if isFinal, offset >= size, try isChangedWithin(file) {
            beginAnew("its middle was written anew", &news)
            return size > 0
        }
        return end < size
    }

    /// Takes the records that a stretch of the file holds, from where it was read to; says how many bytes that were.
    private mutating func take(
        _ buffer: [UInt8], _ file: borrowing OwnedDescriptor, _ isLast: Bool, _ news: inout MetricsNews
    ) throws(SystemCallError) -> Int {
        var place = 0
        while place < buffer.count, !isGivenUp {
            if isSkipping {
                place = skipLine(buffer, from: place)
                continue
            }
            let end: Int
            switch records(of: buffer, from: place).end(of: buffer, from: place) {
            case .at(let newline) where newline - place <= news.limits.line: end = newline
            case .at:
                place = leaveOutLine(.longLine, buffer, from: place, &news)
                continue
            case .open where buffer.count - place > news.limits.line:
                place = leaveOutLine(.longLine, buffer, from: place, &news)
                continue
            case .open(let isInQuotes):
                guard isLast else { return place }
                if isInQuotes {
                    place = leaveOutLine(.openQuote, buffer, from: place, &news)
                    continue
                }
                end = buffer.count
            }
            try take(buffer[place..<end], file, &news)
            place = min(end + 1, buffer.count)
        }
        return place
    }

    /// How the record that begins here ends: in its first line a file tells its form.
    private func records(of buffer: [UInt8], from place: Int) -> MetricsRecords {
        if let header { return header.records }
        let first = MetricsRecords.trimmed(
            Self.withoutMark(buffer[place...].prefix { $0 != .newline }, at: place + offset))
        switch first.first {
        case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "#"): return .plain
        default: return MetricsRecords(separators: MetricsHeader.separators)
        }
    }

    /// Takes one record.
    private mutating func take(
        _ bytes: ArraySlice<UInt8>, _ file: borrowing OwnedDescriptor, _ news: inout MetricsNews
    ) throws(SystemCallError) {
        let start = offset + bytes.startIndex
        let record = Self.withoutMark(bytes, at: start)
        let line = lines + 1
        let newlines = record.count { $0 == .newline }
        lines += 1 + newlines
        if newlines > 0 { isIrregular = true }
        if header == nil {
            begin(record, line: line, start: start + bytes.count - record.count, next: start + bytes.count + 1, &news)
            guard header?.format == .jsonLines else { return }
        }
        guard let reading = header?.read(record, selection) else { return }
        switch reading {
        case .nothing: return
        case .malformed(let reason):
            rows += 1
            leftOut += 1
            tell(.malformed, "line \(line) is no JSON object and was left out: \(reason)", &news)
        case .row(let row):
            try take(row, line: line, start: start, file, &news)
            rows += 1
        }
    }

    // MARK: Left out

    private mutating func leaveOutLine(
        _ topic: Topic, _ buffer: [UInt8], from place: Int, _ news: inout MetricsNews
    ) -> Int {
        let reason =
            topic == .longLine ? "has more than \(news.limits.line) bytes" : "opens a quote that is never closed"
        tell(topic, "line \(lines + 1) \(reason) and was left out", &news)
        leftOut += 1
        isIrregular = true
        isSkipping = true
        return skipLine(buffer, from: place)
    }

    /// Passes over the rest of a line.
    private mutating func skipLine(_ buffer: [UInt8], from place: Int) -> Int {
        guard let newline = buffer[place...].firstIndex(of: .newline) else { return buffer.count }
        isSkipping = false
        lines += 1
        return newline + 1
    }

    /// Tells something once.
    mutating func tell(_ topic: Topic, _ problem: String, _ news: inout MetricsNews) {
        if told.insert(topic).inserted { news.problems.append(problem) }
    }

    /// A file's text in a sentence: short, and on one line.
    static func shown(_ text: String) -> String {
        let plain = text.unicodeScalars.prefix(40).map { $0.value < 0x20 || $0.value == 0x7F ? " " : Character($0) }
        return String(plain) + (text.unicodeScalars.count > 40 ? "…" : "")
    }

    /// Without the mark that some editors put before UTF-8.
    private static func withoutMark(_ bytes: ArraySlice<UInt8>, at offset: Int) -> ArraySlice<UInt8> {
        offset == 0 && bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes
    }
}
