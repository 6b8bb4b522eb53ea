import SystemCalls
import SystemPackage
import Trials

/// Which numbers stores gave to runs that may be spoken of again: those that go on, and those that have a name.
///
/// It is a convenience, and not what filing stands on: what it lacks after a crash the run's next filing tells again.
actor Ledger {
    private let executor = BlockingExecutor("trialwatch.ledger")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let path: FilePath
    private var file: OwnedDescriptor
    /// True when the file lacks something, or ends in the middle of a line.
    private var isBehind = false
    private var numbers: [RunKey: Int] = [:]

    /// What is wrong with the file, as a sentence; nil when nothing is.
    nonisolated let notice: String?

    private static let largest = 256 << 20

    /// Opens the ledger of a state directory, or begins it. Blocks meanwhile.
    init(in state: FilePath) throws(AgentError) {
        let path = state.appending("ledger")
        self.path = path
        do throws(SystemCallError) {
            let bytes =
                try FileStatus.ifPresent(path) == nil
                ? [] : try OwnedDescriptor(opening: path, .readOnly, options: .noFollow).readToEnd(limit: Self.largest)
            let lines = bytes.split(separator: 0x0A)
            var odd = 0
            for line in lines where !Self.take(line, into: &numbers) { odd += 1 }
            if lines.count > 2 * numbers.count + 1000 || odd > 0 {
                try Self.write(numbers, to: path)
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
        Dictionary(keys.compactMap { key in numbers[key].map { (key, $0) } }) { $1 }
    }

    /// Takes in what a store has answered; gives what went wrong with writing it down.
    func take(_ runs: [FiledRun]) -> String? {
        var news = ""
        for run in runs {
            let isKept = run.name != nil || run.standing == .filed(.running)
            let number = isKept ? run.reference.number : nil
            guard numbers[run.key] != number else { continue }
            numbers[run.key] = number
            news += Self.line(run.key, number ?? 0)
        }
        guard !news.isEmpty else { return nil }
        do throws(SystemCallError) {
            if isBehind {
                try Self.write(numbers, to: path)
                file = try Self.open(path)
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

    private static func open(_ path: FilePath) throws(SystemCallError) -> OwnedDescriptor {
        try OwnedDescriptor(
            opening: path, .writeOnly, options: [.create, .append, .noFollow], permissions: [.ownerRead, .ownerWrite])
    }

    private static func write(_ numbers: [RunKey: Int], to path: FilePath) throws(SystemCallError) {
        try DurableFile.write(Array(numbers.map { line($0.key, $0.value) }.joined().utf8), to: path)
    }

    /// `<key> <number>`; 0 takes back what was said before.
    private static func line(_ key: RunKey, _ number: Int) -> String { "\(key) \(number)\n" }

    private static func take(_ line: ArraySlice<UInt8>, into numbers: inout [RunKey: Int]) -> Bool {
        let words = line.split(separator: 0x20)
        guard words.count == 2, let key = RunKey(String(decoding: words[0], as: UTF8.self)),
            let number = Int(String(decoding: words[1], as: UTF8.self))
        else { return false }
        numbers[key] = number > 0 ? number : nil
        return true
    }
}
