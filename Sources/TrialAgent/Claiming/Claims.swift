import JSON
import SystemCalls
import SystemPackage
import Trials

/// The durable memory of every version that was taken: what was handled, which runs are open, and what is still on its way
/// to the spool.
///
/// One log holds it all. A claim is durable before its run is captured; what it leads to is wiped from the log once that is
/// durable in the spool. It runs where its `executor` runs, so that the reader of markers asks it without a hop.
actor Claims {
    private let executor: BlockingExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let path: FilePath
    private let synchronizeContent: SpoolFiles.Synchronize
    private var log: RecordLog
    private(set) var index: ClaimIndex
    private var live: [Int: Int] = [:]
    /// About how many bytes of the log are not needed any more.
    private var wiped = 0
    /// Where the last record begins; nil when there is none.
    private var lastOffset: Int?
    /// How much of the log a start does not have to read, and bytes of what it reads instead.
    private var indexed: Int
    private var manifestSize: Int
    private let rowsKept: Int

    /// What was found odd when the log was opened, as sentences for the user.
    let notices: [String]
    /// What was claimed and not settled before the agent last ended, oldest first.
    private(set) var unsettled: [ClaimedRun] = []

    /// The manifest of the index is written when this much was claimed since it was last, and much more than it takes itself.
    private static let unindexedTolerated = 4 << 20

    /// Compaction begins when this much of the log is not needed any more, and more than a third of it:
    /// of what a marker with a path of its own leaves, that is what it led to.
    private let wasteTolerated: Int

    /// Whether a state directory has claims: they are there from the first start on.
    static func exist(in state: FilePath) throws(AgentError) -> Bool {
        do throws(SystemCallError) {
            return try FileStatus.ifPresent(path(in: state)) != nil
        } catch {
            throw failure("looking for the claims", path(in: state), error)
        }
    }

    private static func path(in state: FilePath) -> FilePath { state.appending("claims") }

    /// Opens the claims of a state directory, or begins them.
    init(
        in state: FilePath, on executor: BlockingExecutor, toleratingWaste wasteTolerated: Int = 16 << 20,
        keeping rowsKept: Int = ClaimIndex.rowsKept,
        synchronizeContent: @escaping SpoolFiles.Synchronize = { (file) throws(SystemCallError) in
            try file.synchronizeContent()
        }
    ) throws(AgentError) {
        self.executor = executor
        self.synchronizeContent = synchronizeContent
        self.wasteTolerated = wasteTolerated
        self.rowsKept = rowsKept
        path = Self.path(in: state)
        let isNew = try !Self.exist(in: state)
        let opened = try OpenedClaims(at: path, keeping: rowsKept, synchronizeContent: synchronizeContent)
        if isNew {
            // Without it the claims of a first start may be gone after a power failure, though what came later is there.
            do throws(SystemCallError) { try OwnedDescriptor(directory: state).synchronize() } catch {
                throw Self.failure("beginning the claims", path, error)
            }
        }
        log = opened.log
        index = opened.index
        live = opened.live
        wiped = opened.wiped
        lastOffset = opened.lastOffset
        indexed = opened.indexed
        manifestSize = opened.manifestSize
        unsettled = opened.unsettled
        notices = opened.notices
    }

    /// Makes the next start quick; what cannot be written makes it slow.
    func rest() {
        guard let lastOffset, log.end > indexed else { return }
        // Tried again after as much more was claimed, whatever came of it.
        indexed = log.end
        index.segments.willBeNamed()
        let size = try? ClaimManifest.write(index, of: log, last: lastOffset, live: live, wiped: wiped)
        guard let size else { return }
        manifestSize = size
        index.segments.areNamed()
    }

    private func restNowAndThen() {
        if log.end - indexed > max(Self.unindexedTolerated, 4 * manifestSize) { rest() }
    }

    /// Runs that go on.
    var open: [RunRecord] { Array(index.open.values) }
    /// Runs that are closed, and of which something is still to be read.
    var unfinished: [RunRecord] { Array(index.unfinished.values) }
    /// Versions that became no trials and were nobody's mistake, by project.
    var passedOver: [FilePath: PassedOver] { index.passedOver }
    /// A run that goes on, or of which something is still to be read.
    func run(_ key: RunKey) -> RunRecord? { index.open[key] ?? index.unfinished[key] }
    /// Runs that go on and whose marker is this one, oldest first.
    func open(at place: MarkerPlace) -> [RunRecord] { index.open(at: place) }
    /// Runs that go on and whose marker's newest version has this stamp.
    func open(as stamp: FileStamp) -> [RunRecord] { index.open(as: stamp) }
    /// Markers that were no trials, newest last.
    var rejected: [RejectedMarker] { index.rejected }
    /// How many there were in all.
    var rejectedCount: Int { index.rejectedCount }

    /// True when this very version was claimed.
    func holds(_ identity: VersionIdentity) throws(AgentError) -> Bool {
        try lookUp { index throws(SystemCallError) in try index.holds(identity) }
    }

    /// True when a version was claimed that stat cannot tell from this one.
    func holds(_ stamp: FileStamp) throws(AgentError) -> Bool {
        try lookUp { index throws(SystemCallError) in try index.holds(stamp) }
    }

    /// True when a marker's path held this content last, and it was claimed.
    func holds(digest: String, at place: MarkerPlace) throws(AgentError) -> Bool {
        try lookUp { index throws(SystemCallError) in try index.holds(digest: digest, at: place) }
    }

    /// How a version compares with the one that its path held last; nil when the path held none.
    func comparison(
        of identity: VersionIdentity, at place: MarkerPlace
    ) throws(AgentError) -> ClaimIndex.Comparison? {
        try lookUp { index throws(SystemCallError) in try index.comparison(of: identity, at: place) }
    }

    /// What is remembered about a marker, and about the run that it names; of a run whose claim is damaged, only that.
    func memory(of place: MarkerPlace, named key: RunKey?) throws(AgentError) -> RunRules.Memory {
        var memory = RunRules.Memory()
        memory.open = index.open(at: place)
        if let offset = try lookUp({ index throws(SystemCallError) in try index.closed(at: place) }) {
            memory.closed = try runs(at: offset)?.last { $0.place == place && !$0.isOpen }
            memory.isClosedLost = memory.closed == nil
        }
        if let key {
            memory.named = index.open[key]
            if memory.named == nil,
                let offset = try lookUp({ index throws(SystemCallError) in try index.closed(named: key) })
            {
                memory.named = try runs(at: offset)?.last { $0.key == key }
                memory.isNamedLost = memory.named == nil
            }
        }
        return memory
    }

    /// What cannot be looked up now is not for that unknown.
    private func lookUp<Answer>(
        _ question: (ClaimIndex) throws(SystemCallError) -> Answer
    ) throws(AgentError) -> Answer {
        do throws(SystemCallError) { return try question(index) } catch {
            throw AgentError(
                .spooling, path.shown, "looking up what was claimed: \(error)",
                remedy: "it is tried again; a start of the agent makes the index of the claims anew", isTransient: true,
                cause: error)
        }
    }

    /// Makes claims durable, all with one fdatasync, and gives each its sequence number. They are remembered when this returns.
    func append(_ claims: [Claim]) throws(AgentError) -> [Claim] {
        guard !claims.isEmpty else { return [] }
        var numbered = claims
        for place in numbered.indices {
            let sequence = index.last + 1 + place
            numbered[place].head.sequence = sequence
            for run in numbered[place].runs.indices { numbered[place].runs[run].sequence = sequence }
        }
        let end = log.end
        do {
            let records = try numbered.map { claim in
                (
                    try Self.document(of: claim.head).bytes(),
                    claim.runs.isEmpty ? [] : try Self.document(of: claim.runs).bytes()
                )
            }
            let offsets = try log.append(records)
            try log.synchronize(synchronizeContent)
            for (claim, (record, offset)) in zip(numbered, zip(records, offsets)) {
                // What was remembered before of the run, or of its marker's closed one, is not needed any more.
                let outdates = try? claim.head.runs.contains { try index.outdates($0) }
                if outdates == true { wiped += record.0.count }
                index.take(claim.head, at: offset)
                if !claim.runs.isEmpty { live[claim.head.sequence] = offset }
            }
            lastOffset = offsets.last ?? lastOffset
            index.tidy(after: numbered.count)
            restNowAndThen()
            return numbered
        } catch {
            // What a failed fdatasync left is not to be trusted, though the file shows it: it counts for nothing, and is written
            // anew when the versions, which are still in the project, are claimed again.
            log.forget(from: end)
            throw Self.failure("claiming", path, error)
        }
    }

    /// Forgets what claims led to, because it is durable in the spool.
    func settle(_ sequences: [Int]) throws(AgentError) {
        do {
            for sequence in sequences {
                guard let offset = live.removeValue(forKey: sequence) else { continue }
                wiped += try log.wipe(at: offset)
            }
            if wiped > wasteTolerated, wiped > log.end / 3 { try compact() }
        } catch {
            throw Self.failure("settling claims", path, error)
        }
    }

    /// Hands out what the last agent left undone, once.
    func takeUnsettled() -> [ClaimedRun] {
        defer { unsettled = [] }
        return unsettled
    }

    /// The runs of a claim; nil when it is damaged.
    private func runs(at offset: Int) throws(AgentError) -> [RunRecord]? {
        do throws(SystemCallError) {
            guard let record = try log.record(at: offset) else { return nil }
            return try? JSON(parsing: record.head).decode(Claim.Head.self).runs
        } catch {
            throw Self.failure("reading a claim", path, error)
        }
    }

    /// Writes the log anew without what was wiped, beside it, and puts it in its place.
    private func compact() throws {
        let fresh = path.removingLastComponent().appending("claims.new")
        if try FileStatus.ifPresent(fresh) != nil { try FileSystem.remove(fresh) }
        do {
            var copy = try RecordLog(at: fresh) { _ in }
            try log.forEachRecord { (record) throws(SystemCallError) in
                guard let head = needed(of: record) else { return }
                _ = try copy.append([(head, record.body ?? [])])
            }
            try copy.synchronize(synchronizeContent)
        }
        try ClaimManifest.remove(of: path)
        // Opened before it takes the other's place: from then on nothing may go to the other, which nobody will read.
        let opened = try OpenedClaims(at: fresh, keeping: rowsKept, synchronizeContent: synchronizeContent)
        try FileSystem.rename(fresh, to: path)
        log = opened.log
        log.wasRenamed(to: path)
        index = opened.index
        live = opened.live
        lastOffset = opened.lastOffset
        indexed = 0
        manifestSize = 0
        wiped = 0
        try OwnedDescriptor(directory: path.removingLastComponent()).synchronize()
    }

    /// The head of a record without what later ones say anew; nil when nothing of it is needed.
    private func needed(of record: RecordLog.Record) -> [UInt8]? {
        guard var head = try? JSON(parsing: record.head).decode(Claim.Head.self) else { return record.head }
        // What cannot be looked up is kept.
        let runs = head.runs.filter { (try? index.needs($0, at: record.offset)) != false }
        let isTold = head.identity != nil || head.rejection != nil || head.sequence == index.last
        guard !runs.isEmpty || isTold || record.body?.isEmpty == false else { return nil }
        guard runs.count < head.runs.count else { return record.head }
        head.runs = runs
        return (try? JSON.encode(head).bytes()) ?? record.head
    }

    /// What is remembered of a claim, without the secrets in its texts.
    private static func document(of head: Claim.Head) throws(JSONError) -> JSON {
        var scrubber = Scrubber()
        return scrubber.scrub(try JSON.encode(head), by: .head)
    }

    /// What a claim led to, without the secrets in the texts of its filings.
    private static func document(of runs: [ClaimedRun]) throws(JSONError) -> JSON {
        var documents: [JSON] = []
        for run in runs {
            var document = try JSON.encode(run).object ?? [:]
            document["filing"] = document["filing"]?.scrubbedFiling()
            documents.append(.object(document))
        }
        return .array(documents)
    }

    static func failure(_ act: String, _ path: FilePath, _ error: any Error) -> AgentError {
        if let error = error as? AgentError { return error }
        let isFull = (error as? SystemCallError)?.isFullDisk == true
        return AgentError(
            .spooling, path.shown, "\(act): \(error)",
            remedy: isFull ? "free some space; the markers stay where they are and are claimed then" : nil,
            isTransient: isFull, cause: error)
    }
}
