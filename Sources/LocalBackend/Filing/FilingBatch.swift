internal import Bytes
internal import JSON
internal import Records
internal import Trials

/// Filings of one experiment on their way into its journal: the lines that they make, and what is to be done once these
/// are on the device.
struct FilingBatch {
    /// A trial as the batch leaves it, for later filings of the same run.
    struct Staged {
        var number: Int
        var revision: Revision
        var filed: Timestamp
        var metrics: [MetricSummary]
        /// Points that are in the batch and not yet in the index.
        var additions: [MetricMerge.Addition] = []
        var parts: [PartReference]
        /// Nil when their line is damaged.
        var facts: StagedFacts?
        /// Nil when it was not read: most filings of a run that is known bring none to compare it with.
        var capture: JSON.Object??
        var outcome: Outcome?
        var recorded: Outcome?
        /// What daskperiment's record of it is known by; nil when that was not read.
        var print: RunKey?
        var notices: [Notice]
    }

    /// Facts as a line has them, which are compared much more often than they are looked into.
    struct StagedFacts {
        let digest: Digest<SHA256>
        /// Nil once they can be read back.
        var json: JSON?

        init(_ json: JSON) {
            digest = SHA256.digest(of: json.bytes())
            self.json = json
        }
    }

    /// A filing that changes something.
    struct Change {
        var trial: StoredTrial
        var recorded: Outcome?
        /// Whether parameters or hashes are new to the pickle.
        var isWhole: Bool
        /// What a Python process wrote; nil for a trial of ours.
        var python: PythonRecord?
        /// Whether the files of the layout are there already.
        var hasLayout = false
    }

    /// Whole lines, to be appended at once.
    private(set) var lines: [UInt8] = []
    /// What each line tells, and where it will be.
    private(set) var events: [(event: JournalEvent, extent: Extent)] = []
    var changes: [Change] = []
    var staged: [RunKey: Staged] = [:]
    var names: StoredNames
    var lastNumber: Int
    /// What the batch's steps gave last, in short, by step and input.
    private(set) var outputs: [String: UInt64] = [:]
    private var texts: Set<String> = []
    private let start: Int64

    /// A batch for a journal of that length.
    init(after length: Int64, names: StoredNames, lastNumber: Int) {
        start = length
        self.names = names
        self.lastNumber = lastNumber
    }

    /// Adds a line that `write` appends.
    mutating func add(_ event: JournalEvent, _ write: (inout [UInt8]) -> Void) {
        let before = lines.count
        write(&lines)
        events.append((event, Extent(offset: start + Int64(before), length: lines.count - before)))
        guard case .trial(let trial) = event else { return }
        for hash in trial.stepHashes.map(PythonHash.init) { outputs[hash.key] = hash.outputInShort }
    }

    /// Names a metric or step that has no identifier yet.
    mutating func name(_ kind: StoredNames.Kind, _ name: String) -> StoredNames.Entry? {
        guard names.entry(kind, name) == nil else { return nil }
        let entry = names.assign(kind, name)
        add(.name(entry)) { JournalWriter.name(entry, into: &$0) }
        return entry
    }

    /// Takes over a name that a Python process gave, as which it is stored.
    mutating func take(_ kind: StoredNames.Kind, _ name: String) {
        guard names.entry(kind, name) == nil else { return }
        let entry = StoredNames.Entry(kind: kind, name: name, stored: name)
        names.add(entry)
        add(.name(entry)) { JournalWriter.name(entry, into: &$0) }
    }

    /// Adds a text unless this batch has it.
    mutating func text(_ content: JSON, digest: String) {
        guard texts.insert(digest).inserted else { return }
        add(.text(digest: digest)) { JournalWriter.text(content, digest: digest, into: &$0) }
    }

    /// Adds new points, as many lines as they need.
    mutating func points(_ addition: MetricMerge.Addition, of number: Int) {
        var rest = addition.points
        var event = JournalEvent.PointsEvent(
            number: number, name: addition.name, generation: addition.generation, first: addition.first, count: 0,
            before: addition.before)
        while !rest.isEmpty {
            let piece = rest.prefix(JournalWriter.stretch)
            event.count = piece.count
            add(.points(event)) { JournalWriter.points(event, piece, into: &$0) }
            event.first += piece.count
            event.before?.take(piece)
            rest = rest.dropFirst(piece.count)
        }
    }

    // MARK: Taking back

    /// How far the batch is.
    struct Place {
        fileprivate let lines: Int
        fileprivate let events: Int
        fileprivate let names: StoredNames
        fileprivate let texts: Set<String>
    }

    var place: Place { Place(lines: lines.count, events: events.count, names: names, texts: texts) }

    /// Forgets the lines of a filing that could not be taken whole.
    mutating func goBack(to place: Place) {
        lines.removeLast(lines.count - place.lines)
        events.removeLast(events.count - place.events)
        names = place.names
        texts = place.texts
    }
}
