import JSON
import Testing
import Trials

@testable import Trialwatch

@Suite struct HistoryListingTests {
    private let moments = Moments(
        now: Timestamp(nanoseconds: noon.nanoseconds + 300_000_000_000), localOffset: { _ in 3600 })

    private func list(
        _ trials: [StoredTrial], where condition: String? = nil, sort: String? = nil, columns: [String]? = nil,
        limit: Int? = nil, page: Page = .plain, json: Bool = false
    ) async throws -> (lines: [String], notes: [String]) {
        let id = try #require(Experiment.ID("resnet"))
        let listing = HistoryListing(
            rows: HistoryRows(
                reader: MemoryReader(trials: trials), query: History.Query(experiment: id),
                condition: try condition.map { try Condition(parsing: $0) }, limit: limit, moments: moments),
            order: sort.map(HistoryOrder.init), columns: columns?.map(RowField.init))
        let output = Output(page: page)
        let notes = try await json ? listing.printJSON(to: output) : listing.printTable(to: output)
        return (output.text.split(separator: "\n").map(String.init), notes)
    }

    @Test func `a history shows its filled columns, newest first`() async throws {
        let (lines, notes) = try await list([
            try makeTrial(1, ["lr": .float(0.1)], result: .float(0.91)),
            try makeTrial(2, ["lr": .float(0.2), "depth": .integer(3)], state: .failed),
            try makeTrial(3, ["lr": .float(0.3)], state: .running),
        ])
        #expect(
            lines == [
                "trial\tstate\tresult\tlr\tdepth\tduration\tstarted\tdescription",
                "3\trunning\t\t0.3\t\t\t2026-11-23T13:00:00+01:00\t",
                "2\tfailed\t\t0.2\t3\t1.25\t2026-11-23T13:00:00+01:00\tValueError(bad\\x1b[2J input)",
                "1\tsucceeded\t0.91\t0.1\t\t1.25\t2026-11-23T13:00:00+01:00\t",
            ])
        #expect(notes.isEmpty)
    }

    @Test func `a limit may be as large as a number can be`() async throws {
        let trials = try [makeTrial(1, [:], result: .float(2)), makeTrial(2, [:], result: .float(1))]
        let (lines, _) = try await list(trials, sort: "result", columns: ["result"], limit: .max)
        #expect(lines == ["result", "1.0", "2.0"])
    }

    @Test func `a terminal gets rounded numbers and distances in time`() async throws {
        let trial = try makeTrial(1, ["lr": .float(0.1)], result: .float(0.973684210526))
        let (lines, notes) = try await list([trial], page: Page(width: 80, hasColour: false))
        #expect(
            lines == [
                "trial  state        result   lr  duration  started",
                "    1  succeeded  0.973684  0.1     1.3 s  5 min ago",
            ])
        #expect(notes.isEmpty)
        let narrow = try await list([trial], page: Page(width: 30, hasColour: false))
        #expect(narrow.lines[0] == "trial  state        result")
        #expect(
            narrow.notes == [
                "not shown for want of room: lr, duration, started (a wider terminal, --columns, --json)"
            ])
    }

    @Test(arguments: [
        ("lr", [1, 3, 2, 4]), ("-lr", [3, 1, 2, 4]), ("result", [4, 3, 2, 1]), ("trial", [1, 2, 3, 4]),
        ("-trial", [4, 3, 2, 1]),
    ])
    func `trials are sorted by a name, numbers before texts, those without it last`(
        sort: String, expected: [Int]
    ) async throws {
        let trials = [
            try makeTrial(1, ["lr": .float(0.1)]), try makeTrial(2, ["lr": .text("auto")]),
            try makeTrial(3, ["lr": .integer(1)]), try makeTrial(4),
        ]
        #expect(try await numbers(list(trials, sort: sort)) == expected)
    }

    @Test func `a limit takes the first of the order, not of the store`() async throws {
        let trials = try (1...3000).map { try makeTrial($0, ["x": .integer(($0 * 7919) % 3001)]) }
        let best = try await numbers(list(trials, sort: "-x", limit: 3))
        #expect(
            best
                == trials.sorted { $0.facts.parameters["x"]?.number ?? 0 > $1.facts.parameters["x"]?.number ?? 0 }
                .prefix(3).map(\.reference.number))
        #expect(try await numbers(list(trials, where: "x < 3000", limit: 2)).count == 2)
    }

    @Test func `a history of many pages is whole, and its columns are those of all its trials`() async throws {
        let trials = try (1...2500).map { number in
            try makeTrial(number, number == 1 ? ["only_here": .integer(1)] : ["lr": .float(Double(number))])
        }
        let (lines, _) = try await list(trials)
        #expect(lines.count == 2501)
        #expect(lines[0].split(separator: "\t").contains("only_here"))
        #expect(lines.last?.hasPrefix("1\t") == true)
        let json = try await list(trials, json: true).lines
        #expect(try JSON(parsing: json.joined()).array?.count == 2500)
    }

    @Test func `a name that no trial has is no silent nothing`() async throws {
        let trials = [try makeTrial(1, ["learning_rate": .float(0.1)])]
        let (lines, notes) = try await list(trials, where: "learning_rat < 1")
        #expect(lines.count == 1)
        #expect(notes == ["no trial has 'learning_rat' (did you mean 'learning_rate'?)"])
        #expect(try await list(trials, where: "learning_rate > 1").notes.isEmpty)
    }

    @Test func `JSON has every key for every trial`() async throws {
        let big = try #require(Integer("123456789012345678901234567890"))
        let trials = [
            try makeTrial(1, ["n": .integer(big), "o": .mapping(["x": .float(1)])], result: .float(.nan)),
            try makeTrial(2, state: .running),
        ]
        let rows = try JSON(parsing: try await list(trials, json: true).lines.joined()).array ?? []
        #expect(rows.map { $0.object?.keys } == [rows[0].object?.keys, rows[0].object?.keys])
        #expect(rows[1]["parameters"]?["n"]?.number?.text == "123456789012345678901234567890")
        #expect(rows[1]["parameters"]?["o.x"]?.number?.text == "1.0")
        #expect(rows[1]["result"] == "nan")
        #expect(rows[0]["success"]?.isNull == true)
        #expect(rows[1]["duration"]?.double == 1.25)
    }

    @Test func `an unknown experiment is named with its neighbour`() async throws {
        let finder = Finder(reader: MemoryReader(trials: [try makeTrial(1)]))
        let failure = try await finder.noSuchExperiment(try #require(Experiment.ID("resnt")))
        #expect(failure.status == .noSuchThing)
        #expect(failure.description == "experiment resnt: there is no such experiment (did you mean 'resnet'?)")
    }

    private func numbers(_ listing: (lines: [String], notes: [String])) -> [Int] {
        listing.lines.dropFirst().compactMap { Int($0.prefix { $0 != "\t" }) }
    }
}
