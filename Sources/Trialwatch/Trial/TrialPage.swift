internal import Trials

/// One trial as it is printed for a person.
struct TrialPage {
    let trial: StoredTrial
    /// Its series by name, thinned.
    let series: [String: MetricSeries]
    let moments: Moments
    /// Whether environment texts and code are printed in full.
    let isWhole: Bool

    /// Columns of the terminal that a curve takes, and points that are read for it.
    static let curve = 32

    /// Prints every section that has something in it.
    func write(to output: Output) throws(CommandFailure) {
        try writeTitle(to: output)
        for section in [
            run, parameters, result, metrics, inputs, outputs, persisted, steps, parts, git, snapshot, python,
            lockfiles,
            hardware,
        ] {
            try section.write(to: output)
        }
        try writeEnvironment(to: output)
        try writeCode(to: output)
        try timings.write(to: output)
        try problems.write(to: output)
    }

    private func writeTitle(to output: Output) throws(CommandFailure) {
        var title = output.page.styled(trial.reference.description, .heading)
        title += "  " + output.page.styled(trial.state.rawValue, trial.state.style)
        if let result = trial.outcome?.result { title += "  " + result.shown(digits: 6) }
        if let note = trial.facts.note { title += "  " + SafeText.line(note) }
        try output.line(output.page.width.map { cutStyled(title, to: $0, output.page) } ?? title)
    }

    /// Escape sequences take no room; a title in colour is short enough to be left as it is.
    private func cutStyled(_ title: String, to width: Int, _ page: Page) -> String {
        page.hasColour ? title : DisplayWidth.cut(title, to: width)
    }

    private var run: Section {
        let facts = trial.facts
        var section = Section("Run")
        section.add("started", facts.started.map(time))
        section.add("finished", trial.outcome.map { time($0.finished) })
        section.add("took", trial.outcome?.processTime.map(Phrases.duration))
        // Only of a process that was there can something be wanting.
        if let outcome = trial.outcome, facts.pid != nil {
            let usage = facts.usage ?? UsageFacts()
            section.add(
                "processor", seen(usage.processorTime.map(Phrases.duration), usage.processorTimeSeen, outcome))
            section.add("peak memory", seen(usage.peakMemory.map(Phrases.size), usage.peakMemorySeen, outcome))
        }
        if let error = trial.outcome?.error {
            section.add("error", SafeText.line(error.description), .bad)
        }
        section.add("name", facts.run.map(SafeText.line))
        section.add("group", facts.group.map(SafeText.line))
        section.add("parent", facts.parent.map(SafeText.line))
        section.add("attempt", facts.attempt > 1 ? String(facts.attempt) : nil)
        section.add("seed", facts.seed.map(String.init))
        section.add("tags", SafeText.line(facts.tags.joined(separator: ", ")))
        section.add("marker", facts.marker.map(SafeText.line))
        section.add("user", facts.user.map(SafeText.line))
        section.add("host", facts.host.map(SafeText.line))
        section.add("process", facts.pid.map(String.init))
        section.add("written by", trial.capture?.writer.map(writer))
        section.add("program", facts.process?.executable.map(SafeText.line))
        section.add("started by", SafeText.line(facts.process?.parents.joined(separator: ", ") ?? ""))
        section.add("control group", facts.process?.group.flatMap { $0 == "/" ? nil : SafeText.line($0) })
        for field in (facts.process ?? trial.capture?.writer?.facts)?.variables ?? [:] {
            section.add("$\(field.name)", field.value.shown())
        }
        for field in facts.extra { section.add("extra.\(field.name)", field.value.shown()) }
        return section
    }

    /// What was seen of a process, and how long before its end: it may have become more by then.
    private func seen(_ text: String?, _ moment: Timestamp?, _ outcome: Outcome) -> String {
        guard let text else { return "not known" }
        guard let moment, outcome.finished.since(moment) > .seconds(1) else { return text }
        return "at least \(text) (seen \(Phrases.duration(outcome.finished.since(moment))) before the end)"
    }

    private func writer(_ writer: InferredProcess) -> String {
        let command = writer.command.map { "\(SafeText.line($0.joined(separator: " "))), " } ?? ""
        return "\(command)process \(writer.number), inferred: \(writer.sign.rawValue)"
    }

    private var parameters: Section {
        var section = Section("Parameters")
        for field in trial.facts.parameters.flattened { section.add(field.name, field.value.shown()) }
        return section
    }

    private var result: Section {
        var section = Section("Result")
        section.add("value", trial.outcome?.result?.shown())
        return section
    }

    private var metrics: Section {
        var section = Section("Metrics")
        for metric in trial.metrics {
            var text = Phrases.count(metric.count, "point")
            if let last = metric.last {
                text += ", last \(last.value.asValue.shown(digits: 6)) at \(last.epoch)"
            }
            if let extremes = metric.extremes, metric.count > 1 {
                let low = Phrases.significant(extremes.lowerBound, 6)
                text += ", from \(low) to \(Phrases.significant(extremes.upperBound, 6))"
            }
            if let series = series[metric.name], series.points.count > 1 {
                text = Sparkline.draw(series.points.map(\.value.double), width: Self.curve) + "  " + text
            }
            section.add(metric.name, text)
        }
        return section
    }

    private var persisted: Section {
        var section = Section("Persisted")
        for field in trial.facts.persisted { section.add(field.name, field.value.shown()) }
        for part in trial.parts where part.role == .persist { section.add(part.name, brief(part)) }
        return section
    }

    private var timings: Section {
        var section = Section("Capture")
        guard let capture = trial.capture else { return section }
        section.add("began", time(capture.began) + (capture.isLate ? ", late: made anew after a crash" : ""))
        for timing in capture.timings {
            section.add(timing.capturer, Phrases.duration(.microseconds(timing.microseconds)))
        }
        section.add("agent", SafeText.line(capture.agent))
        return section
    }

    private var problems: Section {
        var section = Section("Problems")
        for problem in trial.problems { section.add("", SafeText.line(problem), .busy) }
        return section
    }

    private func time(_ moment: Timestamp) -> String {
        "\(moments.local(moment).brief) (\(moments.ago(moment)))"
    }
}
