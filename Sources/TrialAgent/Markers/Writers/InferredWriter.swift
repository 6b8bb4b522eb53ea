import SystemPackage
import Trials

/// What is made of the search for a marker's writer: what is recorded, and what the run's capture takes from it.
struct InferredWriter: Sendable {
    /// The process; nil when nothing tells which it was.
    var process: InferredProcess?
    /// What is to be said of it, each as a sentence for the user.
    var problems: [String] = []
    /// What its command line says of the run's code and Python; none where it is only known to have worked in the project.
    var script: String?
    var python: String?
    var searchPath: [String]?

    /// Nobody.
    init() {}

    /// Nobody, for a reason that is told.
    init(because reason: String) {
        problems = ["it names no process, and \(reason) (say pid: in the marker)"]
    }

    /// What the choice came to.
    init(_ answer: WriterChoice.Answer) {
        switch answer {
        case .none: return
        case .ambiguous(let candidates):
            let named = candidates.prefix(4).map { candidate in
                let program =
                    candidate.process.command?.first.flatMap { FilePath($0).lastComponent?.string } ?? "process"
                return "\(program) \(candidate.number)"
            }
            let more = candidates.count > named.count ? " and \(candidates.count - named.count) more" : ""
            problems = [
                "it names no process, and its writer may be any of \(candidates.count) in the project: "
                    + "\(named.joined(separator: ", "))\(more) (say pid: in the marker)"
            ]
        case .inferred(let candidate, let sign):
            var process = InferredProcess(
                number: Int(candidate.number), started: Timestamp(atNanoseconds: Int(candidate.started)), sign: sign)
            process.command = candidate.process.command
            process.directory = candidate.process.directory
            process.facts = candidate.process.facts ?? ProcessFacts()
            self.process = process
            problems = candidate.process.problem.map { [$0] } ?? []
            guard [.hasMarkerOpen, .runsProjectFile, .runsNotebook].contains(sign) else { return }
            script = candidate.process.script ?? candidate.process.notebook
            python = candidate.process.python
            searchPath = candidate.process.searchPath
        }
    }
}
