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
        named.restarts = information.environmentVariable("SLURM_RESTART_COUNT").flatMap { Int($0) }
        named.facts = facts(of: information, recording: variables)
        let directory = information.workingDirectory()
        named.directory = directory?.shown
        guard let command = information.commandLine(), !command.isEmpty, let directory else { return }
        named.command = command
        let line = CommandLineScript(command, in: directory)
        named.script = line.script(below: project)?.string
        named.python = line.python(
            executable: information.executable(), environment: information.environmentVariable("VIRTUAL_ENV"))
        guard named.python != nil, let path = information.environmentVariable("PYTHONPATH") else { return }
        named.searchPath = line.searchPath(path)
    }

    private func facts(
        of information: borrowing ProcessInformation, recording variables: EnvironmentAllowList
    ) -> ProcessFacts {
        var facts = ProcessFacts()
        facts.executable = information.executable()?.shown
        for (name, value) in (information.environment(variables.holds) ?? []).sorted(by: { $0.name < $1.name }) {
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
