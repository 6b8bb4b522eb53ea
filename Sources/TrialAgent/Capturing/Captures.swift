import Synchronization
import SystemCalls
import SystemPackage
import Trials

/// Makes captures: has every capturer look where it is to run, and puts together what they found.
final class Captures: Sendable {
    private let capturers: [any Capturer]
    private let bench: CaptureBench
    private let worker: ResidentWorker
    private let kept = Mutex<[String: KeptAnswer]>([:])
    private let retry: Duration
    private let activity: CaptureActivity
    private let room: SnapshotRoom?

    /// What a capturer found out about the machine, which is not asked again.
    private struct KeptAnswer {
        let part: CapturedPart
        /// When it is asked again after all, because it failed.
        let until: ContinuousClock.Instant?
    }

    /// Captures by these, in this order; one that failed for the machine is tried again after `retry`.
    init(
        _ capturers: [any Capturer], worker: WorkerProgram, activity: CaptureActivity = CaptureActivity(),
        room: SnapshotRoom? = nil, retryingMachineAfter retry: Duration = .seconds(600)
    ) {
        self.capturers = capturers
        self.activity = activity
        self.room = room
        self.worker = ResidentWorker(worker)
        self.retry = retry
        bench = CaptureBench()
    }

    /// The number of the worker's process; nil while there is none.
    var workerProcess: Int32? { get async { await worker.process } }

    /// Ends the worker whenever it was idle for long; until the task is cancelled.
    func run() async { await worker.run() }

    /// Captures. A capturer that fails is a problem of the capture.
    ///
    /// What is the machine's own is looked at once; its timing is told in the capture that looked.
    func capture(_ subject: CaptureSubject) async -> MadeCapture {
        var made = MadeCapture(TrialCapture(began: .now, agent: subject.agentVersion))
        // What works at the stores of snapshots steps aside first.
        activity.began()
        defer { activity.ended() }
        var subject = subject
        subject.snapshot?.refusal = room?.refusal
        let known = keptParts()
        let due = capturers.filter { known[type(of: $0).name] == nil }
        let (ours, theirs) = (due.filter { type(of: $0).place == .agent }, due.filter { type(of: $0).place == .worker })
        let asked = subject
        async let near = bench.answers(of: ours, about: asked)
        async let far = theirs.isEmpty ? [] : worker.answers(of: theirs.map { type(of: $0).name }, about: asked)
        let answers = Dictionary(await (near + far).map { ($0.capturer, $0) }) { first, _ in first }
        keep(answers)
        room?.add(answers[GitCapturer.name]?.part.snapshot?.written ?? 0)
        for capturer in capturers {
            let name = type(of: capturer).name
            guard let part = known[name] ?? answers[name]?.part else { continue }
            made.take(part, packs: subject.snapshot?.packs.map { FilePath($0) })
            if let timing = answers[name]?.timing { made.record.timings.append(timing) }
        }
        return made
    }

    /// Looks once more at the code and the lockfiles of a run.
    func look(_ subject: CaptureSubject) async -> SourcesLook {
        let names = [CodeCapturer.name, LockfilesCapturer.name].filter { name in
            capturers.contains { type(of: $0).name == name }
        }
        var look = SourcesLook()
        for answer in await worker.answers(of: names, about: subject) {
            if answer.hasFailed {
                look.problems += answer.part.problems.map { "what changed while it ran is not known: \($0)" }
            } else if answer.capturer == CodeCapturer.name {
                look.code = answer.part.sources
            } else {
                look.lockfiles = answer.part.lockfiles.compactMap { file in
                    file.facts.sha256.map {
                        SourceFile(path: file.facts.path, size: file.facts.size ?? 0, sha256: $0)
                    }
                }
            }
        }
        return look
    }

    private func keptParts() -> [String: CapturedPart] {
        let now = ContinuousClock.now
        return kept.withLock { kept in
            kept.filter { $0.value.until.map { now < $0 } ?? true }.mapValues(\.part)
        }
    }

    private func keep(_ answers: [String: CapturerAnswer]) {
        // What a cancelled task did not get says nothing about the machine.
        guard !Task.isCancelled else { return }
        let again = ContinuousClock.now + retry
        let machines = capturers.filter { type(of: $0).scope == .machine }.compactMap { answers[type(of: $0).name] }
        kept.withLock { kept in
            for answer in machines {
                kept[answer.capturer] = KeptAnswer(part: answer.part, until: answer.hasFailed ? again : nil)
            }
        }
    }
}

/// Where capturers run that run in the agent: they read files of the kernel, which may take a moment.
private actor CaptureBench {
    private let executor = BlockingExecutor("trialwatch.capture")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func answers(of capturers: [any Capturer], about subject: CaptureSubject) -> [CapturerAnswer] {
        capturers.map { $0.answer(subject, .unheard) }
    }
}
