import JSON
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing

/// What mounting, unmounting and renaming do to a project: every marker is one trial, whatever stands in the folder's place
/// meanwhile.
@Suite(.timeLimit(.minutes(2)), .enabled(if: hasNamespaces, "this machine lets nobody make namespaces"))
struct MountTests {
    /// Puts one more marker.
    enum Step: Sendable {
        /// Of which the kernel tells.
        case told(String)
        /// Of which it does not, because of a mount: a scan has to find it.
        case untold(String)

        var script: String {
            switch self {
            case .told(let script), .untold(let script): script
            }
        }
    }

    struct Story: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let steps: [Step]
    }

    static let stories = [
        Story(
            testDescription: "a disk over a folder, and away again",
            steps: [
                .told("put $P/sub/a.run 1"), .untold("mount -t tmpfs none $P/sub; put $P/sub/b.run 2"),
                .told("put $P/sub/c.run 3"), .told("umount $P/sub; put $P/sub/d.run 4"), .told("put $P/sub/e.run 5"),
            ]),
        Story(
            testDescription: "a disk over the project, and away again",
            steps: [
                .told("put $P/a.run 1"), .untold("mount -t tmpfs none $P; put $P/b.run 2"),
                .told("mkdir $P/sub; put $P/sub/c.run 3"), .told("umount $P; put $P/sub/d.run 4"),
            ]),
        Story(
            testDescription: "the project inside itself",
            steps: [
                .told("put $P/a.run 1"), .untold("mount --bind $P $P/sub; put $P/b.run 2"),
                .told("put $P/sub/c.run 3"), .untold("umount $P/sub; put $P/sub/d.run 4"),
            ]),
        Story(
            testDescription: "a folder at two places of the project",
            steps: [
                .told("put $P/sub/a.run 1"), .untold("mkdir $P/twin; mount --bind $P/sub $P/twin; put $P/sub/b.run 2"),
                .told("put $P/twin/c.run 3"), .untold("umount $P/twin; put $P/twin/d.run 4"),
                .told("put $P/sub/e.run 5"),
            ]),
        Story(
            testDescription: "the project renamed and back",
            steps: [
                .told("put $P/a.run 1"), .untold("mv $P $P.away; put $P.away/sub/b.run 2; mv $P.away $P"),
                .told("put $P/sub/c.run 3"),
            ]),
    ]

    @Test(arguments: stories) func `every marker is one trial`(story: Story) async throws {
        let sandbox = try Sandbox()
        let project = try sandbox.makeProject("moving")
        try FileSystem.makeDirectory(project.appending("sub"))
        try sandbox.configure("settle: 50ms\nprojects: [{path: ~/moving}]\n")
        let agent = try await sandbox.startAgent(inNamespacesAfter: "")
        for (index, step) in story.steps.enumerated() {
            let output = try await sandbox.shell(
                """
                nsenter -t \(agent.pid) -U -m --preserve-credentials sh -ec \
                'P="\(project)"; put() { echo "parameters: {i: $2}" > $1; }; \(step.script)'
                """)
            try #require(output.exit == .status(0), "\(step): \(output.errors)")
            // The configuration is the same, but it has everything looked through.
            if case .untold = step { #expect(try await sandbox.run("reload").exit == .status(0)) }
            let expected = Array(1...index + 1)
            #expect(try await sandbox.eventually { try await numbers(sandbox).sorted() == expected }, "\(step)")
        }
        // What a scan finds twice would be filed twice by now.
        try await sandbox.flush()
        #expect(try await numbers(sandbox).sorted() == Array(1...story.steps.count))
        #expect(try await sandbox.run("status", "--json").json()["projects"]?[0]?["missing"] == false)
        #expect(await agent.stop() == .status(0))
    }

    private func numbers(_ sandbox: Sandbox) async throws -> [Int] {
        let output = try await sandbox.run("history", "moving", "--json", "--limit", "1000")
        // There is no experiment before its first trial.
        guard output.exit == .status(0) else { return [] }
        return try output.json().array?.compactMap { $0["parameters"]?["i"]?.int } ?? []
    }
}
