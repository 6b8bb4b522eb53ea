internal import Bytes
internal import Pickle
internal import Records
internal import Trials

/// What tells a trial by what daskperiment's pickle has of it: equal exactly when parameters and history record are,
/// whoever pickled them.
///
/// A Python process keeps in its memory what it once read, and writes it again with its next trial. So each state of a
/// trial that ever was in the pickle is remembered by its print: what is known is old news, and all else is Python's own.
struct TrialPrint: Hashable {
    /// The beginning of a SHA-256.
    struct Half: Hashable {
        private let high: UInt64
        private let low: UInt64

        init(_ value: PickleValue) {
            var reader = FixedWidthReader(SHA256.digest(of: value.canonicalBytes).bytes)
            high = reader.next()
            low = reader.next()
        }

        var bytes: [UInt8] {
            var bytes: [UInt8] = []
            bytes.append(fixed: high)
            bytes.append(fixed: low)
            return bytes
        }
    }

    var parameters: Half?
    /// Nil while the trial runs, and when it has no row in the history.
    var result: Half?

    /// Of a trial of ours.
    init(parameters: Fields, recorded: Outcome?, seed: Int?) {
        self.parameters = Half(ParameterRecord(parameters).pickle)
        result = recorded.flatMap { HistoryRecord($0, seed: seed) }.map { Half($0.pickle) }
    }

    init() {}

    /// The print under a number: what the index remembers, and what names the run of a Python process.
    func key(_ number: Int) -> RunKey {
        let text = Array("daskperiment \(number) ".utf8)
        let bytes = text + (parameters?.bytes ?? []) + [result == nil ? 0 : 1] + (result?.bytes ?? [])
        return RunKey(sha256: SHA256.digest(of: bytes).bytes)
    }
}
