import Trials

/// What the agent is doing, in Prometheus's text format.
struct PrometheusText {
    private(set) var text = ""

    /// What a status comes to.
    init(_ status: AgentStatus, at now: Timestamp = .now) {
        let (projects, backends) = (status.projects, status.backends)
        gauge("info", "The agent, by its version.", 1, [("version", status.version)])
        gauge("start_time_seconds", "When the agent began.", seconds(status.since))
        gauge("healthy", "0 while something waits for the user, as in trialwatch status.", status.isHealthy ? 1 : 0)
        gauge("projects", "Projects that are watched.", projects.count)
        gauge("projects_missing", "Projects whose folder is not there.", projects.count { $0.isMissing })
        gauge("directories_watched", "Directories with a watch.", projects.reduce(0) { $0 + $1.watched })
        gauge(
            "directories_polled", "Directories that are looked into now and then.",
            projects.reduce(0) { $0 + $1.polled })
        gauge("runs_open", "Runs that go on.", status.open.count)
        gauge("runs_silent", "Runs of which nothing is heard.", status.open.count { $0.isSilent })
        counter("markers_claimed_total", "Versions of markers that were taken since the start.", status.claimed)
        gauge("markers_rejected", "Markers that could not be understood.", status.rejectedCount)
        counter(
            "markers_overwritten_total", "Versions of markers that were overwritten before they could be read, about.",
            projects.reduce(0) { $0 + $1.overwritten })
        gauge("captures_under_way", "Runs on their way to the spool.", status.capturing)
        counter("captures_total", "Captures of projects since the start.", status.captures)
        gauge("disk_waits", "What waits because the agent's own disk does not take it.", status.waits.count)
        gauge(
            "configuration_refused", "1 while a newer configuration is wrong.",
            status.configurationProblems.isEmpty ? 0 : 1)
        let stores = backends.map { [("backend", $0.name), ("kind", $0.kind)] }
        family("backend_reachable", "gauge", "1 while the store can be reached.", backends, stores) {
            $0.unreachableSince == nil ? 1 : 0
        }
        family("backend_waiting", "gauge", "Entries that wait for the store.", backends, stores) { Double($0.waiting) }
        family("backend_set_aside", "gauge", "Entries that the store refused.", backends, stores) {
            Double($0.setAside)
        }
        family("backend_filed_total", "counter", "Trials filed since the start.", backends, stores) { Double($0.filed) }
        family("backend_lag_seconds", "gauge", "How long derived files have lagged behind.", backends, stores) {
            Double($0.lag?.wholeNanoseconds ?? 0) / 1e9
        }
        gauge("written_time_seconds", "When this was written.", seconds(now))
    }

    private func seconds(_ time: Timestamp) -> Double { Double(time.nanoseconds) / 1e9 }

    private mutating func gauge(_ name: String, _ help: String, _ value: Int, _ labels: [(String, String)] = []) {
        gauge(name, help, Double(value), labels)
    }

    private mutating func gauge(_ name: String, _ help: String, _ value: Double, _ labels: [(String, String)] = []) {
        family(name, "gauge", help, [value], [labels]) { $0 }
    }

    private mutating func counter(_ name: String, _ help: String, _ value: Int) {
        family(name, "counter", help, [value], [[]]) { Double($0) }
    }

    private mutating func family<Item>(
        _ name: String, _ type: String, _ help: String, _ items: [Item], _ labels: [[(String, String)]],
        _ value: (Item) -> Double
    ) {
        guard !items.isEmpty else { return }
        text += "# HELP trialwatch_\(name) \(help)\n# TYPE trialwatch_\(name) \(type)\n"
        for (item, labels) in zip(items, labels) {
            let list = labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",")
            text += "trialwatch_\(name)\(list.isEmpty ? "" : "{\(list)}") \(Self.number(value(item)))\n"
        }
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { escaped, character in
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.append(character)
            }
        }
    }
}
