import Trials

/// What was found in files that a run's marker names, on its way to the run's record.
struct RunFindings: Sendable {
    let key: RunKey
    /// Metrics files as they were read now, with what that brought.
    var readings: [Reading] = []
    /// What was wished for and has been read.
    var fulfilled = ArtifactWishes()
    var artifacts = ArtifactFindings()

    /// One reading of a metrics file.
    struct Reading: Sendable {
        var file: FollowedFile
        var pieces: [MetricPiece]
        var problems: [String]
    }

    /// Nothing yet.
    init(of key: RunKey) { self.key = key }

    /// True when remembering it would change nothing.
    var isEmpty: Bool { readings.isEmpty && fulfilled.isEmpty }
}

/// A metrics file of a run, and how far it was read.
struct FollowedFile: Codable, Hashable, Sendable {
    /// The path, as the marker gives it.
    let path: String
    var state: MetricsFile
    /// True when the run has ended and the file was read to its end since.
    var isFinished = false

    /// True when it is the same file read for the same series.
    func isSame(as other: FollowedFile) -> Bool { path == other.path && state.selection == other.state.selection }
}

extension Marker {
    /// The metrics files that the marker names, none of them read yet.
    var followedFiles: [FollowedFile] {
        metricsFiles.map { FollowedFile(path: $0, state: MetricsFile(.all)) }
            + metrics.compactMap { metric in
                guard case .file(let path, let epoch, let value) = metric.content else { return nil }
                return FollowedFile(
                    path: path, state: MetricsFile(.column(series: metric.name, epoch: epoch, value: value)))
            }
    }
}
