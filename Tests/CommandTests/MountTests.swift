import JSON
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing

/// What mounting, unmounting and renaming do to a project: every marker is one trial, whatever stands in the folder's place
/// meanwhile.
@Suite(.timeLimit(.minutes(2)), .enabled(if: MountNamespace.isPermitted, Comment(rawValue: MountNamespace.advice)))
struct MountTests {
    /// Puts one more marker.
    enum Step: Sendable {
        /// Of which the kernel tells.
        case told(String)
        /// Of which it does not, because of a mount: a scan has to find it.
        case untold(String)

        var isTold: Bool {
            if case .told = self { true } else { false }
        }

        var script: String {
            switch self {
            case .told(let script), .untold(let script): script
            }
        }
    }

    struct Story: Sendable {
        let name: String
        let steps: [Step]
    }

    static let stories = [
        Story(
            name: "folder",
            steps: [
                .told("put $P/sub/a.run 1"), .untold("mount -t tmpfs none $P/sub; put $P/sub/b.run 2"),
                .told("put $P/sub/c.run 3"), .told("umount $P/sub; put $P/sub/d.run 4"), .told("put $P/sub/e.run 5"),
            ]),
        Story(
            name: "project",
            steps: [
                .told("put $P/a.run 1"), .untold("mount -t tmpfs none $P; put $P/b.run 2"),
                .told("mkdir $P/sub; put $P/sub/c.run 3"), .told("umount $P; put $P/sub/d.run 4"),
            ]),
        Story(
            name: "loop",
            steps: [
                .told("put $P/a.run 1"), .untold("mount --bind $P $P/sub; put $P/b.run 2"),
                .told("put $P/sub/c.run 3"), .untold("umount $P/sub; put $P/sub/d.run 4"),
            ]),
        Story(
            name: "twins",
            steps: [
                .told("put $P/sub/a.run 1"), .untold("mkdir $P/twin; mount --bind $P/sub $P/twin; put $P/sub/b.run 2"),
                .told("put $P/twin/c.run 3"), .untold("umount $P/twin; put $P/twin/d.run 4"),
                .told("put $P/sub/e.run 5"),
            ]),
        Story(
            name: "renamed",
            steps: [
                .told("put $P/a.run 1"), .untold("mv $P /tmp/$$; put /tmp/$$/sub/b.run 2; mv /tmp/$$ $P"),
                .told("put $P/sub/c.run 3"),
            ]),
    ]

    @Test func `every marker is one trial`() async throws {
        let sandbox = try Sandbox(in: MountNamespace())
        for story in Self.stories { try FileSystem.makeDirectories(sandbox.makeProject(story.name).appending("sub")) }
        try sandbox.configure("settle: 50ms\nprojects: [{path: ~/*}]\n")
        let agent = try await sandbox.startAgent()
        for round in 0..<(Self.stories.map(\.steps.count).max() ?? 0) {
            let stories = Self.stories.filter { $0.steps.count > round }
            for isTold in [true, false] {
                let moved = stories.filter { $0.steps[round].isTold == isTold }
                for story in moved { try await perform(story.steps[round], of: story, in: sandbox) }
                // The configuration is the same, but it has everything looked through.
                if !isTold, !moved.isEmpty { #expect(try await sandbox.run("reload").exit == .status(0)) }
                for story in moved {
                    let expected = Array(1...round + 1)
                    #expect(
                        try await sandbox.eventually { try await numbers(story, sandbox) == expected },
                        "\(story.name): \(story.steps[round].script)")
                }
            }
        }
        // What a scan finds twice would be filed twice by now.
        #expect(try await sandbox.run("reload").exit == .status(0))
        try await sandbox.flush()
        for story in Self.stories {
            #expect(try await numbers(story, sandbox) == Array(1...story.steps.count), "\(story.name)")
        }
        let projects = try await sandbox.run("status", "--json").json()["projects"]?.array ?? []
        #expect(projects.count == Self.stories.count)
        #expect(projects.allSatisfy { $0["missing"] == false })
        #expect(await agent.stop() == .status(0))
    }

    private func perform(_ step: Step, of story: Story, in sandbox: Sandbox) async throws {
        let output = try await sandbox.shell(
            "set -e; P=$HOME/\(story.name); put() { echo \"parameters: {i: $2}\" > $1; }; \(step.script)")
        try #require(output.exit == .status(0), "\(step.script): \(output.errors)")
    }

    private func numbers(_ story: Story, _ sandbox: Sandbox) async throws -> [Int] {
        let output = try await sandbox.run("history", story.name, "--json", "--limit", "1000")
        // There is no experiment before its first trial.
        guard output.exit == .status(0) else { return [] }
        return try output.json().array?.compactMap { $0["parameters"]?["i"]?.int }.sorted() ?? []
    }
}
