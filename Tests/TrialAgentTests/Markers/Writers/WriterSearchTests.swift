import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials

@testable import TrialAgent

/// The search for writers among real processes of this machine.
@Suite(.timeLimit(.minutes(1))) struct WriterSearchTests {
    private let folder: TemporaryDirectory
    private let search = WriterSearch(ProcessSearch(boot: "b"), recording: { _ in EnvironmentAllowList() })
    private var project: FilePath { folder.path.appending("project") }

    init() throws {
        folder = try TemporaryDirectory()
        try FileSystem.makeDirectory(folder.path.appending("project"))
        try folder.file("project/train.sh", "echo ready\nread go\n")
    }

    /// Who wrote a marker that is written now.
    private func writers(of count: Int = 1) async -> [InferredWriter] {
        let read = Clock.monotonic
        let questions = (0..<count).map { number in
            WriterSearch.Question(
                marker: MarkerPlace(project: project, path: FilePath("\(number).run")),
                writing: MarkerWriting(owner: User.currentIdentifier, changed: Int(Clock.now), read: read))
        }
        for _ in questions { search.look(into: [project], for: read) }
        return await withDiscardingTaskGroup { group in
            group.addTask { await search.run() }
            let found = await search.writers(of: questions)
            search.finish()
            return found
        }
    }

    @Test func `a script of the project that runs is found, with its code`() async throws {
        let script = try Script("exec bash train.sh", in: project)
        #expect(try script.line() == "ready")
        let writer = try #require(await writers().first)
        #expect(writer.process?.number == Int(script.number))
        #expect(writer.process?.sign == .runsProjectFile)
        #expect(writer.process?.command == ["bash", "train.sh"])
        #expect(try writer.process?.directory == FileSystem.resolve(project).string)
        #expect(writer.script == "train.sh")
        #expect(writer.problems == [])
        extendLifetime(script)
    }

    @Test func `one that works elsewhere and has a file of the project open is found`() async throws {
        let script = try Script("exec 3>>\(project)/log; exec 4>>\(project)/0.run; echo; read go")
        _ = try script.line()
        let writer = try #require(await writers().first)
        #expect(writer.process?.number == Int(script.number))
        #expect(writer.process?.sign == .hasMarkerOpen)
        extendLifetime(script)
    }

    @Test func `where nobody works nobody is found, and where two do none is`() async throws {
        let script = try Script("echo; read go", in: folder.path)
        _ = try script.line()
        let answer = await writers()
        #expect(answer.first?.process == nil)
        #expect(answer.first?.problems == [])
        extendLifetime(script)
    }

    @Test func `of two nobody knows which, and both are named`() async throws {
        let first = try Script("exec bash train.sh", in: project)
        let second = try Script("exec bash train.sh", in: project)
        #expect(try first.line() == "ready")
        #expect(try second.line() == "ready")
        let writer = try #require(await writers().first)
        #expect(writer.process == nil)
        let problem = try #require(writer.problems.first)
        #expect(problem.contains("any of 2 in the project"))
        #expect(problem.contains("bash \(first.number)") && problem.contains("bash \(second.number)"))
        extendLifetime(first)
        extendLifetime(second)
    }

    @Test func `a search that does not come back holds nobody up, and is said`() async throws {
        let stuck = WriterSearch(
            ProcessSearch(boot: "b"), longest: .milliseconds(50), recording: { _ in EnvironmentAllowList() })
        let question = WriterSearch.Question(
            marker: MarkerPlace(project: project, path: "0.run"),
            writing: MarkerWriting(owner: User.currentIdentifier, changed: Int(Clock.now), read: Clock.monotonic))
        let answer = await stuck.writers(of: [question, question])
        #expect(answer.count == 2)
        #expect(answer.first?.process == nil)
        #expect(
            answer.first?.problems == [
                "it names no process, and its writer was not found in 0.05 s (say pid: in the marker)"
            ])
    }

    @Test func `projects that are sought together are all looked for, however many are known`() throws {
        let others = (1..<WriterSearch.mostProjects).map { folder.path.appending("other\($0)") }
        let known = WriterSearch.projects([:], adding: Set(others + [project]))
        #expect(known.count == WriterSearch.mostProjects)
        // One more than are kept, with one of those that are known among them.
        let last = folder.path.appending("last")
        #expect(Set(WriterSearch.projects(known, adding: [project, last]).values) == [project, last])
        #expect(WriterSearch.projects(known, adding: [project]) == known)
    }

    @Test func `many markers cost one look`() async throws {
        let script = try Script("exec bash train.sh", in: project)
        #expect(try script.line() == "ready")
        let found = await writers(of: 2000)
        #expect(found.count == 2000)
        #expect(found.allSatisfy { $0.process?.number == Int(script.number) })
        #expect(await search.count == 1)
        extendLifetime(script)
    }
}
