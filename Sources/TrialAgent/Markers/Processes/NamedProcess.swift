import SystemCalls
import SystemPackage
import Trials

/// What was found of the process that a marker names.
struct NamedProcess: Equatable, Sendable {
    /// The process that is followed; nil when it is gone, or is not to be followed.
    var process: RunProcess?
    /// True when nothing of that number is there any more.
    var isGone = false
    /// Why it is not followed, as a sentence.
    var problem: String?
    /// Its command line, the program first.
    var command: [String]?
    /// The folder that it runs in, bytes that are no UTF-8 shown as U+FFFD.
    var directory: String?
    /// The script on its command line, below the project.
    var script: String?
    /// The notebook that it is the kernel of, below the project.
    var notebook: String?
    /// Its Python, by the path that keeps its environment.
    var python: String?
    /// Where its Python looks for modules before its environment: the folders of `PYTHONPATH`.
    var searchPath: [String]?
    /// How often SLURM has started its job anew.
    var restarts: Int?
    /// What else is recorded of it.
    var facts: ProcessFacts?
    /// What it had used.
    var usage: UsageFacts?
}

extension ProcessSearch {
    /// The process that a version of a marker names, with what its command line says, and those variables of its environment that
    /// may be recorded.
    func named(_ pid: Int, for content: MarkerContent, recording variables: EnvironmentAllowList) -> NamedProcess {
        let project = content.place.project
        let moment = Timestamp(atNanoseconds: content.changed)
        switch find(pid, of: content.owner, before: moment, near: project) {
        case .ended: return NamedProcess(isGone: true)
        case .notFollowed(let problem): return NamedProcess(problem: problem)
        case .running(let process):
            var named = NamedProcess(process: process)
            guard let information = information(of: process) else { return named }
            describe(information, in: project, recording: variables, &named)
            return named
        }
    }

    /// What a process's command line says of the code that it runs, and what is recorded of it.
    func describe(
        _ information: borrowing ProcessInformation, in project: FilePath, recording variables: EnvironmentAllowList,
        _ named: inout NamedProcess
    ) {
        named.usage = UsageFacts()
        named.usage?.take(information.usage, seen: .now)
        let environment = information.environment { Self.ownVariables.contains($0) || variables.holds($0) } ?? []
        func value(_ name: String) -> String? { environment.first { $0.name == name }?.value }
        named.restarts = value("SLURM_RESTART_COUNT").flatMap { Int($0) }
        named.facts = facts(of: information, recording: environment.filter { variables.holds($0.name) })
        let directory = information.workingDirectory()
        named.directory = directory?.shown
        guard let command = information.commandLine(), !command.isEmpty, let directory else { return }
        named.command = command
        let line = CommandLineScript(command, in: directory)
        named.script = line.script(below: project)?.string
        named.notebook = value("JPY_SESSION_NAME").flatMap { line.notebook($0, below: project)?.string }
        named.python = line.python(
            executable: information.executable(), path: value("PATH"), environment: value("VIRTUAL_ENV"))
        guard named.python != nil, let path = value("PYTHONPATH") else { return }
        named.searchPath = line.searchPath(path)
    }

    /// Variables that say where its code is, and how often it began.
    private static let ownVariables: Set<String> = [
        "JPY_SESSION_NAME", "PATH", "PYTHONPATH", "SLURM_RESTART_COUNT", "VIRTUAL_ENV",
    ]

    private func facts(
        of information: borrowing ProcessInformation, recording variables: [(name: String, value: String)]
    ) -> ProcessFacts {
        var facts = ProcessFacts()
        facts.executable = information.executable()?.shown
        for (name, value) in variables.sorted(by: { $0.name < $1.name }) {
            facts.variables[name] = .text(value)
        }
        let groups = information.cgroups() ?? []
        facts.group = (groups.first(where: \.isUnified) ?? groups.first)?.path.shown
        var parent = information.parent
        // The first process of all has started everything.
        while parent > 1, facts.parents.count < 16, let next = try? ProcessInformation(parent, in: proc) {
            guard let program = next.commandLine()?.first.flatMap({ FilePath($0).lastComponent }) else { break }
            facts.parents.append(program.string)
            parent = next.parent
        }
        return facts
    }
}
