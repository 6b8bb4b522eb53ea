import BackendTesting
import JSON
import SystemCalls
import SystemPackage
import TestFiles
import Testing
import Trials

@testable import TrialAgent

/// A metrics file on the disk, what is remembered of it, and a store in memory that gets its pieces.
struct FollowedFile {
    let directory: TemporaryDirectory
    let path: FilePath
    var state: MetricsFile
    var limits = MetricsFile.Limits()
    private(set) var store: [String: AppliedSeries] = [:]
    private(set) var problems: [String] = []
    /// Pieces of the last `advance`, of all its portions.
    private(set) var pieces: [MetricPiece] = []

    static let recorded = Timestamp(nanoseconds: 1_700_000_000_000_000_000)

    init(_ content: String = "", _ selection: MetricsFile.Selection = .all) throws {
        directory = try TemporaryDirectory()
        path = try directory.file("metrics", content)
        state = MetricsFile(selection)
    }

    func write(_ content: some Collection<UInt8>) throws {
        try OwnedDescriptor(opening: path, .writeOnly, options: [.create, .truncate]).write(Array(content))
    }

    func append(_ content: some Collection<UInt8>) throws {
        try OwnedDescriptor(opening: path, .writeOnly, options: .append).write(Array(content))
    }

    /// Puts another file in this one's place.
    func replace(_ content: String) throws {
        try FileSystem.rename(try directory.file("other", content), to: path)
    }

    /// Reads until there is no more, at most `bytes` at once; each time the agent dies after it has remembered.
    mutating func advance(isFinal: Bool = false, atMost bytes: Int = 1 << 20) throws {
        pieces = []
        var hasMore = true
        while hasMore {
            let file = try OwnedDescriptor(opening: path, .readOnly)
            var again = state
            let advance = try state.advance(
                file, atMost: bytes, isFinal: isFinal, recorded: Self.recorded, limits: limits)
            let repeated = try again.advance(
                file, atMost: bytes, isFinal: isFinal, recorded: Self.recorded, limits: limits)
            #expect(String(describing: repeated.pieces) == String(describing: advance.pieces))
            #expect(again == state)
            for piece in advance.pieces {
                let isTaken = store[piece.name, default: AppliedSeries()].apply(piece)
                #expect(isTaken, "\(piece.name) \(piece.generation) \(piece.offset)")
            }
            let names = Set(advance.pieces.map(\.name))
            #expect(names.count == advance.pieces.count)
            for series in state.series {
                #expect((store[series.name]?.points.count ?? 0) == series.count)
                #expect((store[series.name]?.generation ?? series.generation) == series.generation)
            }
            pieces += advance.pieces
            problems += advance.problems
            hasMore = advance.hasMore
            let remembered: MetricsFile = try JSON(parsing: JSON.encode(state).bytes()).decode()
            #expect(remembered == state)
            state = remembered
        }
    }

    /// The series, as `loss: 0=0.5 1=nan`, in the order of their names; those without points are left out.
    var series: [String] {
        store.sorted { $0.key < $1.key }.filter { !$0.value.points.isEmpty }.map { name, series in
            "\(name): " + series.points.map { "\($0.epoch)=\($0.value.text)" }.joined(separator: " ")
        }
    }
}

extension MetricValue {
    /// `1` or `1.0`.
    var text: String {
        switch self {
        case .integer(let integer): String(integer)
        case .float(let float): String(float)
        }
    }
}
