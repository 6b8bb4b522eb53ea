import BackendTesting
import ProgramTesting
import Trials

/// Files runs as an agent does while a server comes and goes.
enum Delivery {
    /// Files runs in batches of so many until each is filed; gives the numbers that each was told.
    static func file(
        _ runs: Range<Int>, to backend: some TrialWriter, inBatchesOf size: Int
    ) async throws -> [Int: Set<Int>] {
        var filed: [Int: Set<Int>] = [:]
        var open = Array(runs)
        func fileNext() async throws {
            let batch = Array(open.prefix(size))
            let filings = batch.map { number in
                SampleRun(number).filing(
                    metrics: [SampleRun.piece("loss", [1, 2])], outcome: SampleRun.success(.integer(number)))
            }
            for (run, answer) in zip(batch, try await backend.file(filings)) {
                switch answer {
                case .done(let reference, _, _):
                    filed[run, default: []].insert(reference.number)
                    open.removeAll { $0 == run }
                case .refused(let error): throw error
                case .deleted, .notReached: break
                }
            }
        }
        while !open.isEmpty {
            // One that is not reached is filed again when the server was started again, or another one was chosen.
            let isFiled = try await eventually(within: .seconds(60), every: .milliseconds(20)) {
                do {
                    try await fileNext()
                    return true
                } catch {
                    guard (error as? StoreError)?.isTransient == true else { throw error }
                    return false
                }
            }
            guard isFiled else {
                throw ProgramError("\(open.count) trials were not filed: the server does not come back")
            }
        }
        return filed
    }

    /// Waits until a server's counter has come to a number, over which kills are spread.
    static func wait(for wanted: Int, every pause: Duration, _ count: () async -> Int?) async throws {
        let isThere = try await eventually(within: .seconds(120), every: pause) { await count() ?? 0 >= wanted }
        guard isThere else { throw ProgramError("\(wanted) trials were not filed in two minutes") }
    }
}
