import Synchronization
import SystemCalls
import SystemPackage

/// Writes what the agent is doing into the file that `metrics_file:` names, for Prometheus's node exporter, and takes the file away
/// when the agent stops: nobody is to take old numbers for new ones.
///
/// Without such a file it sleeps.
actor MetricsExport {
    private let executor = BlockingExecutor("trialwatch.metrics")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// The file is written so often.
    static let pause: Duration = .seconds(15)

    private let current: CurrentPlan
    private let status: @Sendable () async -> AgentStatus
    private let note: @Sendable (String) -> Void
    private let clock: any _Concurrency.Clock<Duration>
    private var file: FilePath?
    private var count = 0

    init(
        _ current: CurrentPlan, status: @escaping @Sendable () async -> AgentStatus,
        telling note: @escaping @Sendable (String) -> Void, clock: any _Concurrency.Clock<Duration> = QuietClock()
    ) {
        self.current = current
        self.status = status
        self.note = note
        self.clock = clock
    }

    init(_ pipeline: Pipeline) {
        self.init(
            pipeline.current, status: { await pipeline.status() }, telling: { pipeline.bulletin.note($0) })
    }

    /// Writes until it is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await _ in current.changes() {
                let wanted = current.plan.configuration.metricsFile
                guard wanted != file else { continue }
                remove()
                file = wanted
                count += 1
                if wanted != nil { group.addTask { [count] in await self.writeRegularly(count) } }
            }
        }
        remove()
    }

    /// Writes until another file is wanted; the sleep of before ends by itself.
    private func writeRegularly(_ number: Int) async {
        repeat {
            let text = PrometheusText(await status()).text
            guard number == count, let file, !Task.isCancelled else { return }
            do throws(SystemCallError) {
                try FileSystem.replace(
                    file, with: Array(text.utf8), permissions: [.ownerReadWrite, .groupRead, .otherRead])
            } catch {
                note("metrics_file \(file.shown): it cannot be written: \(error)")
            }
        } while (try? await clock.sleep(for: Self.pause)) != nil
    }

    private func remove() {
        // It may be gone already, or never have been written, which was said.
        if let file { try? FileSystem.remove(file) }
    }
}
