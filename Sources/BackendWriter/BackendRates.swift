internal import BackendTesting
internal import SystemCalls
internal import SystemPackage
internal import Trials

/// What a store takes and gives in a second, for Benchmarks/backends.
struct BackendRates {
    let backend: any TrialWriter & TrialReader

    /// Runs one measure and gives its numbers; nil for one that there is not.
    func measure(_ name: String, first: Int, count: Int) async throws -> String? {
        switch name {
        case "batches": try await batches(first, count, Self.whole)
        case "plain": try await batches(first, count) { SampleRun($0).filing(outcome: SampleRun.success()) }
        case "singles": try await singles(first, count)
        case "pages": try await pages(count)
        case "all": try await all()
        default: nil
        }
    }

    /// A run of some 17 KB, the most of it environment texts, as agents file them.
    private static func whole(_ number: Int) -> Filing {
        var run = SampleRun(number)
        run.facts.parameters = [
            "lr": .float(Double(number) / 1000), "model": .text("resnet"), "batch_size": .integer(32),
            "optimizer": .text("adam"),
        ]
        run.capture = SampleRun.wholeCapture()
        run.capture?.environment[.requirements] = .text(requirements)
        run.capture?.code = CodeContext(files: [CodeContext.File(path: "train.py", text: code)])
        let losses = (0..<20).map { 4 / Double($0 + number % 7 + 1) }
        return run.filing(
            metrics: [SampleRun.piece("loss", losses), SampleRun.piece("accuracy", losses)],
            outcome: SampleRun.success(.float(Double(number))))
    }

    private static let requirements = (0..<300).map { "package-number-\($0)==1.\($0).0" }.joined(separator: "\n")
    private static let code = (0..<120).map { "value_\($0) = step(value, rate=\($0))  # as before" }.joined(
        separator: "\n")

    private func batches(_ first: Int, _ count: Int, _ make: (Int) -> Filing) async throws -> String {
        let filings = (first..<(first + count)).map(make)
        let clock = ContinuousClock()
        let capacity = min(backend.capacity.trials, 200)
        let time = try await clock.measure {
            for start in stride(from: 0, to: count, by: capacity) {
                let answers = try await backend.file(Array(filings[start..<min(start + capacity, count)]))
                for case .refused(let error) in answers { throw error }
            }
        }
        return "\(Double(count) / time.seconds)"
    }

    private func singles(_ first: Int, _ count: Int) async throws -> String {
        var times: [Double] = []
        for number in first..<(first + count) {
            let filing = Self.whole(number)
            let time = try await ContinuousClock().measure { _ = try await backend.file([filing]) }
            times.append(time.seconds * 1000)
        }
        return "\(times.sorted()[count / 2])"
    }

    /// The slowest of some pages of fifty, all over the history.
    private func pages(_ count: Int) async throws -> String {
        let query = History.Query(experiment: SampleRun(1).experiment)
        let last = try await backend.experiments().first { $0.id == query.experiment }?.lastNumber ?? 0
        var times: [Double] = []
        for place in 0..<count {
            let cursor = place == 0 ? nil : History.Cursor(number: last - last * place / count)
            let time = try await ContinuousClock().measure {
                _ = try await backend.trials(query, after: cursor, limit: 50)
            }
            times.append(time.seconds * 1000)
        }
        return "\(times.max() ?? 0)"
    }

    /// Trials, seconds, and the most memory that was ever resident.
    private func all() async throws -> String {
        let query = History.Query(experiment: SampleRun(1).experiment)
        var (count, cursor): (Int, History.Cursor?) = (0, nil)
        let time = try await ContinuousClock().measure {
            repeat {
                let page = try await backend.trials(query, after: cursor, limit: 200)
                count += page.rows.count
                cursor = page.next
            } while cursor != nil
        }
        let status = try OwnedDescriptor(opening: "/proc/self/status", .readOnly).readToEnd(limit: 1 << 16)
        let peak = String(decoding: status, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("VmHWM") }
        return "\(count) \(time.seconds) \(peak?.split(separator: " ").dropFirst().first ?? "")"
    }
}

extension Duration {
    fileprivate var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
