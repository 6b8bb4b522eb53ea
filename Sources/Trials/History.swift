/// Earlier trials of an experiment, a page at a time.
public enum History {
    /// Which trials are asked for.
    public struct Query: Hashable, Sendable {
        /// Their experiment.
        public var experiment: Experiment.ID
        /// Their states; empty for all.
        public var states: Set<TrialState>
        /// Only trials filed at or after this moment.
        public var since: Timestamp?
        /// From the highest number down, or from the lowest up.
        public var newestFirst: Bool

        /// All trials of `experiment`, newest first.
        public init(
            experiment: Experiment.ID, states: Set<TrialState> = [], since: Timestamp? = nil, newestFirst: Bool = true
        ) {
            self.experiment = experiment
            self.states = states
            self.since = since
            self.newestFirst = newestFirst
        }
    }

    /// Where a page ended: the number of its last trial.
    public struct Cursor: Hashable, Sendable, Codable {
        /// The last trial given out.
        public var number: Int

        /// After trial `number`.
        public init(number: Int) { self.number = number }
    }

    /// One trial as a line of a table.
    public struct Row: Hashable, Sendable, Codable {
        /// Its address.
        public var reference: TrialReference
        /// The run that it is the record of; nil when a Python process wrote it.
        public var key: RunKey?
        /// How much of the run is told.
        public var revision: Revision
        /// How far it is.
        public var state: TrialState
        /// Flat, by dotted name, in the order given.
        public var parameters: Fields
        /// The last value of each metric, by original name.
        public var metrics: Fields
        /// Nil while it runs, and when it gave none.
        public var result: Value?
        /// When it began; nil when nothing tells.
        public var started: Timestamp?
        /// Nil while it runs.
        public var finished: Timestamp?
        /// Nil while it runs, and when its start is unknown.
        public var processTime: Duration?
        /// What went wrong, or the run's note.
        public var description: String?
        /// The random seed.
        public var seed: Int?
        /// Labels.
        public var tags: [String]
        /// How many problems its record tells of.
        public var problems: Int

        /// A trial in brief.
        public init(_ trial: StoredTrial) {
            reference = trial.reference
            key = trial.key
            revision = trial.revision
            state = trial.state
            parameters = trial.facts.parameters.flattened
            metrics = Fields(
                trial.metrics.compactMap { metric in
                    guard let last = metric.last else { return nil }
                    let value: Value =
                        switch last.value {
                        case .integer(let integer): .integer(integer)
                        case .float(let float): .float(float)
                        }
                    return Fields.Field(name: metric.name, value: value)
                })
            result = trial.outcome?.result
            started = trial.facts.started
            finished = trial.outcome?.finished
            processTime = trial.outcome?.processTime
            description = trial.outcome?.error?.description ?? trial.facts.note
            seed = trial.facts.seed
            tags = trial.facts.tags
            problems = trial.problems.count
        }
    }

    /// A page of rows.
    public struct Page: Hashable, Sendable {
        /// At most as many as were asked for.
        public var rows: [Row]
        /// Where the next page begins; nil after the last.
        public var next: Cursor?

        /// These rows, and where to go on.
        public init(rows: [Row], next: Cursor?) {
            self.rows = rows
            self.next = next
        }
    }
}
