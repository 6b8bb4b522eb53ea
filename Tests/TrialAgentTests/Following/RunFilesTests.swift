import Bytes
import Synchronization
import SystemCalls
import SystemPackage
import Testing
import Trials

@testable import TrialAgent

/// What is read of runs' files, and what becomes of it when nobody can take it just then.
@Suite(.timeLimit(.minutes(1))) struct RunFilesTests {
    let ground: FollowingGround
    let hashes = ContentHashes()

    init() throws {
        ground = try FollowingGround()
        try ground.write("project/runs/in.txt", "data")
    }

    /// An open run whose marker names one input.
    var run: RunRecord {
        var run = RunRecord(
            key: .test(1), experiment: MarkerStory.experiment, backend: "here",
            place: MarkerPlace(project: ground.project, path: "runs/a.run"), revision: Revision(1), facts: TrialFacts(),
            given: [], metrics: [], outcome: nil, seen: .now)
        run.wishes = ArtifactWishes()
        run.wishes?.inputs = [Marker.Artifact(path: "in.txt", name: nil, keep: false)]
        return run
    }

    /// All that is offered of the run until nothing is left to read; `answer` is what comes of the nth, nil when it is taken.
    func offers(_ answer: @escaping @Sendable (Int) -> RunFiles.Delivery?) async throws -> [RunFindings] {
        let (run, ground, offered) = (run, ground, Offered())
        let files = RunFiles(hashing: hashes, retryingAfter: .milliseconds(5)) { _ in ground.scope() }
        await withTaskGroup { group in
            group.addTask {
                await files.run { findings in
                    answer(offered.add(findings)) ?? .taken(RunLifecycle.take(run, findings).record)
                }
            }
            files.follow([run])
            await files.caughtUp()
            files.finish()
        }
        return offered.all
    }

    @Test func `what was found and could not be taken is offered again, and not read again`() async throws {
        let offered = try await offers { count in count < 4 ? .failed : nil }
        let digest = SHA256.digest(of: "data").hex
        #expect(
            offered.map { $0.artifacts.inputs.map(\.sha256) } == .init(repeating: [digest], count: 4))
        #expect(await hashes.made == 1)
    }

    @Test func `a run that nobody remembers is let go of`() async throws {
        #expect(try await offers { _ in .unknown }.count == 1)
        #expect(await hashes.made == 1)
    }
}

/// What was offered, in order.
private final class Offered: Sendable {
    private let findings = Mutex<[RunFindings]>([])

    var all: [RunFindings] { findings.withLock { $0 } }

    /// Adds what is offered now; gives how often something was.
    func add(_ offer: RunFindings) -> Int {
        findings.withLock { findings in
            findings.append(offer)
            return findings.count
        }
    }
}
