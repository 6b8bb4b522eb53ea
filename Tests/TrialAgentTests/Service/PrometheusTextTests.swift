import Testing
import Trials

@testable import TrialAgent

@Suite struct PrometheusTextTests {
    @Test func `each number has its help and type, each store its labels`() throws {
        var status = AgentStatus(
            version: "1.2\"3", pid: 7, since: Timestamp(nanoseconds: 1_500_000_000, offset: 0), configuration: nil,
            state: "/s")
        status.phase = .running
        status.claimed = 12
        status.backends = [
            BackendStatus(name: "lab", kind: "redis", waiting: 3, filed: 9, unreachableSince: .now),
            BackendStatus(name: "here", kind: "local", filed: 4),
        ]
        let lines = PrometheusText(status).text.split(separator: "\n").map(String.init)
        for line in [
            "# HELP trialwatch_healthy 0 while something waits for the user, as in trialwatch status.",
            "# TYPE trialwatch_markers_claimed_total counter", "trialwatch_markers_claimed_total 12",
            "trialwatch_info{version=\"1.2\\\"3\"} 1", "trialwatch_start_time_seconds 1.5", "trialwatch_healthy 0",
            "trialwatch_backend_reachable{backend=\"lab\",kind=\"redis\"} 0",
            "trialwatch_backend_reachable{backend=\"here\",kind=\"local\"} 1",
            "trialwatch_backend_waiting{backend=\"lab\",kind=\"redis\"} 3",
            "trialwatch_backend_filed_total{backend=\"here\",kind=\"local\"} 4",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
        // A name is explained once, before its numbers (Prometheus's text format 0.0.4).
        let types = lines.filter { $0.hasPrefix("# TYPE") }
        #expect(Set(types).count == types.count)
    }
}
