import BackendTesting
import JSON
import SystemCalls
import SystemPackage
import Trials

@testable import TrialAgent

/// Follows a file of any bytes, CSV or JSON lines, that grows and is read in portions, which the first bytes say: its series are
/// those that it has when it is read whole, every piece is one that a store takes, and what is remembered in between is read
/// back as it was.
@_cdecl("LLVMFuzzerTestOneInput")
public func followMetrics(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard bytes.count > 2 else { return 0 }
    let (step, portion) = (Int(bytes[0]) + 1, Int(bytes[1]) * 4 + 1)
    let content = Array(bytes.dropFirst(2))
    do {
        let file = try OwnedDescriptor(opening: place, .readWrite, options: [.create, .truncate])
        var grown = Followed()
        for start in stride(from: 0, to: content.count, by: max(step, content.count / 16)) {
            let end = min(content.count, start + max(step, content.count / 16))
            try file.write(Array(content[start..<end]), at: Int64(start))
            try grown.read(file, portion, isFinal: false)
        }
        try grown.read(file, portion, isFinal: true)
        var whole = Followed()
        try whole.read(file, 1 << 20, isFinal: true)
        guard grown.series == whole.series else {
            fatalError("in portions it is \(grown.series), and read whole \(whole.series)")
        }
    } catch {
        fatalError("\(error)")
    }
    return 0
}

private let place = FilePath("/dev/shm/metrics-fuzzer.\(Machine.processIdentifier)")

/// What is remembered of the file, and a store in memory that gets its pieces.
private struct Followed {
    private var state = MetricsFile(.all)
    private var store: [String: AppliedSeries] = [:]

    /// The series that have points.
    var series: [String: [String]] {
        store.filter { !$0.value.points.isEmpty }.mapValues { $0.points.map { "\($0.epoch)=\($0.value)" } }
    }

    mutating func read(_ file: borrowing OwnedDescriptor, _ portion: Int, isFinal: Bool) throws {
        while true {
            let advance = try state.advance(
                file, atMost: portion, isFinal: isFinal, recorded: Timestamp(nanoseconds: 0))
            for piece in advance.pieces where !store[piece.name, default: AppliedSeries()].apply(piece) {
                fatalError("no store takes \(piece)")
            }
            for problem in advance.problems where problem.isEmpty { fatalError("a problem that says nothing") }
            let written = try JSON.encode(state).bytes()
            guard try JSON(parsing: written).decode(MetricsFile.self) == state else {
                fatalError("what is remembered is read back as something else")
            }
            if !advance.hasMore { return }
        }
    }
}
