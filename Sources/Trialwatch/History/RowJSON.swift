internal import JSON
internal import Trials

/// One trial in brief as `--json` writes it: always the same keys, null where there is nothing.
enum RowJSON {
    /// Times are ISO 8601 with offset, durations seconds; parameters flat by dotted name, metrics their last value.
    static func of(_ row: History.Row) -> JSON {
        [
            "experiment": .string(row.reference.experiment.text),
            "trial": JSON(row.reference.number),
            "state": .string(row.state.rawValue),
            "success": row.state == .running ? .null : .bool(row.state == .succeeded),
            "result": row.result?.json ?? .null,
            "parameters": row.parameters.json,
            "metrics": row.metrics.json,
            "started": .of(row.started),
            "finished": .of(row.finished),
            "duration": .of(row.processTime),
            "seed": .of(row.seed),
            "description": JSON(row.description),
            "tags": .array(row.tags.map(JSON.string)),
            "problems": JSON(row.problems),
        ]
    }
}

extension JSON {
    /// ISO 8601 with offset, or null.
    static func of(_ moment: Timestamp?) -> JSON { JSON(moment?.description) }

    /// Seconds, or null.
    static func of(_ duration: Duration?) -> JSON {
        duration.map { JSON(Double($0.wholeNanoseconds) / 1e9) } ?? .null
    }

    /// An integer, or null.
    static func of(_ integer: Int?) -> JSON { integer.map { JSON($0) } ?? .null }
}
