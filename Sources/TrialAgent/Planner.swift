import Logging
import SystemCalls
import SystemPackage
import YAML

/// Has every stage follow the configuration and the folders that are there, while the agent runs: one change after the other.
///
/// Whatever was seen or claimed before a change is handled as before it.
actor Planner {
    /// What follows a plan.
    struct Stages: Sendable {
        let watcher: Watcher
        let reader: PromptReader
        let stage: MarkerStage
        let filing: FilingStage
    }

    private let executor = BlockingExecutor("trialwatch.planning")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let parts: Agent.Parts
    private let own: [FilePath]
    private let current: CurrentPlan
    private let stages: Stages
    private let notifier: Notifier
    private let wishes: PlanWishes
    private let answering: AnsweringFolders
    /// What the service manager shows.
    private let status: @Sendable () -> String
    /// Projects whose baseline could not be read or written: they are tried again with the next look.
    private var refused: Set<FilePath> = []
    /// Those of them that had appeared.
    private var refusedNew: Set<FilePath> = []

    init(
        _ parts: Agent.Parts, current: CurrentPlan, stages: Stages, keepingOutOf own: [FilePath], notifier: Notifier,
        wishes: PlanWishes, answering: AnsweringFolders, status: @escaping @Sendable () -> String
    ) {
        self.parts = parts
        self.current = current
        self.stages = stages
        self.own = own
        self.notifier = notifier
        self.wishes = wishes
        self.answering = answering
        self.status = status
    }

    /// Takes wishes until it is cancelled.
    func run() async {
        for await wish in wishes.stream {
            switch wish {
            case .look:
                wishes.looked()
                parts.tellOverdue()
                await look()
            case .reload(let answer):
                notifier.reloading()
                let watcher = stages.watcher
                let said = await TimeRequests(telling: notifier).asking(
                    while: { !watcher.isStuck(after: $0) }, status: { "taking a configuration over" }
                ) { await reload() }
                notifier.ready(status())
                answer?.yield(said)
                answer?.finish()
            }
        }
    }

    /// What the service manager shows of a plan.
    static func status(of plan: Plan) -> String {
        plan.projects.count == 1 ? "watching 1 project" : "watching \(plan.projects.count) projects"
    }

    /// Takes in folders that have appeared, and lets go of those that are gone.
    private func look() async {
        let before = current.plan
        do throws(AgentError) {
            let plan = try Plan(before.configuration, after: before, answering: answering, opening: parts.open)
            guard plan.projects != before.projects || plan.parents != before.parents || !refused.isEmpty else { return }
            let known = Set(before.projects.map(\.root))
            let new = Set(plan.projects.map(\.root)).subtracting(known)
            let gone = known.subtracting(plan.projects.map(\.root))
            for root in new.sorted(by: { $0.string < $1.string }) {
                parts.logger.notice("\(root.shown) has appeared and is watched")
            }
            for root in gone.sorted(by: { $0.string < $1.string }) {
                parts.logger.notice("\(root.shown) is gone and is watched no longer")
            }
            await follow(plan, appeared: plan.appeared(since: before))
            notifier.status(status())
        } catch {
            parts.logger.error("\(error)")
        }
    }

    private func reload() async -> ControlAnswer {
        // What has appeared until now has appeared under the configuration of before.
        await look()
        let before = current.plan
        do {
            var configuration = try parts.read()
            var notices: [String] = []
            if configuration.state != before.configuration.state {
                notices.append("state: \(configuration.state.shown) holds from the agent's next start on")
                configuration.state = before.configuration.state
            }
            let plan = try Plan(configuration, after: before, answering: answering, opening: parts.open)
            parts.adopt(configuration)
            current.problems = []
            let failures = await follow(plan, appeared: plan.appeared(since: before))
            await stages.watcher.rescan()
            await stages.watcher.settled()
            let (old, new) = (Set(before.projects.map(\.root.shown)), Set(plan.projects.map(\.root.shown)))
            let done = Reloaded(
                projects: new.sorted(), added: new.subtracting(old).sorted(), dropped: old.subtracting(new).sorted(),
                notices: notices + plan.notices + failures)
            for notice in done.notices where !before.notices.contains(notice) { parts.logger.warning("\(notice)") }
            parts.logger.notice("the configuration is read anew: \(Self.status(of: plan))")
            return .reloaded(done)
        } catch {
            let problems = (error as? YAMLProblems)?.problems.map(\.description) ?? ["\(error)"]
            current.problems = problems
            for problem in problems { parts.logger.error("the configuration of before is kept: \(problem)") }
            return .misconfigured(problems)
        }
    }

    /// Has every stage follow a plan; gives what could not be taken in.
    @discardableResult
    private func follow(_ plan: Plan, appeared: Set<FilePath>) async -> [String] {
        let appeared = appeared.union(refusedNew)
        let watched = plan.watched(
            user: parts.surroundings.userIdentifier, backfilling: false, appeared: appeared, keepingOutOf: own)
        // Whatever happened before is told, and taken, before anything changes.
        await stages.watcher.hold()
        stages.filing.replace(with: plan.stores.map(\.backend))
        current.replace(with: plan, watched)
        await stages.reader.replace(watched)
        let settle = plan.configuration.settle
        guard let failures = await stages.stage.ask({ desk, _ in await desk.replace(watched, settle: settle) }) else {
            return []
        }
        for (_, failure) in failures { parts.logger.error("\(failure); it is tried again") }
        refused = Set(failures.keys)
        refusedNew = refused.intersection(appeared)
        await stages.watcher.replace(
            watched.filter { !refused.contains($0.root) }.compactMap(\.folder), lookingInto: plan.parents,
            scanningEvery: plan.configuration.rescan)
        return failures.values.map { "\($0)" }
    }
}
