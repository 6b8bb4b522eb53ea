internal import TrialAgent
internal import Trials

/// What the agent is doing, as it is printed for a person.
struct StatusPage {
    let status: AgentStatus
    let moments: Moments

    /// Columns of a terminal that a path takes at most.
    private static let widestPath = 100

    /// Prints every section that has something in it.
    func write(to output: Output) throws(CommandFailure) {
        let state: (text: String, style: Style) =
            switch status.phase {
            case .starting: ("starting", .busy)
            case .running: status.isHealthy ? ("running", .good) : ("running, but something needs you", .bad)
            case .stopping: ("stopping", .busy)
            }
        try output.line("\(output.page.styled("trialwatch", .heading))  \(output.page.styled(state.text, state.style))")
        try agent.write(to: output)
        try writeProjects(to: output)
        try writeBackends(to: output)
        try writeOpenRuns(to: output)
        try rejected.write(to: output)
        try notices.write(to: output)
    }

    private var agent: Section {
        var section = Section("Agent")
        section.add("version", SafeText.line(status.version))
        section.add("process", String(status.pid))
        section.add("since", "\(moments.local(status.since).brief) (\(moments.ago(status.since)))")
        section.add("configuration", status.configuration.map(SafeText.line) ?? "none: the defaults hold")
        for problem in status.configurationProblems {
            section.add("", "not taken over: \(SafeText.line(problem))", .bad)
        }
        section.add("state", SafeText.line(status.state))
        section.add("claimed", Phrases.count(status.claimed, "marker version"))
        section.add("capturing", status.capturing > 0 ? String(status.capturing) : nil)
        section.add("captures", String(status.captures))
        for wait in status.waits {
            section.add("waiting", "since \(moments.local(wait.since).brief): \(SafeText.line(wait.reason))", .bad)
        }
        section.add("last error", status.lastError.map(SafeText.line), .bad)
        return section
    }

    private func writeProjects(to output: Output) throws(CommandFailure) {
        try write(
            "Projects",
            [
                .init(title: "project", importance: 4, widest: Self.widestPath),
                .init(title: "experiment", importance: 2),
                .init(title: "backend", importance: 1), .init(title: "state", importance: 3),
                .init(title: "directories", isNumeric: true),
                .init(title: "polled", isNumeric: true), .init(title: "baseline", isNumeric: true),
                .init(title: "by git", isNumeric: true), .init(title: "overwritten", isNumeric: true),
            ],
            status.projects.map { project in
                [
                    Table.Cell(SafeText.line(project.path)), Table.Cell(project.experiment.text),
                    Table.Cell(SafeText.line(project.backend)),
                    project.isMissing ? Table.Cell("not there", .bad) : Table.Cell("watched", .good),
                    Table.Cell(String(project.watched)),
                    Table.Cell(String(project.polled), project.polled > 0 ? .busy : .plain),
                    Table.Cell(String(project.baseline)), Table.Cell(String(project.byGit)),
                    Table.Cell(String(project.overwritten), project.overwritten > 0 ? .bad : .plain),
                ]
            }, to: output)
    }

    private func writeBackends(to output: Output) throws(CommandFailure) {
        try write(
            "Backends",
            [
                .init(title: "backend", importance: 4), .init(title: "kind"),
                .init(title: "waiting", isNumeric: true, importance: 2),
                .init(title: "set aside", isNumeric: true, importance: 1), .init(title: "filed", isNumeric: true),
                .init(title: "state", importance: 3),
            ],
            status.backends.map { backend in
                [
                    Table.Cell(SafeText.line(backend.name)), Table.Cell(SafeText.line(backend.kind)),
                    Table.Cell(String(backend.waiting)),
                    Table.Cell(String(backend.setAside), backend.setAside > 0 ? .bad : .plain),
                    Table.Cell(String(backend.filed)), state(of: backend),
                ]
            }, to: output)
        for backend in status.backends {
            guard let error = backend.lastError else { continue }
            try output.line("  \(SafeText.line(backend.name)): \(output.page.styled(SafeText.line(error), .bad))")
        }
    }

    private func writeOpenRuns(to output: Output) throws(CommandFailure) {
        try write(
            "Open trials",
            [
                .init(title: "trial", importance: 2), .init(title: "marker", importance: 1, widest: Self.widestPath),
                .init(title: "process", isNumeric: true), .init(title: "last seen"),
            ],
            status.open.map { run in
                [
                    Table.Cell(run.number.map { "\(run.experiment) \($0)" } ?? "\(run.experiment), not filed yet"),
                    Table.Cell(SafeText.line(run.marker)), Table.Cell(run.process.map(String.init) ?? ""),
                    run.isSilent
                        ? Table.Cell("silent since \(moments.local(run.lastSeen).brief)", .busy)
                        : Table.Cell(moments.ago(run.lastSeen), exact: moments.local(run.lastSeen).description, .dim),
                ]
            }, to: output)
    }

    private var rejected: Section {
        let count = status.rejectedCount
        var section = Section("Rejected markers: \(count)")
        for marker in status.rejected {
            let place = [marker.line, marker.column].compactMap { $0 }.map { ":\($0)" }.joined()
            section.add(
                "",
                "\(SafeText.line(marker.path))\(place): \(SafeText.line(marker.reason)) (\(moments.ago(marker.observed)))",
                .bad)
        }
        if count > status.rejected.count { section.add("", "and \(count - status.rejected.count) before these", .dim) }
        return section
    }

    private var notices: Section {
        var section = Section("Notices")
        for notice in status.notices { section.add("", SafeText.line(notice), .busy) }
        return section
    }

    private func state(of backend: BackendStatus) -> Table.Cell {
        if let since = backend.unreachableSince {
            return Table.Cell("unreachable since \(moments.local(since).brief)", .bad)
        }
        if backend.setAside > 0 { return Table.Cell("refused something", .bad) }
        // A shorter one is what the store allows itself.
        if let lag = backend.lag, lag >= .seconds(5) { return Table.Cell("\(Phrases.duration(lag)) behind", .busy) }
        return Table.Cell("good", .good)
    }

    private func write(
        _ title: String, _ columns: [Table.Column], _ rows: [[Table.Cell]], to output: Output
    ) throws(CommandFailure) {
        guard !rows.isEmpty else { return }
        try output.line()
        try output.line(title, .heading)
        // Status is read by people wherever it goes, so it is aligned; programs take --json.
        let page = Page(width: output.page.width.map { $0 - 2 } ?? 1000, hasColour: output.page.hasColour)
        let (lines, omitted) = Table.lines(columns, rows, page)
        for line in lines { try output.line("  " + line) }
        if !omitted.isEmpty { try output.line("  (no room for: \(omitted.joined(separator: ", ")))", .dim) }
    }
}
