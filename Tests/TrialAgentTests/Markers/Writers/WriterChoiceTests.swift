import SystemPackage
import Testing
import Trials

@testable import TrialAgent

@Suite struct `Which process wrote a marker that names none` {
    /// A process of the table: number 1 is the marker's owner's, and began in time.
    fileprivate struct Process: Sendable {
        var number: Int32
        var owner: UInt32 = 1000
        var started: Int64 = 0
        var ancestors: [Int32] = []
        var files: [FilePath] = []
        var runsProjectFile = false
        var notebook: String?
        var trade = WriterTrade.program
        var command = ["python3", "train.py"]

        var candidate: WriterCandidate {
            var candidate = WriterCandidate(number: number, owner: owner, started: started)
            candidate.ancestors = ancestors
            candidate.openFiles = files
            candidate.runsProjectFile = runsProjectFile
            candidate.trade = trade
            candidate.process.command = command
            candidate.process.notebook = notebook
            return candidate
        }
    }

    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        fileprivate let processes: [Process]
        /// The number of the one that it is; nil when it is none.
        let writer: Int32?
        var sign = InferredProcess.Sign.worksInProject
        var ambiguous: [Int32] = []
    }

    private static let marker: FilePath = "/p/train.run"

    static let rows: [Row] = [
        Row(testDescription: "nobody is there", processes: [], writer: nil),
        Row(testDescription: "one that works there is it", processes: [Process(number: 1)], writer: 1),
        Row(
            testDescription: "another user's is not", processes: [Process(number: 1, owner: 1001)], writer: nil),
        Row(
            testDescription: "one that began later is not", processes: [Process(number: 1, started: 6_000_000_000)],
            writer: nil),
        Row(
            testDescription: "one that began in the same hundredth of a second may be",
            processes: [Process(number: 1, started: 5_009_000_000)], writer: 1),
        Row(
            testDescription: "an editor is not", processes: [Process(number: 1, files: ["/p/a"], trade: .onlooker)],
            writer: nil),
        Row(
            testDescription: "who runs a file of the project comes before who works there",
            processes: [Process(number: 1), Process(number: 2, runsProjectFile: true)], writer: 2,
            sign: .runsProjectFile),
        Row(
            testDescription: "who has a file of it open comes before who works there",
            processes: [Process(number: 1), Process(number: 2, files: ["/p/log"])], writer: 2, sign: .hasFileOpen),
        Row(
            testDescription: "who has the marker open comes before all, a shell, too",
            processes: [
                Process(number: 1, runsProjectFile: true), Process(number: 2, files: [marker], trade: .shell),
            ], writer: 2, sign: .hasMarkerOpen),
        Row(
            testDescription: "a shell that runs a script is it where nothing else is",
            processes: [Process(number: 1, runsProjectFile: true, trade: .shell)], writer: 1, sign: .runsProjectFile),
        Row(
            testDescription: "a shell that runs a script is not where something else is",
            processes: [Process(number: 1, runsProjectFile: true, trade: .shell), Process(number: 2)], writer: 2),
        Row(
            testDescription: "of two nobody knows which",
            processes: [Process(number: 1, runsProjectFile: true), Process(number: 2, runsProjectFile: true)],
            writer: nil, ambiguous: [1, 2]),
        Row(
            testDescription: "copies of a process that it made itself are the first of them",
            processes: [
                Process(number: 1, runsProjectFile: true), Process(number: 2, ancestors: [1], runsProjectFile: true),
                Process(number: 3, ancestors: [2, 1], runsProjectFile: true),
            ], writer: 1, sign: .runsProjectFile),
        Row(
            testDescription: "of a process and what it started, though over others, the inner one is it",
            processes: [
                Process(number: 1, runsProjectFile: true, command: ["python3", "sweep.py"]),
                Process(number: 3, ancestors: [2, 1], runsProjectFile: true),
            ], writer: 3, sign: .runsProjectFile),
        Row(
            testDescription: "the kernel of a notebook is it where nothing else is",
            processes: [Process(number: 1, notebook: "a.ipynb")], writer: 1, sign: .runsNotebook),
        Row(
            testDescription: "what runs a file of the project, or has one open, comes before a kernel, which may rest",
            processes: [Process(number: 1, notebook: "a.ipynb"), Process(number: 2, files: ["/p/log"])], writer: 2,
            sign: .hasFileOpen),
        Row(
            testDescription: "of a kernel and what works beside it nobody knows which",
            processes: [Process(number: 1, notebook: "a.ipynb"), Process(number: 2, command: ["train"])], writer: nil,
            ambiguous: [1, 2]),
        Row(
            testDescription: "of a kernel and what it started, to help it, the kernel is it",
            processes: [
                Process(number: 1, notebook: "a.ipynb"),
                Process(number: 2, ancestors: [1], command: ["resource_tracker"]),
            ], writer: 1, sign: .runsNotebook),
        Row(
            testDescription: "of two that one started nobody knows which",
            processes: [
                Process(number: 1, command: ["torchrun"]), Process(number: 2, ancestors: [1]),
                Process(number: 3, ancestors: [1]),
            ], writer: nil, ambiguous: [2, 3]),
    ]

    @Test(arguments: rows) func `the rules hold`(row: Row) {
        let answer = WriterChoice.among(
            row.processes.map(\.candidate), marker: Self.marker, writtenBy: 1000, at: 5_000_000_000)
        switch answer {
        case .inferred(let candidate, let sign):
            #expect(candidate.number == row.writer)
            #expect(sign == row.sign)
        case .ambiguous(let candidates):
            #expect(row.writer == nil)
            #expect(candidates.map(\.number) == row.ambiguous)
        case .none:
            #expect(row.writer == nil)
            #expect(row.ambiguous == [])
        }
    }

    @Test(arguments: [
        ("python3.11", ["python", "train.py"], WriterTrade.program), ("python3.11", ["python"], .program),
        ("python3.11", ["python", "/p/.venv/bin/tensorboard", "--logdir", "x"], .onlooker),
        ("python3.11", ["python", "-u", "-m", "jupyter", "lab"], .onlooker),
        ("python3.11", ["python", "-m", "ipykernel_launcher"], .program), ("train", ["./train"], .program),
        ("bash", ["bash"], .onlooker), ("bash", ["-bash"], .onlooker), ("bash", ["bash", "--norc", "-i"], .onlooker),
        ("bash", ["bash", "-e", "train.sh"], .shell), ("dash", ["sh", "-ec", "echo > a.run"], .shell),
        ("vim.basic", ["vim", "train.py"], .onlooker), ("mv (deleted)", ["mv", "a", "b"], .onlooker),
    ])
    func `programs are told apart by name and command line`(name: String, command: [String], trade: WriterTrade) {
        #expect(WriterTrade(executable: FilePath("/usr/bin/\(name)"), command: command) == trade)
    }

    @Test func `what is recorded of one that only works there says nothing of the run's code or Python`() throws {
        var candidate = Process(number: 7).candidate
        candidate.process.script = "train.py"
        candidate.process.python = "/usr/bin/python3"
        let weak = InferredWriter(.inferred(candidate, .worksInProject))
        #expect(weak.process?.number == 7)
        #expect(weak.script == nil && weak.python == nil)
        let sure = InferredWriter(.inferred(candidate, .runsProjectFile))
        #expect(sure.script == "train.py" && sure.python == "/usr/bin/python3")
    }

    @Test func `who it may have been is said, four of them by name`() {
        let writer = InferredWriter(.ambiguous((1...6).map { Process(number: $0).candidate }))
        #expect(writer.process == nil)
        #expect(
            writer.problems == [
                "it names no process, and its writer may be any of 6 in the project: python3 1, python3 2, python3 3,"
                    + " python3 4 and 2 more (say pid: in the marker)"
            ])
    }
}
