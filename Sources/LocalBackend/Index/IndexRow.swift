internal import Bytes
internal import Trials

/// What the index holds of one trial: where in the journal its newest facts, capture and document are.
struct IndexRow: Equatable {
    static let width = 128

    var number: Int
    var key: RunKey
    var revision = Revision(0)
    var state = State.running
    /// The newest line of the trial.
    var document = Extent.none
    /// The newest line that holds its facts.
    var facts = Extent.none
    /// The newest line that holds its capture.
    var capture = Extent.none
    /// Its newest entry in the index of points, from 1; 0 for none.
    var lastPoints = 0
    /// When it was first filed, in nanoseconds since 1970.
    var filed: Int64
    /// Whether daskperiment's history has a row for it.
    var hasHistory = false
    /// Whether a Python process wrote it.
    var isPythons = false
    /// How many files daskperiment's layout has of its capture, and of what its steps kept.
    var captureFiles = 0
    var persistFiles = 0

    enum State: UInt8 {
        case running = 1
        case succeeded, failed, aborted, lost, deleted

        init(_ state: TrialState) {
            self =
                switch state {
                case .running: .running
                case .succeeded: .succeeded
                case .failed: .failed
                case .aborted: .aborted
                case .lost: .lost
                }
        }

        /// Nil for a deleted trial.
        var trial: TrialState? {
            switch self {
            case .running: .running
            case .succeeded: .succeeded
            case .failed: .failed
            case .aborted: .aborted
            case .lost: .lost
            case .deleted: nil
            }
        }
    }

    init(number: Int, key: RunKey, filed: Int64) {
        self.number = number
        self.key = key
        self.filed = filed
    }

    /// Nil for bytes that are no row, or a damaged one.
    init?(_ bytes: [UInt8]) {
        guard isChecked(bytes, width: Self.width) else { return nil }
        var reader = FixedWidthReader(bytes)
        let number = Int(reader.next(Int64.self))
        guard number > 0, let key = RunKey(Digest<SHA256>(bytes: reader.next(32))?.hex ?? "") else { return nil }
        self.init(number: number, key: key, filed: 0)
        revision = Revision(Int(reader.next(Int64.self)))
        document = Extent(offset: reader.next(), length: Int(reader.next(Int64.self)))
        facts = Extent(offset: reader.next(), length: Int(reader.next(Int64.self)))
        capture = Extent(offset: reader.next(), length: Int(reader.next(Int64.self)))
        lastPoints = Int(reader.next(Int64.self))
        filed = reader.next()
        guard let state = State(rawValue: reader.next()) else { return nil }
        self.state = state
        let flags = reader.next(UInt8.self)
        hasHistory = flags & 1 != 0
        isPythons = flags & 2 != 0
        captureFiles = Int(reader.next(UInt16.self))
        persistFiles = Int(reader.next(UInt32.self))
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.width)
        bytes.append(fixed: Int64(number))
        bytes.append(contentsOf: Digest<SHA256>(hex: key.text)?.bytes ?? [UInt8](repeating: 0, count: 32))
        bytes.append(fixed: Int64(revision.number))
        for extent in [document, facts, capture] {
            bytes.append(fixed: extent.offset)
            bytes.append(fixed: Int64(extent.length))
        }
        bytes.append(fixed: Int64(lastPoints))
        bytes.append(fixed: filed)
        bytes.append(state.rawValue)
        bytes.append((hasHistory ? 1 : 0) | (isPythons ? 2 : 0))
        bytes.append(fixed: UInt16(clamping: captureFiles))
        bytes.append(fixed: UInt32(clamping: persistFiles))
        bytes.seal(width: Self.width)
        return bytes
    }
}
