import Glibc
import Pickle
import Testing

/// Pickles that are made to hurt: always an error or a value, in bounded memory and time.
@Suite(.serialized) struct HostileTests {
    /// Runs on a thread with so small a stack.
    private static func onSmallStack(_ body: @escaping @Sendable () -> Bool) -> Bool {
        final class Box: @unchecked Sendable {
            let body: @Sendable () -> Bool
            var result = false
            init(_ body: @escaping @Sendable () -> Bool) { self.body = body }
        }
        let box = Box(body)
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, 512 << 10)
        var thread = pthread_t()
        let started = pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument else { return nil }
                let box = Unmanaged<Box>.fromOpaque(argument).takeUnretainedValue()
                box.result = box.body()
                return nil
            }, Unmanaged.passUnretained(box).toOpaque())
        guard started == 0 else { return false }
        pthread_join(thread, nil)
        return box.result
    }

    /// Each way in which values can be nested, `depth` deep.
    static let nestings: [(String, [UInt8], [UInt8])] = [
        ("lists", [0x5D], [0x61]), ("tuples", [], [0x85]), ("marked tuples", [0x28], [0x74]),
        ("dicts", [0x7D, 0x4E], [0x73]), ("calls", [], [UInt8]("cm\nC\n".utf8) + [0x5D, 0x86, 0x85, 0x52]),
        ("objects' states", [UInt8]("cm\nC\n)\u{81}".unicodeScalars.map { UInt8($0.value) }), [0x62]),
        ("sets", [0x8F, 0x28], [0x90]), ("frozensets", [0x28], [0x91]), ("persistent ids", [], [0x51]),
        ("objects of old classes", [0x28] + [UInt8]("cm\nC\n".utf8), [0x6F]),
        ("states of one object", [], [0x4E, 0x62]), ("items of objects", [UInt8]("cm\nC\n)R".utf8), [0x61]),
    ]

    private static func nested(_ nesting: ([UInt8], [UInt8]), depth: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<depth { bytes += nesting.0 }
        bytes.append(0x29)
        for _ in 0..<depth { bytes += nesting.1 }
        return bytes + [0x2E]
    }

    @Test(arguments: nestings)
    func `what is as deep as allowed is read, written, compared, copied and taken apart on half a MiB of stack`(
        _ name: String, _ before: [UInt8], _ after: [UInt8]
    ) {
        let whole = Self.onSmallStack {
            // The deepest that is not refused.
            func value(_ depth: Int) -> PickleValue? {
                try? PickleValue(pickled: Self.nested((before, after), depth: depth))
            }
            var (deepest, refused) = (0, PickleLimits().depth + 1)
            while refused - deepest > 1 {
                let middle = (deepest + refused) / 2
                if value(middle) != nil { deepest = middle } else { refused = middle }
            }
            guard deepest > 100, let value = value(deepest) else { return false }
            let written = value.pickled()
            guard let again = try? PickleValue(pickled: written) else { return false }
            let label = PickleLabel(rawValue: 0)
            let shared: PickleValue = .tuple([.labelled(label, again), .reference(label)])
            return again == value && again.canonical.canonicalBytes == value.canonicalBytes
                && value.body(labelsFrom: 3).bytes.count == written.count - 3 && shared.expanded != value
        }
        #expect(whole)
    }

    @Test(arguments: nestings)
    func `what is deeper than that is refused, be it a million deep`(
        _ name: String, _ before: [UInt8], _ after: [UInt8]
    ) {
        let bytes = Self.nested((before, after), depth: name == "tuples" ? 1_000_000 : 5000)
        let error = #expect(throws: PickleError.self) { try PickleValue(pickled: bytes) }
        guard case .limitExceeded(.depth, limit: 500)? = error?.reason else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    /// Each list holds the one before twice.
    private static func doubling(_ levels: Int, in container: Bool = false) -> [UInt8] {
        var bytes: [UInt8] = container ? [0x7D, 0x28] : []
        for level in 0..<levels {
            if container { bytes += [0x4B, UInt8(level)] }
            bytes += [0x5D, 0x71, UInt8(level)]
            if level > 0 { bytes += [0x28, 0x68, UInt8(level - 1), 0x68, UInt8(level - 1), 0x65] }
            if !container, level < levels - 1 { bytes.append(0x30) }
        }
        if container { bytes.append(0x75) }
        return bytes + [0x2E]
    }

    private struct TakesAll: PickleVisitor {
        var longestPath: Int { 0 }
        var count = 0
        mutating func takes(_ container: PickleContainer) -> Bool { container.path.isEmpty }
        mutating func take(entries: [PickleEntry], of container: PickleContainer) { count += entries.count }
        mutating func take(items: [PickleValue], of container: PickleContainer) { count += items.count }
    }

    @Test func `lists that hold each other twice over stay as small as they are written`() throws {
        let value = try PickleValue(pickled: Self.doubling(100))
        #expect(value.pickled().count < 1000)
        // Written out it would be 2^100 values; so it is not.
        #expect(value.canonicalBytes.count < 1000)
        var visitor = TakesAll()
        var reader = PickleReader(Self.doubling(100, in: true))
        _ = try reader.read(&visitor)
        #expect(visitor.count == 100)
    }

    @Test func `copies of one large value into many are bounded`() {
        // A list of 10,000, and 10,000 entries that hold it.
        var bytes: [UInt8] = [0x7D, 0x28, 0x4B, 0, 0x5D, 0x71, 0, 0x28]
        bytes += [UInt8](repeating: 0x4E, count: 10_000) + [0x65]
        for _ in 0..<10_000 { bytes += [0x4B, 1, 0x68, 0] }
        bytes += [0x75, 0x2E]
        var reader = PickleReader(bytes, limits: PickleLimits(copies: 1 << 16))
        let error = #expect(throws: PickleError.self) {
            var visitor = TakesAll()
            _ = try reader.read(&visitor)
        }
        guard case .limitExceeded(.copies, _)? = error?.reason else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `one long text that stands everywhere is bounded`() {
        var bytes: [UInt8] = [0x5D, 0x28, 0x58, 0x00, 0x00, 0x10, 0x00]
        bytes += [UInt8](repeating: 0x61, count: 1 << 20) + [0x71, 0]
        for _ in 0..<10_000 { bytes += [0x68, 0] }
        bytes += [0x65, 0x2E]
        let error = #expect(throws: PickleError.self) { try PickleValue(pickled: bytes) }
        guard case .limitExceeded(let kind, _)? = error?.reason, kind == .bytes || kind == .copies else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(
        arguments: [
            ("values", [0x4E], [0x2E], PickleLimits.Kind.values), ("marks", [0x28], [0x2E], .values),
            ("values that are dropped", [0x4E], [], .values), ("memo entries", [0x68, 7, 0x30], [0x2E], nil),
            ("empty lists", [0x5D], [0x2E], .values), ("puts", [0x71, 1], [0x2E], nil),
        ] as [(String, [UInt8], [UInt8], PickleLimits.Kind?)])
    func `a great many of anything is a value or an error`(
        _ name: String, _ unit: [UInt8], _ end: [UInt8], _ kind: PickleLimits.Kind?
    ) throws {
        var bytes: [UInt8] = [0x4E, 0x71, 7]
        for _ in 0..<120_000 { bytes += unit }
        bytes += end
        do {
            _ = try PickleValue(pickled: bytes, limits: PickleLimits(values: 100_000))
            #expect(kind == nil)
        } catch {
            switch error.reason {
            case .limitExceeded(let exceeded, _): #expect(exceeded == kind)
            case .truncated: #expect(end.isEmpty)
            default: Issue.record("\(error)")
            }
        }
    }

    @Test func `values that are made and dropped take no memory, however many they are`() throws {
        // A list of a thousand, dropped, five hundred times.
        var bytes: [UInt8] = []
        for _ in 0..<500 { bytes += [0x5D, 0x28] + [UInt8](repeating: 0x29, count: 1000) + [0x65, 0x30] }
        bytes += [0x4E, 0x2E]
        #expect(try PickleValue(pickled: bytes, limits: PickleLimits(values: 100_000)) == .none)
    }

    @Test func `a number in decimal has so many digits and no more`() throws {
        let digits = String(repeating: "7", count: 20_000)
        guard case .long(let number) = try PickleValue(pickled: Array("L\(digits)L\n.".utf8)) else {
            Issue.record("no number")
            return
        }
        #expect(number.decimal == digits)
        let error = #expect(throws: PickleError.self) {
            try PickleValue(pickled: Array("L\(digits)\(digits)L\n.".utf8))
        }
        guard case .limitExceeded(.digits, _)? = error?.reason else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(
        arguments: [
            ("BINUNICODE", "58 00000080"), ("BINUNICODE8", "8d 0000008000000000"), ("BINBYTES", "42 00000080"),
            ("BINBYTES8", "8e 0000008000000000"), ("BYTEARRAY8", "96 0000008000000000"), ("LONG4", "8b ffffff7f"),
            ("BINSTRING", "54 ffffff7f"),
        ])
    func `a text of two gigabytes in a file that has them is refused before it is read`(_ name: String, _ hex: String)
        throws
    {
        let head = [UInt8](hex: hex)
        var calls = 0
        var reader = PickleReader(length: 3 << 30) { offset, count in
            calls += 1
            return (offset..<(offset + count)).map { $0 < head.count ? head[$0] : 0x41 }
        }
        let error = #expect(throws: PickleError.self) { try reader.read() }
        guard case .limitExceeded(.length, limit: 1 << 28)? = error?.reason else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(calls == 1)
    }

    @Test func `a memo number may be anything, and takes no memory`() throws {
        let label = PickleLabel(rawValue: 0)
        let shared = PickleValue.tuple([.labelled(label, []), .reference(label)])
        for (put, get) in [
            ("72 ffffffff", "6a ffffffff"), ("70 34323934393637323935 0a", "6a ffffffff"),
            ("72 ffffffff", "67 34323934393637323935 0a"), ("70 2031320a", "680c"),
        ] {
            #expect(try PickleValue(pickled: [UInt8](hex: "5d \(put) \(get) 86 2e")) == shared)
        }
        // Beyond what the memo's numbers can be, it may be put, but not fetched.
        let beyond = [UInt8](hex: "5d 70 3138343436373434303733373039353531363135 0a 94 94 2e")
        #expect(try PickleValue(pickled: beyond) == [])
        // MEMOIZE counts what is there, not how high the numbers are.
        #expect(try PickleValue(pickled: [UInt8](hex: "5d 72ffffffff 94 6801 86 2e")) == shared)
    }
}
