import Synchronization
import SystemPackage

/// The plan that holds, for whoever asks: it changes when the configuration is read anew, or folders come and go.
final class CurrentPlan: Sendable {
    private struct State {
        var plan: Plan
        var watched: [FilePath: WatchedProject]
        var projects: [FilePath: Project]
        var problems: [String] = []
        var followers: [AsyncStream<Void>.Continuation] = []
    }

    private let state: Mutex<State>

    init(_ plan: Plan, _ watched: [WatchedProject]) {
        state = Mutex(State(plan: plan, watched: Self.byRoot(watched), projects: Self.byRoot(plan.projects)))
    }

    /// The plan.
    var plan: Plan { state.withLock { $0.plan } }

    /// Why the newest configuration was not taken over; empty when it was.
    var problems: [String] {
        get { state.withLock { $0.problems } }
        set { state.withLock { $0.problems = newValue } }
    }

    /// Something to be told whenever another plan holds, and at first; for one consumer, which follows until the agent ends.
    func changes() -> AsyncStream<Void> {
        let (changes, change) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        change.yield()
        state.withLock { $0.followers.append(change) }
        return changes
    }

    /// A project, as it is or was last: what was claimed of one that is dropped is handled as when it was claimed.
    func project(at root: FilePath) -> Project? { state.withLock { $0.projects[root] } }

    /// The same, as the desk knows it.
    func watched(at root: FilePath) -> WatchedProject? { state.withLock { $0.watched[root] } }

    /// Another plan holds from now on.
    func replace(with plan: Plan, _ watched: [WatchedProject]) {
        let followers = state.withLock { state in
            state.plan = plan
            state.projects.merge(Self.byRoot(plan.projects)) { $1 }
            state.watched.merge(Self.byRoot(watched)) { $1 }
            return state.followers
        }
        for change in followers { change.yield() }
    }

    private static func byRoot(_ projects: [Project]) -> [FilePath: Project] {
        Dictionary(projects.map { ($0.root, $0) }) { first, _ in first }
    }

    private static func byRoot(_ projects: [WatchedProject]) -> [FilePath: WatchedProject] {
        Dictionary(projects.map { ($0.root, $0) }) { first, _ in first }
    }
}
