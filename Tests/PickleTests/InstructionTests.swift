import SystemCalls
import SystemPackage
import Testing

@testable import Pickle

/// Every instruction, by bytes written by hand after Python's `pickletools`.
@Suite struct InstructionTests {
    private static let label = PickleLabel(rawValue: 0)
    private static let type = PickleValue.global(module: "m", name: "C")

    static let table: [(String, String, PickleValue)] = [
        ("NONE", "4e", .none), ("NEWTRUE", "8002 88", true), ("NEWFALSE", "8002 89", false),
        ("INT", "49 2d31320a", -12), ("INT, True", "49 30310a", true), ("INT, False", "49 30300a", false),
        (
            "INT beyond a word", "49 3138343436373434303733373039353531363136 0a",
            .integer(decimal: "18446744073709551616") ?? .none
        ),
        ("BININT1", "4bff", 255), ("BININT2", "4dffff", 65535), ("BININT", "4a00000080", -2_147_483_648),
        ("LONG", "4c 2d354c0a", -5), ("LONG without L", "4c 350a", 5),
        ("LONG1", "8a 02 ff00", 255), ("LONG1 of zero", "8a 00", 0), ("LONG4", "8b 01000000 ff", -1),
        ("LONG1 with idle bytes", "8a 09 ffffffffffffffffff", -1),
        ("FLOAT", "46 312e350a", 1.5), ("FLOAT inf", "46 2d696e660a", .float(-.infinity)),
        ("FLOAT nan", "46 6e616e0a", .float(.nan)), ("BINFLOAT", "47 3ff8000000000000", 1.5),
        ("STRING", "53 27615c6e5c5c5c275c313431270a", "a\n\\'a"),
        ("STRING in Python 2's bytes", "53 275c78653927 0a", .python2String([0xE9])),
        ("BINSTRING", "54 02000000 6162", "ab"), ("SHORT_BINSTRING", "55 02 c3a9", .python2String([0xC3, 0xA9])),
        ("UNICODE", "56 61e95c75323731335c5530303031663638300a", "aé✓🚀"),
        ("UNICODE with a lone surrogate", "56 5c75643830300a", .surrogateString([0xED, 0xA0, 0x80])),
        ("SHORT_BINUNICODE", "8004 8c 02 c3a9", "é"), ("BINUNICODE", "58 02000000 c3a9", "é"),
        ("BINUNICODE8", "8d 0200000000000000 c3a9", "é"),
        ("BINUNICODE with a lone surrogate", "58 04000000 61edb280", .surrogateString([0x61, 0xED, 0xB2, 0x80])),
        ("SHORT_BINBYTES", "43 01 ff", .bytes([0xFF])), ("BINBYTES", "42 01000000 ff", .bytes([0xFF])),
        ("BINBYTES8", "8e 0100000000000000 ff", .bytes([0xFF])),
        ("BYTEARRAY8", "8005 96 0100000000000000 ff", .bytearray([0xFF])),
        ("EMPTY_TUPLE", "29", .tuple([])), ("TUPLE1", "4b01 85", .tuple([1])),
        ("TUPLE2", "4b014b02 86", .tuple([1, 2])),
        ("TUPLE3", "4b014b024b03 87", .tuple([1, 2, 3])), ("TUPLE", "28 4b014b02 74", .tuple([1, 2])),
        ("EMPTY_LIST, APPEND, APPENDS", "5d 4b01 61 28 4b024b03 65", [1, 2, 3]),
        ("LIST", "28 4b01 6c 4b02 61", [1, 2]),
        ("EMPTY_DICT, SETITEM, SETITEMS", "7d 4b014b02 73 28 4b034b04 75", [1: 2, 3: 4]),
        ("DICT", "28 4b014b02 64", [1: 2]), ("EMPTY_SET, ADDITEMS", "8f 28 4b014b02 90", .set([1, 2])),
        ("FROZENSET", "28 4b01 91", .frozenset([1])),
        ("GLOBAL", "63 6d0a430a", type), ("STACK_GLOBAL", "58010000006d 5801000000 43 93", type),
        ("GLOBAL of Python 2", "63 5f5f6275696c74696e5f5f0a7365740a", .global(module: "builtins", name: "set")),
        (
            "GLOBAL of Python 2 that moved", "63 636f70795f7265670a5f7265636f6e7374727563746f720a",
            .global(module: "copyreg", name: "_reconstructor")
        ),
        (
            "GLOBAL of Python 3 by that name", "8003 63 5f5f6275696c74696e5f5f0a7365740a",
            .global(module: "__builtin__", name: "set")
        ),
        ("EXT1", "82 05", .extensionCode(5)), ("EXT2", "83 0001", .extensionCode(256)),
        ("EXT4", "84 00000100", .extensionCode(65536)),
        ("PERSID", "50 69640a", .persistent("id")), ("BINPERSID", "4b07 51", .persistent(7)),
        ("REDUCE", "636d0a430a 4b01 85 52", .reduce(type, arguments: .tuple([1]))),
        ("NEWOBJ", "636d0a430a 29 81", .newObject(type, arguments: .tuple([]))),
        ("NEWOBJ_EX", "636d0a430a 29 7d 92", .newObjectWithKeywords(type, arguments: .tuple([]), keywords: [:])),
        ("INST", "28 4b01 69 6d0a430a", .instance(type, arguments: [1])),
        ("OBJ", "28 636d0a430a 4b01 6f", .instance(type, arguments: [1])),
        ("BUILD", "636d0a430a 29 81 7d 62", .build(.newObject(type, arguments: .tuple([])), state: [:])),
        (
            "APPENDS to an object", "636d0a430a 29 52 28 4b01 65",
            .appended(.reduce(type, arguments: .tuple([])), items: [1])
        ),
        (
            "SETITEM in an object", "636d0a430a 29 52 4b014b02 73",
            .updated(.reduce(type, arguments: .tuple([])), entries: [PickleEntry(1, 2)])
        ),
        (
            "ADDITEMS to an object", "636d0a430a 29 52 28 4b01 90",
            .added(.reduce(type, arguments: .tuple([])), members: [1])
        ),
        (
            "items, entries and state", "636d0a430a 29 52 4b0161 4b0261 4b034b0473 4e62",
            .build(
                .updated(.appended(.reduce(type, arguments: .tuple([])), items: [1, 2]), entries: [PickleEntry(3, 4)]),
                state: .none)
        ),
        ("POP", "4b01 4b02 30", 1), ("POP of a MARK", "4b01 28 30", 1), ("POP_MARK", "4b01 28 4b024b03 31", 1),
        ("DUP", "4b01 32 86", .tuple([1, 1])),
        ("DUP of a list", "5d 32 86", .tuple([.labelled(label, []), .reference(label)])),
        ("PUT, GET", "5d 70 350a 67 350a 86", .tuple([.labelled(label, []), .reference(label)])),
        ("BINPUT, BINGET", "5d 7105 6805 86", .tuple([.labelled(label, []), .reference(label)])),
        ("LONG_BINPUT, LONG_BINGET", "5d 7205010000 6a05010000 86", .tuple([.labelled(label, []), .reference(label)])),
        ("MEMOIZE", "4b01 94 5d 94 6801 86 86", .tuple([1, .tuple([.labelled(label, []), .reference(label)])])),
        (
            "MEMOIZE after gaps", "4b01 7107 5d 94 6801 86 86",
            .tuple([1, .tuple([.labelled(label, []), .reference(label)])])
        ),
        ("a memo number given twice", "4b01 7100 30 4b02 7100 6800 86", .tuple([2, 2])),
        (
            "a text put after something was dropped", "5801000000 61 636d0a430a 29 52 30 7100 6800 86",
            .tuple([.sequence(["a", .reduce(type, arguments: .tuple([]))], keeping: 0), "a"])
        ),
        ("a text fetched again", "5801000000 61 7100 6800 86", .tuple(["a", "a"])),
        ("FRAME", "8004 95 0200000000000000 4b01", 1), ("PROTO 5", "8005 4e", .none),
        ("what follows STOP", "4b01 2e ffff", 1),
        (
            "a bytearray as Python 3 writes it for 2 and 3",
            "8003 63 6275696c74696e730a6279746561727261790a 43 02 6162 85 52", .bytearray([0x61, 0x62])
        ),
        (
            "an object made and dropped for what that does", "636d0a430a 2981 7100 636d0a430a 6800 85 52 30",
            .labelled(
                label,
                .sequence(
                    [
                        .newObject(type, arguments: .tuple([])),
                        .reduce(type, arguments: .tuple([.reference(label)])),
                    ], keeping: 0))
        ),
    ]

    @Test(arguments: table)
    func `an instruction is what pickletools says`(_ name: String, _ hex: String, _ expected: PickleValue) throws {
        let value = try PickleValue(pickled: [UInt8](hex: hex + "2e"))
        #expect(value == expected)
        let written = value.pickled()
        #expect(try PickleValue(pickled: written) == value)
    }

    @Test func `a tuple that holds itself by a list is written so that Python can make it`() throws {
        let hex = "5d 7100 28 6800 85 7101 65 30 6801 2e"
        let value = try PickleValue(pickled: [UInt8](hex: hex))
        let written = value.pickled()
        #expect(try PickleValue(pickled: written) == value)
        // The list first, the tuple within it, and then the tuple from the memo.
        guard case .sequence(let parts, keeping: 1) = value else {
            Issue.record("\(value)")
            return
        }
        #expect(parts.count == 2)
    }

    /// The names of all instructions in `pickletools`, but for those that the faults below have.
    private static let names = """
        PROTO FRAME STOP MARK POP POP_MARK DUP NONE NEWTRUE NEWFALSE INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT
        STRING BINSTRING SHORT_BINSTRING UNICODE BINUNICODE SHORT_BINUNICODE BINUNICODE8 BINBYTES SHORT_BINBYTES BINBYTES8
        BYTEARRAY8 EMPTY_LIST APPEND APPENDS LIST EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 TUPLE3 EMPTY_DICT DICT SETITEM SETITEMS
        EMPTY_SET ADDITEMS FROZENSET GLOBAL STACK_GLOBAL INST OBJ NEWOBJ NEWOBJ_EX REDUCE BUILD EXT1 EXT2 EXT4 PERSID BINPERSID
        GET BINGET LONG_BINGET PUT BINPUT LONG_BINPUT MEMOIZE
        """

    @Test func `every instruction of protocols 0 to 5 is among these`() {
        let words = Self.table.flatMap { $0.0.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init) }
        let missing = Set(Self.names.split { $0.isWhitespace }.map(String.init)).subtracting(words)
        #expect(missing == [])
        // NEXT_BUFFER and READONLY_BUFFER are the other two.
        #expect(Self.names.split { $0.isWhitespace }.count == 66)
        #expect((0...255).count { Opcode(rawValue: $0) != nil } == 68)
    }

    /// What is wrong, the pickle, the offset that is said, and a part of what is said.
    static let faults: [(String, String, Int, String)] = [
        ("nothing", "", 0, "ends at byte 0"), ("no STOP", "4b01", 2, "ends at byte 2"),
        ("an instruction cut off", "4b01 4d05", 2, "ends at byte 4"),
        ("a line cut off", "4e 4c3132", 1, "ends at byte 4"),
        ("an unknown instruction", "80034b01 ff 2e", 4, "unknown instruction 0xff"),
        ("an unknown instruction of one digit", "01 2e", 0, "unknown instruction 0x01"),
        ("a newer protocol", "8006 2e", 0, "protocol 6"),
        ("a newer protocol later on", "8003 4e 80ff 2e", 3, "protocol 255"),
        ("no mark", "4b01 74 2e", 2, "a mark"), ("no mark to pop to", "4e 31 2e", 1, "a mark"),
        ("no mark for entries", "7d 75 2e", 1, "a mark"), ("no mark for members", "8f 90 2e", 1, "a mark"),
        ("no mark for an old object", "69 6d0a430a 2e", 0, "a mark"),
        ("a missing memo entry", "6805 2e", 0, "memo entry 5 is missing"),
        ("a missing memo entry beyond 2^31", "6affffffff 2e", 0, "memo entry 4294967295 is missing"),
        ("a missing memo entry beyond 2^32", "67 34323934393637323936 0a 2e", 0, "memo entry 4294967296 is missing"),
        ("a memo entry fetched before it is put", "6805 5d 7105 2e", 0, "memo entry 5 is missing"),
        ("a text that is no UTF-8", "4e 5801000000ff 2e", 1, "not UTF-8"),
        ("a half surrogate", "5802000000eda0 2e", 0, "not UTF-8"),
        ("a class name that is no UTF-8", "63 6d0aff0a 2e", 0, "not UTF-8"),
        ("a persistent id that is no UTF-8", "50 ff0a 2e", 0, "not UTF-8"),
        ("NEXT_BUFFER: data kept elsewhere", "8005 97 2e", 2, "kept outside of it"),
        ("READONLY_BUFFER: data kept elsewhere", "8005 4e 98 2e", 3, "kept outside of it"),
        ("a key alone", "7d 28 4b01 75 2e", 4, "key has no value"),
        ("a key alone in DICT", "28 4b01 64 2e", 3, "no value"),
        ("a number that is none", "49 610a 2e", 0, "not decimal"), ("no number", "49 0a 2e", 0, "not decimal"),
        ("nothing but an L", "4c 4c0a 2e", 0, "not decimal"),
        ("a number with a point", "49 312e300a 2e", 0, "not decimal"),
        ("a float that is none", "46 3078310a 2e", 0, "a number"), ("no float", "46 0a 2e", 0, "a number"),
        ("a text without quotes", "53 610a 2e", 0, "quotes"), ("a text with one quote", "53 270a 2e", 0, "quotes"),
        ("a text with two kinds of quotes", "53 276122 0a 2e", 0, "quotes"),
        ("a text that ends in a backslash", "53 275c270a 2e", 0, "quotes"),
        ("an escape that is broken", "56 5c75313233 0a 2e", 0, "escape"),
        ("an escape beyond Unicode", "56 5c553030313130303030 0a 2e", 0, "escape"),
        ("a memo number that is none", "4e 70 610a 2e", 1, "memo number"),
        ("a memo number below zero", "4e 70 2d310a 2e", 1, "memo number"),
        ("a memo number beyond 64 bits", "4e 70 39393939393939393939393939393939393939390a 2e", 1, "memo number"),
        ("a class named by a number", "4b014b02 93 2e", 4, "named by"),
        ("extension zero", "82002e", 0, "extension code"),
        ("a negative extension", "84ffffffff 2e", 0, "extension code"),
        ("a frame longer than the file", "8004 95 ff00000000000000 4e2e", 2, "ends at byte 13"),
        ("a frame of 2^64", "8004 95 ffffffffffffffff 4e2e", 2, "ends at byte 13"),

        // Lengths that are lies.
        ("BINUNICODE of 2 GiB", "58ffffff7f 2e", 0, "ends at byte 6"),
        ("BINUNICODE of 4 GiB", "58ffffffff 2e", 0, "ends at byte 6"),
        ("BINUNICODE8 of 2^63", "8dffffffffffffff7f 2e", 0, "ends at byte 10"),
        ("BINUNICODE8 of 2^64", "8dffffffffffffffff 2e", 0, "ends at byte 10"),
        ("SHORT_BINUNICODE of 255", "8cff 2e", 0, "ends at byte 3"),
        ("BINBYTES of 4 GiB", "42ffffffff 2e", 0, "ends at byte 6"),
        ("SHORT_BINBYTES of 255", "43ff 2e", 0, "ends at byte 3"),
        ("BINBYTES8 of 2^63", "8effffffffffffff7f 2e", 0, "ends at byte 10"),
        ("BYTEARRAY8 of 2 GiB", "96ffffff7f00000000 2e", 0, "ends at byte 10"),
        ("BYTEARRAY8 of 2^64", "96ffffffffffffffff 2e", 0, "ends at byte 10"),
        ("LONG1 of 255", "8aff 2e", 0, "ends at byte 3"), ("LONG4 of 2 GiB", "8bffffff7f 2e", 0, "ends at byte 6"),
        ("LONG4 below zero", "8bffffffff 2e", 0, "negative"),
        ("BINSTRING of 2 GiB", "54ffffff7f 2e", 0, "ends at byte 6"),
        ("BINSTRING below zero", "5400000080 2e", 0, "negative"),
        ("SHORT_BINSTRING of 255", "55ff 2e", 0, "ends at byte 3"),
    ]

    @Test(arguments: faults)
    func `a broken pickle is an error that says what and where`(
        _ name: String, _ hex: String, _ offset: Int, _ says: String
    ) throws {
        let error = #expect(throws: PickleError.self) { try PickleValue(pickled: [UInt8](hex: hex)) }
        #expect(error?.offset == offset)
        #expect(
            error?.description.hasPrefix("the pickle is unreadable at byte \(offset): ") == true
                && error?.description.contains(says) == true, "\(String(describing: error))")
    }

    @Test(
        arguments: [
            "2e", "30", "32", "4e 61", "4e 73", "4e4e 73", "28 4e 65", "28 4e4e 75", "28 4e 90", "85", "4e 86",
            "4e4e 87",
            "52", "4e 52", "4e 81", "4e4e 92", "4e 62", "51", "580100000061 93", "28 6f", "94", "7100", "70 300a",
            "7200000000",
            "4e 28 61", "4e 28 4e 86", "4e 28 32", "4e 28 7100", "4e 28 85",
        ])
    func `an instruction that finds too little says so`(_ hex: String) {
        let bytes = [UInt8](hex: hex)
        let error = #expect(throws: PickleError.self) { try PickleValue(pickled: bytes + [0x2E]) }
        guard case .stackUnderflow? = error?.reason, let offset = error?.offset else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(offset < bytes.count)
    }

    /// A file that is there when something was run.
    private static let trace = "/tmp/trialwatch-pickle-was-run"

    @Test(
        arguments: [
            "cos\nsystem\n(S'touch \(trace)'\ntR.", "(S'touch \(trace)'\nios\nsystem\n.",
            "(cos\nsystem\nS'touch \(trace)'\no.", "cposix\nsystem\n(S'touch \(trace)'\nt\u{81}.",
            "c__builtin__\neval\n(S'__import__(\"os\").system(\"touch \(trace)\")'\ntR.",
            "cbuiltins\nexec\n(S'import os; os.system(\"touch \(trace)\")'\ntR.",
            "csubprocess\nPopen\n((lS'touch'\naS'\(trace)'\natR.", "cbuiltins\nopen\n(S'\(trace)'\nS'w'\ntR.",
            "cos\nsystem\n(S'touch \(trace)'\ntR0N.", "N(cos\nsystem\n(S'touch \(trace)'\ntR1.",
        ])
    func `what would run something is a node, and nothing runs`(_ pickle: String) throws {
        let value = try PickleValue(pickled: pickle.unicodeScalars.map { UInt8($0.value) })
        var names = false
        value.visitAll { part in
            names = part.text?.contains(Self.trace) == true
            return !names
        }
        #expect(names)
        let written = value.pickled()
        #expect(try PickleValue(pickled: written) == value)
        _ = (value.described, value.canonicalBytes, value.className, value.call)
        #expect(throws: SystemCallError.self) { try FileStatus(of: FilePath(Self.trace)) }
    }

    @Test func `os system is the call that it says`() throws {
        let value = try PickleValue(pickled: [UInt8]("cos\nsystem\n(S'touch /tmp/owned'\ntR.".utf8))
        #expect(value == .call("os", "system", "touch /tmp/owned"))
    }
}
