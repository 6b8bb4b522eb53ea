import SystemCalls
import SystemPackage
import Trials

/// Which numbers stores gave to runs that may be spoken of again: those that go on, and those that have a name.
///
/// It is a convenience, and not what filing stands on: what it lacks after a crash the run's next filing tells again. So of the
/// runs that have ended it keeps those that were spoken of last, and neither it nor its file grows with what was filed.
actor Ledger {
    private let executor = BlockingExecutor("trialwatch.ledger")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let path: FilePath
    private var file: OwnedDescriptor
    /// True when the file lacks something, or ends in the middle of a line.
    private var isBehind = false
    private var entries: [RunKey: Entry] = [:]
    private var told = 0
    /// Lines of the file.
    private var lines: Int
    private let most: Int

    private struct Entry {
        let number: Int
        let isOpen: Bool
        /// Which in the order of telling it was.
        var place: Int
    }

    /// What is wrong with the file, as a sentence; nil when nothing is.
    nonisolated let notice: String?

    private static let largest = 256 << 20
    /// So many lines more than twice what they say are written before the file is written anew.
    private static let spareLines = 10_000

    /// Opens the ledger of a state directory, or begins it, for about as many runs as are kept at `most`. Blocks meanwhile.
    init(in state: FilePath, keeping most: Int = 20_000) throws(AgentError) {
        let path = state.appending("ledger")
        self.path = path
        self.most = most
        do throws(SystemCallError) {
            let bytes =
                try FileStatus.ifPresent(path) == nil
                ? [] : try OwnedDescriptor(opening: path, .readOnly, options: .noFollow).readToEnd(limit: Self.largest)
            let lines = bytes.split(separator: 0x0A)
            var odd = 0
            for line in lines where !Self.take(line, at: &told, into: &entries) { odd += 1 }
            Self.forgetOldest(of: &entries, keeping: most)
            self.lines = lines.count
            if lines.count > 2 * entries.count + 1000 || odd > 0 {
                try Self.write(entries, to: path)
                self.lines = entries.count
            }
            // The last line may have been cut off by a crash.
            notice = odd > 1 ? "\(path.shown): \(odd) lines cannot be understood and are dropped" : nil
            file = try Self.open(path)
        } catch {
            throw AgentError(
                .spooling, path.shown, "opening the ledger: \(error)",
                remedy: "see that it can be written to", cause: error)
        }
    }

    /// The numbers of runs that go on or have a name, as far as stores have told them.
    func numbers(of keys: [RunKey]) -> [RunKey: Int] {
        Dictionary(keys.compactMap { key in entries[key].map { (key, $0.number) } }) { $1 }
    }

    /// Takes in what a store has answered; gives what went wrong with writing it down.
    func take(_ runs: [FiledRun]) -> String? {
        var news = ""
        for run in runs {
            let isOpen = run.standing == .filed(.running)
            let number = run.name != nil || isOpen ? run.reference.number : nil
            let before = entries[run.key]
            Self.take(run.key, number, isOpen: isOpen, at: &told, into: &entries)
            if before?.number == number, before == nil || before?.isOpen == isOpen { continue }
            news += Self.line(run.key, number ?? 0, isOpen: isOpen)
            lines += 1
        }
        guard !news.isEmpty else { return nil }
        Self.forgetOldest(of: &entries, keeping: most)
        do throws(SystemCallError) {
            if isBehind || lines > 2 * entries.count + Self.spareLines {
                isBehind = true
                try Self.write(entries, to: path)
                file = try Self.open(path)
                lines = entries.count
                isBehind = false
            } else {
                try file.write(Array(news.utf8))
            }
            return nil
        } catch {
            isBehind = true
            return "\(path.shown): numbers of trials cannot be written down: \(error.about(path))"
        }
    }

    private static func forgetOldest(of entries: inout [RunKey: Entry], keeping most: Int) {
        guard entries.count > most + most / 4 else { return }
        let places = entries.values.filter { !$0.isOpen }.map(\.place).sorted(by: >)
        guard places.count > most + most / 4 else { return }
        let oldest = places[most - 1]
        entries = entries.filter { $0.value.isOpen || $0.value.place >= oldest }
    }

    private static func open(_ path: FilePath) throws(SystemCallError) -> OwnedDescriptor {
        try OwnedDescriptor(
            opening: path, .writeOnly, options: [.create, .append, .noFollow], permissions: [.ownerRead, .ownerWrite])
    }

    private static func write(_ entries: [RunKey: Entry], to path: FilePath) throws(SystemCallError) {
        let inOrder = entries.sorted { $0.value.place < $1.value.place }
        let lines = inOrder.map { line($0.key, $0.value.number, isOpen: $0.value.isOpen) }
        try DurableFile.write(Array(lines.joined().utf8), to: path)
    }

    /// `<key> <number>`, and `open` of a run that goes on; 0 takes back what was said before.
    private static func line(_ key: RunKey, _ number: Int, isOpen: Bool) -> String {
        "\(key) \(number)\(isOpen ? " open" : "")\n"
    }

    private static func take(
        _ line: ArraySlice<UInt8>, at place: inout Int, into entries: inout [RunKey: Entry]
    ) -> Bool {
        let words = line.split(separator: 0x20)
        let isOpen = words.count == 3 && words[2].elementsEqual("open".utf8)
        guard words.count == (isOpen ? 3 : 2), let key = RunKey(String(decoding: words[0], as: UTF8.self)),
            let number = Int(String(decoding: words[1], as: UTF8.self))
        else { return false }
        take(key, number > 0 ? number : nil, isOpen: isOpen, at: &place, into: &entries)
        return true
    }

    private static func take(
        _ key: RunKey, _ number: Int?, isOpen: Bool, at place: inout Int, into entries: inout [RunKey: Entry]
    ) {
        place += 1
        entries[key] = number.map { Entry(number: $0, isOpen: isOpen, place: place) }
    }
}
