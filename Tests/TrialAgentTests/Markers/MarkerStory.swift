import SystemPackage
import Trials

@testable import TrialAgent

/// Versions of markers one after the other, judged by the rules as the desk does it, without files.
struct MarkerStory {
    static let experiment = Experiment.ID.suggestion(for: "exp")

    private(set) var runs: [RunRecord] = []
    private(set) var filings: [Filing] = []
    private(set) var rejections: [RejectedMarker] = []
    /// The processes that run.
    var alive: Set<Int> = []
    /// How often SLURM has started the job anew.
    var restarts: Int?
    /// Whether what is remembered of closed runs is damaged.
    var isMemoryDamaged = false
    private var clock = 0

    /// Lets a version come to stand at a path, and judges it.
    mutating func version(_ text: String, at path: String = "train.run") {
        clock += 1
        let place = MarkerPlace(project: "/p", path: FilePath(path))
        let stamp = FileStamp(volume: "v", file: "f\(clock)", modified: clock * 1_000_000_000, size: text.utf8.count)
        let content = MarkerContent(
            place: place, identity: VersionIdentity(stamp: stamp, digest: String(clock)), bytes: Array(text.utf8),
            owner: 0,
            changed: clock * 1_000_000_000)
        let project = WatchedProject(
            root: "/p", experiment: Self.experiment, backend: "here", owners: [0], backfill: false)
        var draft = ClaimDraft(
            content, decoder: MarkerDecoder { _ in 0 }, project: project, user: "ada", host: "box")
        if let pid = draft.process {
            let isAlive = alive.contains(pid)
            draft.take(NamedProcess(process: isAlive ? Self.process(pid) : nil, isGone: !isAlive, restarts: restarts))
        }
        let claim = draft.claim(with: memory(of: place, named: draft.named), seen: 0)
        if let rejection = claim.head.rejection { rejections.append(rejection) }
        for run in claim.head.runs {
            runs.removeAll { $0.key == run.key }
            runs.append(run)
        }
        filings += claim.runs.map(\.filing)
    }

    private func memory(of place: MarkerPlace, named key: RunKey?) -> RunRules.Memory {
        var memory = RunRules.Memory()
        memory.open = runs.filter { $0.place == place && $0.isOpen }.sorted {
            $0.facts.observed ?? .init(nanoseconds: 0) < $1.facts.observed ?? .init(nanoseconds: 0)
        }
        memory.closed = runs.last { $0.place == place && !$0.isOpen }
        memory.named = runs.first { $0.key == key }
        if isMemoryDamaged {
            memory.isClosedLost = memory.closed != nil
            memory.isNamedLost = memory.named?.isOpen == false
            memory.closed = nil
            if memory.isNamedLost { memory.named = nil }
        }
        memory.isNamedAlive = memory.named?.facts.pid.map(alive.contains) ?? false
        return memory
    }

    /// A process that began before everything else here.
    static func process(_ pid: Int) -> RunProcess {
        RunProcess(number: Int32(pid), startTicks: 1, boot: "boot", started: Timestamp(nanoseconds: 0), memoryKills: [])
    }

    /// Each run's state, in the order in which the runs began.
    var states: [String] {
        runs.sorted { ($0.facts.observed?.nanoseconds ?? 0) < ($1.facts.observed?.nanoseconds ?? 0) }
            .map { $0.outcome?.state.rawValue ?? "running" }
    }

    /// The points of a run's series as a store would hold them.
    func series(_ name: String, of key: RunKey) -> [MetricPoint] {
        var (generation, points): (Int, [MetricPoint]) = (0, [])
        for piece in filings.lazy.filter({ $0.key == key }).flatMap(\.metrics) where piece.name == name {
            if piece.generation > generation { (generation, points) = (piece.generation, []) }
            points = points.prefix(piece.offset) + piece.points
        }
        return points
    }
}
