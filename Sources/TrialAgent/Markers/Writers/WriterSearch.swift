import SystemCalls
import SystemPackage
import Trials

/// Looks which process wrote a marker that names none, as soon as such a marker is read, and keeps what it saw until the run
/// is captured: no claim waits for it.
///
/// One look through all processes serves all markers that were read before it began. After each it rests for some times the
/// processor time that it took, so that many markers cost no more than a few.
actor WriterSearch {
    private let executor = BlockingExecutor("trialwatch.writers")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// A marker whose writer is asked for.
    struct Question: Sendable {
        let marker: MarkerPlace
        let writing: MarkerWriting
    }

    private enum Input: Sendable {
        case look(Set<FilePath>, Int64)
        case ask([Question], AsyncStream<[InferredWriter]>.Continuation)
    }

    private let search: ProcessSearch
    private let variables: @Sendable (FilePath) -> EnvironmentAllowList
    private let longest: Duration
    private let inputs: AsyncStream<Input>
    private nonisolated let input: AsyncStream<Input>.Continuation
    /// Projects that are looked for, by the true path of their folder.
    private var projects: [FilePath: FilePath] = [:]
    private var scans: [WriterScan] = []
    private var rest: Int64 = 0

    /// How often looks were made.
    private(set) var count = 0

    static let mostProjects = 256
    private static let mostScans = 256
    /// A rest is so many times as long as the look before it.
    private static let restAfterLook: Int64 = 8
    /// The longest rest, in nanoseconds: captures wait for it.
    private static let longestRest: Int64 = 1_000_000_000
    /// A look is kept so long, in nanoseconds: runs that were seen before it are captured by then.
    private static let kept: Int64 = 600_000_000_000

    /// Searches by `search`; `variables` says what is recorded of a project's processes. Nobody waits longer than `longest`.
    init(
        _ search: ProcessSearch, longest: Duration = .seconds(15),
        recording variables: @escaping @Sendable (FilePath) -> EnvironmentAllowList
    ) {
        self.search = search
        self.longest = longest
        self.variables = variables
        (inputs, input) = AsyncStream.makeStream(of: Input.self)
    }

    /// Has it look which processes have to do with these projects, for markers that were read at this time.
    nonisolated func look(into projects: Set<FilePath>, for read: Int64) { input.yield(.look(projects, read)) }

    /// Who wrote these markers, one answer for each: a search that meets a file system which does not answer is not waited for.
    nonisolated func writers(of markers: [Question]) async -> [InferredWriter] {
        let (answers, answer) = AsyncStream.makeStream(of: [InferredWriter].self)
        if case .terminated = input.yield(.ask(markers, answer)) { return markers.map { _ in InferredWriter() } }
        return await withTaskGroup(of: Void.self) { [longest] group in
            group.addTask {
                guard (try? await QuietClock().sleep(for: longest)) != nil else { return }
                let late = InferredWriter(because: "its writer was not found in \(longest.shown)")
                answer.yield(markers.map { _ in late })
            }
            defer { group.cancelAll() }
            return await answers.first { _ in true } ?? markers.map { _ in InferredWriter() }
        }
    }

    /// Ends `run` when what was handed over has been done.
    nonisolated func finish() { input.finish() }

    /// Looks and answers until `finish`, or the task is cancelled.
    func run() async { await withTaskExecutorPreference(executor) { await takeInputs() } }

    private func takeInputs() async {
        for await next in inputs {
            switch next {
            case .look(let sought, let read): await look(into: sought, for: read)
            case .ask(let questions, let answer):
                answer.yield(questions.map { writer(of: $0) })
                answer.finish()
            }
        }
    }

    private func look(into sought: Set<FilePath>, for read: Int64) async {
        if let last = scans.last, last.began >= read, sought.allSatisfy({ last.found[$0] != nil }) { return }
        let pause = rest - Clock.monotonic
        if pause > 0 { try? await QuietClock().sleep(for: .nanoseconds(pause)) }
        let isSame = sought.isSubset(of: projects.values)
        projects = Self.projects(projects, adding: sought)
        let scan = WriterScan(
            for: projects, strangers: isSame ? scans.last?.strangers ?? [:] : [:], search: search,
            recording: variables)
        count += 1
        scans = scans.suffix(Self.mostScans - 1).filter { scan.began - $0.began < Self.kept } + [scan]
        rest = Clock.monotonic + min(scan.took * Self.restAfterLook, Self.longestRest)
    }

    /// The projects that are looked for next, by the true path of their folder: when there are too many, only those that are
    /// sought now.
    nonisolated static func projects(
        _ known: [FilePath: FilePath], adding sought: Set<FilePath>
    ) -> [FilePath: FilePath] {
        let new = sought.subtracting(known.values)
        var kept = known.count + new.count > mostProjects ? known.filter { sought.contains($0.value) } : known
        for project in new { kept[(try? FileSystem.resolve(project)) ?? project] = project }
        return kept
    }

    private func writer(of question: Question) -> InferredWriter {
        let project = question.marker.project
        guard let scan = scans.first(where: { $0.began >= question.writing.read && $0.found[project] != nil }) else {
            return InferredWriter()
        }
        let place = projects.first { $0.value == project }?.key ?? project
        let choice = WriterChoice.among(
            scan.found[project] ?? [], marker: place.pushing(question.marker.path),
            writtenBy: question.writing.owner, at: question.writing.changed)
        if case .inferred(_, .hasMarkerOpen) = choice { return InferredWriter(choice) }
        return scan.isCut
            ? InferredWriter(because: "this machine has more processes than are looked at for its writer")
            : InferredWriter(choice)
    }
}
