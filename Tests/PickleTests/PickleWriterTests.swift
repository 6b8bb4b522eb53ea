import Pickle
import Testing

@Suite struct PickleWriterTests {
    /// Pickles that the real daskperiment read, opcode by opcode.
    static let golden: [(String, PickleValue, String)] = [
        (
            "parameters", ["lr": 0.01, "n": 3, "name": "cnn", "flag": true],
            "80037d2858020000006c72473f847ae147ae147b58010000006e4b0358040000006e616d655803000000636e6e"
                + "5804000000666c616788752e"
        ),
        (
            "a metric record",
            ["Epoch": 0, "Value": 0.5, "Timestamp": .timestamp("2019-02-12T19:33:20.123456")],
            "80037d28580500000045706f63684b00580500000056616c7565473fe0000000000000580900000054696d65737461"
                + "6d706370616e6461730a54696d657374616d700a28581a000000323031392d30322d31325431393a33333a32302e"
                + "3132333435367452752e"
        ),
        (
            "a history record",
            [
                "Result": 0.25, "Result Type": "<class 'float'>", "Success": true,
                "Finished": .timestamp("2019-02-12T19:33:20.123456"),
                "Process Time": .timedelta(nanoseconds: 12_345_000), "Description": .float(.nan), "Seed": 1,
            ],
            "80037d285806000000526573756c74473fd0000000000000580b000000526573756c742054797065580f0000003c63"
                + "6c6173732027666c6f6174273e58070000005375636365737388580800000046696e69736865646370616e646173"
                + "0a54696d657374616d700a28581a000000323031392d30322d31325431393a33333a32302e313233343536745258"
                + "0c00000050726f636573732054696d656370616e6461730a54696d6564656c74610a284aa85ebc007452580b0000"
                + "004465736372697074696f6e477ff80000000000005804000000536565644b01752e"
        ),
        (
            "a date", .call("datetime", "date", .bytes([0x07, 0xE3, 0x02, 0x03])),
            "8003636461746574696d650a646174650a28430407e3020374522e"
        ),
        (
            "a timedelta", .call("datetime", "timedelta", 0, 0, 12345),
            "8003636461746574696d650a74696d6564656c74610a284b004b004d393074522e"
        ),
    ]

    @Test(arguments: golden)
    func `a value is written as the bytes that daskperiment reads`(_ name: String, _ value: PickleValue, _ hex: String)
    {
        #expect(value.pickled().hex == hex)
    }

    @Test(arguments: [
        ("0", "4b00"), ("255", "4bff"), ("256", "4d0001"), ("65535", "4dffff"), ("65536", "4a00000100"),
        ("-1", "4affffffff"), ("-2147483648", "4a00000080"), ("2147483647", "4affffff7f"),
        ("2147483648", "8a050000008000"), ("-2147483649", "8a05ffffff7fff"),
        ("9223372036854775807", "8a08ffffffffffffff7f"), ("-9223372036854775808", "8a080000000000000080"),
        ("9223372036854775808", "8a09000000000000008000"), ("-9223372036854775809", "8a09ffffffffffffff7fff"),
        ("-1180591620717411303424", "8a0900000000000000" + "00c0"),
        ("+0000000000000000000000000000000000007", "4b07"), ("-0", "4b00"),
    ])
    func `an integer of any size takes the shortest form that Python's own pickler would`(_ text: String, _ hex: String)
    {
        #expect(PickleValue.integer(decimal: text)?.pickled().hex == "8003" + hex + "2e")
    }

    @Test(arguments: ["", "-", "1.5", "1e3", "0x10", " 1", "1 ", "١"])
    func `text that is no integer is none`(_ text: String) {
        #expect(PickleValue.integer(decimal: text) == nil)
    }

    @Test func `an integer of more than 255 bytes takes the long form`() {
        let text = "1" + String(repeating: "0", count: 700)
        guard let bytes = PickleValue.integer(decimal: text)?.pickled() else {
            Issue.record("not an integer")
            return
        }
        // 10^700 has 2326 bits: 291 bytes with the sign's.
        #expect(bytes.prefix(7).hex == "80038b23010000")
        #expect(bytes.count == 7 + 291 + 1)
    }

    @Test func `text is counted in bytes, and long bytes take a long count`() {
        #expect(PickleValue.string("é✓").pickled().hex == "80035805000000c3a9e29c932e")
        #expect(PickleValue.bytes([1, 2]).pickled().hex == "8003430201022e")
        #expect(PickleValue.bytes(Array(repeating: 7, count: 256)).pickled().prefix(7).hex == "80034200010000")
    }

    @Test func `containers longer than a thousand are cut into batches`() {
        let list = PickleValue.list(Array(repeating: .none, count: 2001)).pickled()
        let expected =
            "80035d" + "28" + String(repeating: "4e", count: 1000) + "65"
            + "28" + String(repeating: "4e", count: 1000) + "65" + "284e652e"
        #expect(list.hex == expected)

        let entries = (0..<1001).map { PickleEntry(.int($0 % 256), .none) }
        let pairs = (0..<1000).map { [UInt8(0x4B), UInt8($0 % 256), 0x4E].hex }.joined()
        #expect(PickleValue.dictionary(entries).pickled().hex == "80037d28" + pairs + "75284be84e752e")
    }

    @Test func `empty containers are left empty`() {
        let value: PickleValue = [[], [:], .tuple([])]
        #expect(value.pickled().hex == "80035d285d7d29652e")
    }

    @Test func `an object may be referred to from its own state`() {
        let label = PickleLabel(rawValue: 0)
        let object = PickleValue.newObject(.global(module: "m", name: "C"), arguments: .tuple([]))
        let value = PickleValue.build(.labelled(label, object), state: ["me": .reference(label)])
        #expect(value.pickled().hex == "8003636d0a430a298171007d2858020000006d656800" + "75622e")
        let outer = PickleValue.labelled(label, .build(object, state: ["me": .reference(label)]))
        #expect(outer.pickled() == value.pickled())
    }

    @Test func `labels past 255 take the long memo form`() {
        let label = PickleLabel(rawValue: 300)
        let value: PickleValue = .tuple([.labelled(label, "a"), .reference(label)])
        #expect(value.pickled().hex == "80032858010000006172" + "2c010000" + "6a2c010000" + "742e")
    }

    @Test func `a dictionary may be gone on with after it was closed`() {
        let label = PickleLabel(rawValue: 2)
        var writer = PickleWriter()
        writer.openDictionary(labelled: label)
        writer.close()
        writer.comment("a")
        var fragment = PickleWriter.fragment()
        fragment.reopenDictionary(label)
        fragment.write("k")
        fragment.write(1)
        fragment.close()
        let begun = writer.bytes
        writer.removeWrittenBytes()
        writer.finish()
        #expect(
            (begun + fragment.bytes + writer.bytes).hex == "80037d710258010000006130" + "6802285801000000"
                + "6b4b0175302e")
    }

    @Test func `lists and objects may be gone on with, and so may a pickle behind its STOP`() {
        let (object, list) = (PickleLabel(rawValue: 2), PickleLabel(rawValue: 3))
        var fragment = PickleWriter.fragment()
        fragment.goOn()
        fragment.reopenList(list)
        fragment.write(1)
        fragment.write(2)
        fragment.close()
        fragment.reopenObject(object)
        fragment.write(["k": 1])
        fragment.close()
        fragment.finish()
        #expect(fragment.bytes.hex == "31" + "6803284b014b026530" + "68027d285801000000" + "6b4b01756230" + "2e")
        #expect(PickleWriter.continuation == UInt8(ascii: "("))
    }

    @Test func `a pickle written piece by piece is the pickle written whole`() {
        let label = PickleLabel(rawValue: 0)
        var written: [UInt8] = []
        var writer = PickleWriter()
        writer.openObject(module: "m", name: "C", labelled: label)
        writer.openDictionary()
        writer.write("trials")
        writer.openDictionary()
        for number in 0..<2500 {
            writer.write(.int(number))
            writer.openList()
            writer.write(["lr": 0.5])
            writer.write(.reference(label))
            writer.close()
            written += writer.bytes
            writer.removeWrittenBytes()
        }
        writer.close()
        writer.close()
        writer.close()
        writer.finish()
        written += writer.bytes

        let trials = (0..<2500).map { PickleEntry(.int($0), [["lr": 0.5], .reference(label)]) }
        let object = PickleValue.newObject(.global(module: "m", name: "C"), arguments: .tuple([]))
        let whole = PickleValue.build(.labelled(label, object), state: ["trials": .dictionary(trials)])
        #expect(written == whole.pickled())
    }
}
