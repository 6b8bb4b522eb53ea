import BackendTesting
import Pickle
import Testing

/// How a pickle comes out of a file, and what becomes of it when that or the visitor fails.
@Suite struct PiecesTests {
    @Test func `a pickle is read piece by piece, twice`() throws {
        let bytes = Collector.program(trials: 20, points: 1000)
        #expect(bytes.count > 1_000_000)
        var calls = 0
        var most = 0
        var reader = PickleReader(length: bytes.count) { offset, count in
            calls += 1
            most = max(most, count)
            // As a file may, less than was asked for.
            return Array(bytes[offset..<(offset + min(count, 100_000))])
        }
        var collector = Collector { $0.path.first == "metrics" && $0.path.count == 2 }
        let root = try reader.read(&collector)
        #expect(most <= 256 << 10)
        #expect(calls < bytes.count / 100_000 * 3 + 100)
        #expect(collector.taken.count == 20_000)
        #expect(collector.largest == 1000)
        guard case .dictionary(let history)? = root.state?["trials"]?.state?["history"] else {
            Issue.record("\(root)")
            return
        }
        #expect(history.count == 20)
    }
    /// A reader that gets so many bytes at a time.
    private static func reader(_ bytes: [UInt8], by size: Int) -> PickleReader {
        PickleReader(length: bytes.count) { offset, count in Array(bytes[offset..<(offset + min(count, size))]) }
    }

    @Test(arguments: [1, 64])
    func `however a file comes in pieces, what is read and handed over is the same`(_ size: Int) throws {
        for record in Golden.records {
            var whole = Collector { _ in true }
            var pieces = whole
            var reader = PickleReader(record.pickle)
            var byPiece = Self.reader(record.pickle, by: size)
            #expect(try byPiece.read(&pieces) == reader.read(&whole), "\(record)")
            #expect(byPiece.end == reader.end)
            #expect(pieces.asked == whole.asked)
            #expect(pieces.taken.map(\.path) == whole.taken.map(\.path))
            #expect(pieces.taken.map(\.value) == whole.taken.map(\.value))
        }
    }

    private struct Enough: Error {}

    /// Throws at the call of that number.
    private struct Refusing: PickleVisitor {
        var longestPath: Int { 3 }
        var calls: Int
        var seen: [String] = []

        private mutating func count(_ what: String) throws {
            calls -= 1
            if calls < 0 { throw Enough() }
            seen.append(what)
        }

        mutating func takes(_ container: PickleContainer) throws -> Bool {
            try count("asked")
            return true
        }
        mutating func take(entries: [PickleEntry], of container: PickleContainer) throws { try count("entries") }
        mutating func take(items: [PickleValue], of container: PickleContainer) throws { try count("items") }
    }

    @Test func `what the visitor throws, whenever it does, is the reason, and nothing is handed over after it`() throws
    {
        let bytes = Collector.program(trials: 2, points: 2)
        var all = Refusing(calls: .max)
        var whole = PickleReader(bytes)
        _ = try whole.read(&all)
        #expect(Set(all.seen) == ["asked", "entries", "items"])
        for calls in all.seen.indices {
            var refusing = Refusing(calls: calls)
            var reader = PickleReader(bytes)
            let error = #expect(throws: PickleError.self) { try reader.read(&refusing) }
            guard case .stopped(let reason)? = error?.reason, reason is Enough else {
                Issue.record("\(calls): \(String(describing: error))")
                return
            }
            #expect(refusing.seen == Array(all.seen[..<calls]))
            #expect(reader.end == 0)
        }
    }

    @Test func `a file that fails at any time is an error that gives its reason`() throws {
        let bytes = Collector.program(trials: 6, points: 1000)
        var calls = 0
        var counting = PickleReader(length: bytes.count) { offset, count in
            calls += 1
            return Array(bytes[offset..<(offset + count)])
        }
        let value = try counting.read()
        #expect(calls == 4)
        for failing in 0..<calls {
            var left = failing
            var reader = PickleReader(length: bytes.count) { offset, count in
                left -= 1
                if left < 0 { throw Enough() }
                return Array(bytes[offset..<(offset + count)])
            }
            let error = #expect(throws: PickleError.self) { try reader.read() }
            guard case .unreadable(let cause)? = error?.reason, cause is Enough else {
                Issue.record("\(failing): \(String(describing: error))")
                return
            }
            // It can be read when the file can be again.
            left = .max
            #expect(try reader.read() == value)
        }
    }

    @Test func `a file that became shorter or other while it was read is a value or an error`() throws {
        let bytes = Collector.program(trials: 6, points: 1000)
        var random = SeededRandom(7)
        var errors = 0
        for _ in 0..<8 {
            // What is in the second half is another, or no longer there, when it is read the second time.
            let place = Int.random(in: (bytes.count / 2)..<bytes.count, using: &random)
            let isShorter = Bool.random(using: &random)
            var later = bytes
            if isShorter {
                later = Array(bytes[..<place])
            } else {
                for index in place..<min(bytes.count, place + Int.random(in: 1...40, using: &random)) {
                    later[index] = UInt8.random(in: 0...255, using: &random)
                }
            }
            var isSecond = false
            var reader = PickleReader(length: bytes.count) { offset, count in
                let whole = isSecond ? later : bytes
                isSecond = isSecond || offset + count == bytes.count
                return Array(whole[min(offset, whole.count)..<min(offset + count, whole.count)])
            }
            var collector = Collector { _ in true }
            do throws(PickleError) { _ = try reader.read(&collector) } catch {
                errors += 1
                if isShorter, case .truncated(let end) = error.reason { #expect(end == place) }
            }
        }
        #expect(errors > 4)
    }
}
