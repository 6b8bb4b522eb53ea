import JSON
import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials

@testable import TrialAgent

@Suite struct ResidentWorkerTests {
    @Test func `one child answers one request after the other, each capturer in its turn`() async throws {
        let ground = try CaptureGround()
        let worker = ResidentWorker(try workerDouble())
        #expect(await worker.process == nil)
        let names = ["steady", "failing", "printing", "unknown"]
        let answers = await worker.answers(of: names, about: ground.subject())
        #expect(answers.map(\.capturer) == names)
        #expect(answers[0].part.environment[.process]?.plain == "steady in \(ground.path)")
        #expect(answers[1].part.problems == ["failing: \(ground.path): nothing to be had"])
        #expect(answers[2].part == CapturedPart())
        #expect(answers[3].part.problems == ["unknown: this capture worker has no such capturer"])
        #expect(answers.map { $0.timing?.capturer } == ["steady", "failing", "printing", nil])
        let process = try #require(await worker.process)
        _ = await worker.answers(of: ["steady"], about: ground.subject())
        #expect(await worker.process == process)
    }

    @Test(arguments: [
        ("crashing", "crashing: it made the capture worker end with status 7 and was left out"),
        ("stuck", "stuck: it gave no answer for 1 s and was left out"),
        ("greedy", "greedy: it made the capture worker end by a signal"),
    ])
    func `a capturer that takes the child along is left out alone, and the next request is served`(
        name: String, problem: String
    ) async throws {
        let ground = try CaptureGround()
        try makePipe(ground.path.appending("pipe"))
        let worker = ResidentWorker(try workerDouble().with(patience: .seconds(1)))
        let answers = await worker.answers(of: ["steady", name, "printing"], about: ground.subject())
        #expect(answers.map(\.capturer) == ["steady", name, "printing"])
        #expect(answers.map(\.hasFailed) == [false, true, false])
        #expect(answers[1].problem?.hasPrefix(problem) == true, "\(answers[1])")
        #expect(await worker.answers(of: ["steady"], about: ground.subject()).map(\.hasFailed) == [false])
    }

    @Test func `a child that died once costs nothing`() async throws {
        let ground = try CaptureGround()
        let worker = ResidentWorker(try workerDouble())
        let answers = await worker.answers(of: ["crashing once", "steady"], about: ground.subject())
        #expect(answers.map(\.capturer) == ["crashing once", "steady"])
        #expect(answers.map(\.hasFailed) == [false, false])
    }

    @Test func `after the third failure the rest is left out, and each says for what`() async throws {
        let ground = try CaptureGround()
        try makePipe(ground.path.appending("pipe"))
        let worker = ResidentWorker(try workerDouble().with(patience: .seconds(1)))
        let answers = await worker.answers(of: ["crashing", "stuck", "steady"], about: ground.subject())
        #expect(
            answers.map(\.problem) == [
                "crashing: it made the capture worker end with status 7 and was left out",
                "stuck: it gave no answer for 1 s and was left out",
                "steady: it was left out, since stuck gave no answer for 1 s",
            ])
        #expect(await worker.answers(of: ["steady"], about: ground.subject()).map(\.hasFailed) == [false])
    }

    @Test func `a capturer that goes on has time, but not for ever`() async throws {
        let ground = try CaptureGround()
        let patient = ResidentWorker(try workerDouble().with(patience: .seconds(1)))
        let subject = ground.subject(variables: ["milliseconds": "2500"])
        #expect(await patient.answers(of: ["slow"], about: subject).map(\.hasFailed) == [false])
        let strict = ResidentWorker(try workerDouble().with(longest: .seconds(1)))
        let answers = await strict.answers(of: ["slow"], about: subject)
        #expect(answers.map(\.problem) == ["slow: it was not done in 1 s and was left out"])
    }

    @Test func `an answer that no message holds is a problem, and the child stays`() async throws {
        let ground = try CaptureGround()
        let worker = ResidentWorker(try workerDouble().with(patience: .seconds(60)))
        let answers = await worker.answers(of: ["large", "steady"], about: ground.subject())
        #expect(
            answers[0].problem?.hasPrefix("large: its answer is a message of 68") == true, "\(answers[0].part.problems)"
        )
        #expect(!answers[1].hasFailed)
    }

    @Test(arguments: [
        ("exit 3", "takes no request|end with status 3"),
        ("echo no message at all; exec cat", "a message of 1852776557 bytes"),
        (#"head -c 4 >/dev/null; printf '\000\000\000\002[]'; exec cat"#, "a message that cannot be read"),
        (#"printf '\000\000\000\013{"done":{}}'; exec cat >/dev/null"#, "tell out of turn of the end"),
        ("exec yes", "a message of"),
        ("exec sleep 60", "gave no answer for 1 s"),
        ("exec >&-; exec sleep 60", "fall silent"),
        (#"while printf '\000\000\000\035{"began":{"capturer":"code"}}'; do :; done"#, "out of turn"),
    ])
    func `a program that is no capture worker costs a problem`(text: String, reason: String) async throws {
        let ground = try CaptureGround()
        let worker = ResidentWorker(script(text).with(patience: .seconds(1)))
        // More than a pipe holds, so that a program that reads nothing is met while writing.
        let subject = ground.subject(code: [String(repeating: "*", count: 200_000)])
        for subject in [subject, ground.subject()] {
            let answers = await worker.answers(of: ["git"], about: subject)
            let problem = try #require(answers.first?.problem)
            let isExpected = (reason + "|takes no request").split(separator: "|").contains { problem.contains($0) }
            #expect(answers.count == 1 && isExpected, "\(problem)")
        }
    }

    @Test(
        arguments: [
            (nil, nil), ("", nil), (":", nil), ("lib", nil), ("/opt/lib", "/opt/lib"), (":/opt/lib:", "/opt/lib"),
            ("lib:/opt/a;../b;/opt/c:.", "/opt/a:/opt/c"),
        ] as [(String?, String?)])
    func `the linker looks for the worker's libraries in no folder that depends on where it runs`(
        path: String?, kept: String?
    ) {
        let program = WorkerProgram(
            agentWith: ["LD_LIBRARY_PATH": path, "LD_PRELOAD": "x.so"].compactMapValues(\.self))
        let loading = program.environment.filter { $0.hasPrefix("LD_") }
        #expect(loading == kept.map { ["LD_LIBRARY_PATH=\($0)"] } ?? [])
    }

    @Test func `the worker runs in the root folder, wherever the agent was started`() async throws {
        let ground = try CaptureGround()
        let said = ground.path.appending("where")
        let worker = ResidentWorker(script("pwd > \(said.string); exit 3"))
        _ = await worker.answers(of: ["git"], about: ground.subject())
        let bytes = try OwnedDescriptor(opening: said, .readOnly).readToEnd(limit: 4096)
        #expect(String(decoding: bytes, as: UTF8.self) == "/\n")
    }

    @Test func `a program that is not there costs a problem`() async throws {
        let worker = ResidentWorker(WorkerProgram("/nowhere/at/all", arguments: ["worker"]))
        let answers = await worker.answers(of: ["git", "code"], about: try CaptureGround().subject())
        #expect(answers.map(\.capturer) == ["git", "code"])
        #expect(answers.allSatisfy { $0.problem?.contains("does not start (posix_spawn /nowhere/at/all") == true })
    }

    @Test func `a child that is killed at its work is replaced, and the work done anew`() async throws {
        let place = try StuckPlace()
        let worker = ResidentWorker(try workerDouble())
        let subject = place.subject
        async let answers = worker.answers(of: ["steady", "stuck"], about: subject)
        let first = try await place.next()
        try Signal.kill.send(to: first)
        let second = try await place.next()
        #expect(first != second)
        try await place.letGo()
        #expect(await answers.map(\.hasFailed) == [false, false])
        #expect(await worker.process == second)
    }

    @Test func `a cancelled request kills the child and answers at once`() async throws {
        let place = try StuckPlace()
        let worker = ResidentWorker(try workerDouble())
        let subject = place.subject
        let answers = try await withThrowingTaskGroup(of: [CapturerAnswer].self) { group in
            group.addTask { await worker.answers(of: ["steady", "stuck", "printing"], about: subject) }
            let process = try await place.next()
            group.cancelAll()
            #expect(try await Waiting().isGone(process, within: .seconds(5)))
            return try await group.next() ?? []
        }
        #expect(answers.map(\.capturer) == ["steady", "stuck", "printing"])
        #expect(answers.map(\.hasFailed) == [false, true, true])
        #expect(answers[1].problem == "stuck: it had not answered when the agent was told to stop and was left out")
        #expect(await worker.process == nil)
        #expect(await worker.answers(of: ["steady"], about: subject).map(\.hasFailed) == [false])
    }

    @Test func `an idle child is ended, the next request starts another, and the end of the service ends that`()
        async throws
    {
        let ground = try CaptureGround()
        let worker = ResidentWorker(try workerDouble().with(idle: .milliseconds(200)))
        let (first, second) = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await worker.run() }
            var processes: [Int32] = []
            for _ in 0..<2 {
                #expect(await worker.answers(of: ["steady"], about: ground.subject()).map(\.hasFailed) == [false])
                let process = try #require(await worker.process)
                processes.append(process)
                #expect(try await Waiting().isGone(process, within: .seconds(10)))
            }
            group.cancelAll()
            return (processes[0], processes[1])
        }
        #expect(first != second)
        #expect(await worker.process == nil)
    }

    @Test func `a child that is stuck ends with the agent, however that ends`() async throws {
        let place = try StuckPlace()
        let program = try workerDouble()
        let request = CaptureRequest(subject: place.subject, capturers: ["stuck"])
        let agent = try ChildProcess(
            program.executable, arguments: ["agent", "parent", try JSON.encode(request).text()], environment: [])
        let child = try await place.next()
        try agent.process.send(.kill)
        #expect(try await Waiting().isGone(child, within: .seconds(10)))
    }

    @Test func `a child has limits, little priority, and no more of our environment than it was given`() async throws {
        let worker = ResidentWorker(try workerDouble())
        let answers = await worker.answers(of: ["telling"], about: try CaptureGround().subject())
        let fields = try #require(answers.first?.part.environment[.process]?.fields)
        let limits = try #require(fields["limits"]?.plain).split(separator: "\n").map {
            $0.split(separator: " ").joined(separator: " ")
        }
        #expect(limits.contains("Max data size 536870912 536870912 bytes"))
        #expect(limits.contains("Max core file size 0 0 bytes"))
        #expect(fields["variables"]?.plain == "SWIFT_BACKTRACE=enable=no\0")
        // proc(5): the nineteenth field is the nice value.
        let nice = try #require(fields["stat"]?.plain).split(separator: " ")[18]
        #expect(try #require(Int(nice)) >= 5)
    }

    @Test func `a child whose input ends leaves by itself`() throws {
        let program = try workerDouble()
        var child = try ChildProcess(program.executable, arguments: program.arguments, environment: [])
        child.closeInput()
        #expect(try child.end(timeout: .seconds(10)) == .exited(0))
    }
}
