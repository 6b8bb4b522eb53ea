internal import Records
internal import Redis
internal import SystemCalls
internal import Trials

extension RedisSession {
    /// Calls `body` with the points of a range of a series, each with its place, some thousand at a time.
    func forEachPoint(
        of name: String, _ trial: TrialReference, _ range: Range<Int>,
        _ body: (Int, MetricPoint) throws(StoreError) -> Void
    ) throws(StoreError) {
        if range.isEmpty { return }
        let operation = "reading a series"
        let keys = RedisKeys(trial.experiment)
        let stored = try ask(operation, RedisCommand("HGET", keys.names, "metric \(name)")).text ?? name
        var place = range.lowerBound
        while place < range.upperBound {
            let last = min(place + 5000, range.upperBound) - 1
            let command = RedisCommand("LRANGE", keys.metric(stored, trial.number), String(place), String(last))
            let items = try ask(operation, command).array ?? []
            for item in items {
                guard let bytes = item.bytes,
                    let point = PointPickle.point(bytes) ?? PythonRecord.point(bytes, localOffset: Clock.localOffset)
                else {
                    throw StoredDocument.unreadable(trial, "a point of \(name) is none")
                }
                try body(place, point)
                place += 1
            }
            // It was cut meanwhile.
            if items.isEmpty { return }
        }
    }
}
