public import Trials

/// A run as tests file it: its key says which run it is, its filings how far it has come.
public struct SampleRun: Sendable {
    /// Names the run.
    public let key: RunKey
    /// Where it is filed.
    public let experiment: Experiment.ID
    /// What the next filing tells.
    public var facts = TrialFacts()
    /// What was found around it.
    public var capture: TrialCapture?

    /// The run `number` of an experiment whose id is `experiment`, or the nearest one.
    public init(_ number: Int, of experiment: String = "sample") {
        let digits = String(number, radix: 16)
        let text = String(repeating: "0", count: 64 - digits.utf8.count) + digits
        guard let key = RunKey(text) else { preconditionFailure("\(text) is made as a run key") }
        self.key = key
        self.experiment = Experiment.ID.suggestion(for: experiment)
        facts.parameters = ["number": .integer(number)]
        facts.started = Self.time(0)
    }

    /// A moment of the sample's day, seconds after it began; local time is an hour ahead of UTC.
    public static func time(_ seconds: Int) -> Timestamp {
        Timestamp(nanoseconds: (1_700_000_000 + seconds) * 1_000_000_000 + 123_456_000, offset: 3600)
    }

    /// A filing of the run.
    public func filing(
        revision: Int = 1, metrics: [MetricPiece] = [], parts: [PartReference] = [], look: SourcesLook? = nil,
        outcome: Outcome? = nil
    ) -> Filing {
        Filing(
            key: key, experiment: experiment, revision: Revision(revision), facts: facts, capture: capture,
            metrics: metrics, parts: parts, look: look, outcome: outcome)
    }

    /// The end of a run that went well.
    public static func success(_ result: Value? = .float(0.25)) -> Outcome {
        Outcome(state: .succeeded, result: result, finished: time(60), processTime: .milliseconds(12_345))
    }

    /// A stretch of a series: the values at epochs from `offset` on.
    public static func piece(
        _ name: String, generation: Int = 0, at offset: Int = 0, _ values: [Double]
    ) -> MetricPiece {
        MetricPiece(
            name: name, generation: generation, offset: offset,
            points: values.enumerated().map { place, value in
                MetricPoint(epoch: offset + place, value: .float(value), recorded: time(offset + place))
            })
    }

    /// A capture with a text in each of daskperiment's categories, and with code.
    public static func wholeCapture() -> TrialCapture {
        var capture = TrialCapture(began: time(0), agent: "0.0.0-test")
        capture.code = CodeContext(files: [.init(path: "train.py", text: "print('größe ✓')\n")])
        capture.environment[.platform] = .document([
            "Platform Information": .text("Linux-6.1-x86_64"), "Device CPU Count": .integer(8),
        ])
        capture.environment[.git] = .document([
            "Working Directory": .text("/home/u/größe"), "Git Repository": .text("git@host:a/b.git"),
            "Git Active Branch": .text("main"), "Git HEAD Commit": .text("0123456789abcdef0123456789abcdef01234567"),
            "Git Dirty Flag": .bool(true),
        ])
        capture.environment[.python] = .document([
            "Python Implementation": .text("CPython"), "Python Version": .text("3.11.7"),
            "Python Shell Mode": .text("File"), "Python Prefix": .text("/venv"), "Python Base Prefix": .text("/usr"),
            "Python venv Flag": .bool(true), "Python venv Name": .text("venv"),
            "Daskperiment Version": .text("trialwatch 0.0.0"), "Daskperiment Path": .text("/usr/bin/trialwatch"),
        ])
        capture.environment[.cpu] = .document(
            Fields(
                processorKeys.map { key in
                    let isNumber = key == "Bits" || key == "Count"
                    return Fields.Field(name: key, value: isNumber ? .integer(64) : .text(""))
                }))
        let texts: [EnvironmentCategory] = [.numpy, .scipy, .pandas, .conda]
        for category in texts { capture.environment[category] = .text("\(category.rawValue) is not installed") }
        var snapshot = Snapshot(
            tree: String(repeating: "5", count: 40), store: "größe-0123456789ab", host: "node7", began: time(0),
            files: 2, size: 4096)
        snapshot.leftOut = [.init(path: "größe\\xff", reason: "it is large")]
        capture.snapshot = snapshot
        capture.environment[.requirements] = .text("numpy==1.26.0\ntorch==2.3.0")
        return capture
    }

    private static let processorKeys = [
        "Python Version", "Cpuinfo Version", "Vendor ID", "Hardware Raw", "Brand", "Hz Advertised", "Hz Actual",
        "Hz Advertised Raw", "Hz Actual Raw", "Arch", "Bits", "Count", "Raw Arch String", "L1 Data Cache Size",
        "L1 Instruction Cache Size", "L2 Cache Size", "L2 Cache Line Size", "L2 Cache Associativity", "L3 Cache Size",
        "Stepping", "Model", "Family", "Processor Type", "Extended Model", "Extended Family", "Flags",
    ]
}
