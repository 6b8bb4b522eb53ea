internal import ArgumentParser
internal import JSON
internal import YAML

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Looks at the configuration, the backends, limits and permissions; each problem with its remedy.",
        discussion: """
            Everything that is wrong in the configuration is told at once, with file, line and column, and ends with \
            78; a backend that cannot be reached ends with 69; anything else that would go wrong, with 1.
            """)

    @OptionGroup var agent: AgentOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let world = try World.ofThisProcess()
        let report = await CheckReport(try world.configuration(agent.config), world)
        let out = world.output()
        if output.json {
            try out.json(report.json)
        } else {
            try write(report, to: out)
        }
        try out.flush()
        if report.backends.contains(where: { $0.error != nil }) { throw CommandFailure(status: .unreachable) }
        if !report.isGood { throw CommandFailure(status: .failed) }
    }

    private func write(_ report: CheckReport, to out: Output) throws(CommandFailure) {
        try out.line(report.isGood ? "all is well" : "something needs you", report.isGood ? .good : .bad)
        var sections = [Section("Configuration"), Section("Projects"), Section("Backends"), Section("Limits")]
        for file in report.files { sections[0].add("", SafeText.line(file)) }
        for project in report.projects {
            sections[1].add(
                project.path,
                "\(project.experiment) in \(SafeText.line(project.backend)), "
                    + (project.directories == 1 ? "1 directory" : "\(project.directories) directories"))
        }
        for backend in report.backends {
            sections[2].add(
                backend.name, "\(backend.kind), \(SafeText.line(backend.error ?? "ready"))",
                backend.error == nil ? .good : .bad)
        }
        let needed = report.projects.reduce(0) { $0 + $1.directories }
        sections[3].add("watches", "\(needed) needed" + (report.watchLimit.map { ", \($0) allowed" } ?? ""))
        var problems = Section("Problems")
        for problem in report.problems { problems.add("", SafeText.line(problem), .bad) }
        var warnings = Section("Warnings")
        for warning in report.warnings { warnings.add("", SafeText.line(warning), .busy) }
        for section in sections + [problems, warnings] { try section.write(to: out) }
    }
}
