import Trials

extension RunLifecycle {
    /// What was found in files that the run's marker names.
    static func take(_ run: RunRecord, _ findings: RunFindings) -> Told {
        var run = run
        run.revision = run.revision.next
        var pieces: [MetricPiece] = []
        for reading in findings.readings {
            run.takeProblems(reading.problems)
            for piece in reading.pieces {
                guard let owner = run.owner(of: piece.name, readingFrom: reading.file) else {
                    pieces.append(piece)
                    continue
                }
                run.takeProblems([
                    "metrics_file: \(reading.file.path): \(piece.name) is left out, because \(owner) has a series of that "
                        + "name (give it another: metrics: {NAME: {file: \(reading.file.path), value: \(piece.name)}})"
                ])
            }
            if let index = run.files.firstIndex(where: { $0.isSame(as: reading.file) }) {
                run.files[index] = reading.file
            }
        }
        run.facts.take(findings.artifacts)
        run.fulfil(findings.fulfilled)
        var filing = Self.filing(run, metrics: pieces)
        filing.parts = findings.artifacts.parts.map(\.reference)
        return Told(record: run, filing: filing)
    }
}

extension RunRecord {
    /// Takes over which files a version names; what was read of them before stays known.
    mutating func takeFiles(of marker: Marker) {
        for index in files.indices { files[index].isFinished = false }
        for file in marker.followedFiles where !files.contains(where: { $0.isSame(as: file) }) {
            // What the marker itself has said of the series is replaced by the file's points.
            var file = file
            if case .column(let series, _, _) = file.state.selection,
                let known = metrics.first(where: { $0.name == series })
            {
                file = FollowedFile(
                    path: file.path,
                    state: MetricsFile(file.state.selection, replacing: [series: known.generation]))
            }
            files.append(file)
        }
        let named = ArtifactWishes(marker)
        var news = named.without(asked)
        // What is taken at the end is taken at each end.
        if !news.isEmpty || !asked.atClose.isEmpty {
            asked.take(named)
            news.outputs = asked.outputs
            news.log = asked.log
            var pending = wishes ?? ArtifactWishes()
            pending.take(news)
            wishes = pending.isEmpty ? nil : pending
        }
        for step in marker.steps {
            let kept = StepTokens.identifier(of: step)
            if kept != step.name {
                takeProblems(["step \(step.name) is kept as \(kept), because a step's name is a Python identifier"])
            }
            if let hash = StepTokens.hash(of: step), !facts.stepHashes.contains(hash) { facts.stepHashes.append(hash) }
        }
    }

    /// The other source that has a series of this name: the marker, or a file before this one; nil when there is none.
    fileprivate func owner(of series: String, readingFrom file: FollowedFile) -> String? {
        if metrics.contains(where: { $0.name == series }), case .all = file.state.selection { return "the marker" }
        let others = files.prefix { !$0.isSame(as: file) }
        return others.first { other in other.state.series.contains { $0.name == series } }?.path
    }

    fileprivate mutating func takeProblems(_ problems: [String]) {
        for problem in problems where !facts.problems.contains(problem) { facts.problems.append(problem) }
    }

    fileprivate mutating func fulfil(_ fulfilled: ArtifactWishes) {
        guard let pending = wishes else { return }
        let rest = pending.without(fulfilled)
        wishes = rest.isEmpty ? nil : rest
    }
}

extension ArtifactWishes {
    /// What of these is not among others.
    fileprivate func without(_ others: ArtifactWishes) -> ArtifactWishes {
        var rest = ArtifactWishes()
        if inputs != others.inputs { rest.inputs = inputs }
        if outputs != others.outputs { rest.outputs = outputs }
        rest.persists = persists.filter { !others.persists.contains($0) }
        if log != others.log { rest.log = log }
        rest.steps = steps.filter { !others.steps.contains($0) }
        return rest
    }
}
