internal import JSON
internal import TrialAgent
internal import Trials

/// What the agent is doing, as `status --json` writes it.
enum StatusJSON {
    /// No agent answered.
    static let notRunning: JSON = ["running": false, "healthy": false]

    /// Times are ISO 8601 with offset; null stands where there is nothing.
    static func of(_ status: AgentStatus) -> JSON {
        [
            "running": .bool(status.phase == .running), "healthy": .bool(status.isHealthy),
            "phase": .string(status.phase.rawValue), "version": .string(status.version), "pid": JSON(status.pid),
            "since": .of(status.since), "configuration": JSON(status.configuration), "state": .string(status.state),
            "configuration_problems": .array(status.configurationProblems.map(JSON.string)),
            "claimed": JSON(status.claimed), "capturing": JSON(status.capturing), "captures": JSON(status.captures),
            "snapshot_bytes": JSON(status.snapshotBytes), "snapshots_full": .bool(status.isSnapshotRoomUsed),
            "projects": .array(status.projects.map(project)),
            "backends": .array(status.backends.map(backend)),
            "open": .array(status.open.map(run)),
            "rejected_count": JSON(status.rejectedCount), "rejected": .array(status.rejected.map(rejected)),
            "waits": .array(status.waits.map { ["since": .of($0.since), "reason": .string($0.reason)] }),
            "notices": .array(status.notices.map(JSON.string)), "last_error": JSON(status.lastError),
        ]
    }

    private static func project(_ project: ProjectStatus) -> JSON {
        [
            "path": .string(project.path), "experiment": .string(project.experiment.text),
            "backend": .string(project.backend), "watched": JSON(project.watched), "polled": JSON(project.polled),
            "missing": .bool(project.isMissing), "baseline": JSON(project.baseline),
            "needs_adopt": .bool(project.isDoubted),
            "by_git": JSON(project.byGit), "overwritten": JSON(project.overwritten),
        ]
    }

    private static func backend(_ backend: BackendStatus) -> JSON {
        [
            "name": .string(backend.name), "kind": .string(backend.kind), "healthy": .bool(backend.isHealthy),
            "waiting": JSON(backend.waiting), "set_aside": JSON(backend.setAside), "filed": JSON(backend.filed),
            "unreachable_since": .of(backend.unreachableSince), "lag_seconds": .of(backend.lag),
            "last_error": JSON(backend.lastError),
        ]
    }

    private static func run(_ run: OpenRunStatus) -> JSON {
        [
            "experiment": .string(run.experiment.text), "trial": .of(run.number), "marker": .string(run.marker),
            "last_seen": .of(run.lastSeen), "process": .of(run.process), "silent": .bool(run.isSilent),
        ]
    }

    private static func rejected(_ marker: RejectedMarker) -> JSON {
        [
            "path": .string(marker.path), "line": .of(marker.line), "column": .of(marker.column),
            "reason": .string(marker.reason), "observed": .of(marker.observed),
        ]
    }
}
