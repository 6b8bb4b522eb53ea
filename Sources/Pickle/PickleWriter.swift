/// Writes one pickle, piece by piece, in protocol 3: no frames, classes by GLOBAL, memo only where a label asks for it.
///
/// Python from 3.0 on reads it. Containers may be opened, filled and closed one value at a time, and the bytes made so
/// far taken away in between, so that a pickle of any size needs no tree and no buffer of its size.
public struct PickleWriter: ~Copyable {
    /// What was written since the last ``removeWrittenBytes()``.
    public private(set) var bytes: [UInt8] = []
    private var open: [Container] = []

    private struct Container {
        enum Kind { case list, dictionary, object }
        let kind: Kind
        /// Values since the last MARK; a key and its value count two.
        var pending = 0
        /// Whether it was taken from the memo, and is to leave the stack again.
        var isRecalled = false
    }

    /// Python's own limit for the items of one APPENDS or SETITEMS.
    private static let batch = 1000

    /// A pickle of which only the header is written.
    public init() {
        emit(.proto)
        bytes.append(3)
    }

    /// A stretch of a pickle that some other writer began, and another may go on with.
    public static func fragment() -> PickleWriter {
        var writer = PickleWriter()
        writer.removeWrittenBytes()
        return writer
    }

    /// Forgets the bytes that the caller has taken, and keeps their storage.
    public mutating func removeWrittenBytes() {
        bytes.removeAll(keepingCapacity: true)
    }

    /// Writes STOP. Every container must be closed, and nothing may follow.
    public mutating func finish() {
        precondition(open.isEmpty, "a container is still open")
        emit(.stop)
    }

    // MARK: Containers, filled one value at a time

    /// Opens a `list`: the values that follow are its items, until ``close()``.
    public mutating func openList(labelled label: PickleLabel? = nil) {
        beginValue()
        emit(.emptyList)
        if let label { remember(label) }
        open.append(Container(kind: .list))
    }

    /// Opens a `dict`: the values that follow are a key, its value, the next key and so on, until ``close()``.
    public mutating func openDictionary(labelled label: PickleLabel? = nil) {
        beginValue()
        emit(.emptyDict)
        if let label { remember(label) }
        open.append(Container(kind: .dictionary))
    }

    /// Goes on with a `dict` that was labelled and closed earlier, not in an open container's place; a key that it has
    /// gets the new value.
    ///
    /// Of a `list`, too, items can be replaced in this way: keys are places then, or a `slice` with a list as its value.
    public mutating func reopenDictionary(_ label: PickleLabel) {
        recall(label)
        open.append(Container(kind: .dictionary, isRecalled: true))
    }

    /// Goes on with a `list` that was labelled and closed earlier, at its end.
    public mutating func reopenList(_ label: PickleLabel) {
        recall(label)
        open.append(Container(kind: .list, isRecalled: true))
    }

    /// Goes on with an object that was labelled and closed earlier: the one value that follows is a `dict` of attributes
    /// that get new values, then ``close()``.
    public mutating func reopenObject(_ label: PickleLabel) {
        recall(label)
        open.append(Container(kind: .object, isRecalled: true))
    }

    /// Goes on behind the STOP of a pickle that is whole, as soon as that STOP is turned into ``continuation``.
    public mutating func goOn() {
        emit(.popMark)
    }

    /// What a STOP is turned into, so that a pickle goes on behind it: MARK, which the POP_MARK there takes away again.
    public static let continuation = Opcode.mark.rawValue

    /// Writes a text that loading drops: a pickle has no other room for a comment.
    public mutating func comment(_ text: String) {
        string(text)
        emit(.pop)
    }

    /// Makes an object by `cls.__new__(cls)`: the one value that follows is its state, then ``close()``.
    public mutating func openObject(module: String, name: String, labelled label: PickleLabel? = nil) {
        beginValue()
        global(module: module, name: name)
        emit(.emptyTuple)
        emit(.newobj)
        if let label { remember(label) }
        open.append(Container(kind: .object))
    }

    /// Closes the container opened last.
    public mutating func close() {
        guard let container = open.popLast() else {
            preconditionFailure("no container is open")
        }
        switch container.kind {
        case .list:
            if container.pending > 0 { emit(.appends) }
        case .dictionary:
            precondition(container.pending.isMultiple(of: 2), "a key has no value")
            if container.pending > 0 { emit(.setitems) }
        case .object:
            precondition(container.pending == 1, "an object has one state")
            emit(.build)
        }
        if container.isRecalled { emit(.pop) }
    }

    // MARK: Whole values

    /// Writes a value: at the top, or as the next item of the container opened last.
    public mutating func write(_ value: PickleValue) {
        beginValue()
        push(value)
    }

    /// Counts the value that follows into its container, and cuts batches as Python does.
    private mutating func beginValue() {
        guard let last = open.indices.last else { return }
        let limit: Int
        switch open[last].kind {
        case .object:
            open[last].pending += 1
            return
        case .list: limit = Self.batch
        case .dictionary: limit = Self.batch * 2
        }
        if open[last].pending == limit {
            emit(open[last].kind == .list ? .appends : .setitems)
            open[last].pending = 0
        }
        if open[last].pending == 0 { emit(.mark) }
        open[last].pending += 1
    }

    private mutating func push(_ value: PickleValue, labelled label: PickleLabel? = nil) {
        switch value {
        case .none: emit(.none)
        case .bool(let flag): emit(flag ? .newTrue : .newFalse)
        case .int(let number): integer(number)
        case .long(let number): integer(number)
        case .float(let number):
            emit(.binfloat)
            append(bigEndian: number.bitPattern)
        case .string(let text): string(text)
        case .bytes(let data): byteString(data)
        case .tuple(let items): tuple(items)
        case .list(let items):
            emit(.emptyList)
            if let label { remember(label) }
            open.append(Container(kind: .list))
            for item in items { write(item) }
            close()
            return
        case .dictionary(let entries):
            emit(.emptyDict)
            if let label { remember(label) }
            open.append(Container(kind: .dictionary))
            for entry in entries {
                write(entry.key)
                write(entry.value)
            }
            close()
            return
        case .global(let module, let name): global(module: module, name: name)
        case .reduce(let callable, let arguments):
            push(callable)
            push(arguments)
            emit(.reduce)
        case .newObject(let type, let arguments):
            push(type)
            push(arguments)
            emit(.newobj)
        case .build(let object, let state):
            push(object, labelled: label)
            push(state)
            emit(.build)
            return
        case .labelled(let inner, let value):
            push(value, labelled: inner)
        case .reference(let label): recall(label)
        }
        if let label { remember(label) }
    }
}

// MARK: - Single instructions

extension PickleWriter {
    private mutating func emit(_ opcode: Opcode) {
        bytes.append(opcode.rawValue)
    }

    private mutating func append(littleEndian value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private mutating func append(bigEndian value: UInt64) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    private mutating func integer(_ value: Int) {
        if let byte = UInt8(exactly: value) {
            emit(.binint1)
            bytes.append(byte)
        } else if let short = UInt16(exactly: value) {
            emit(.binint2)
            append(littleEndian: short)
        } else if let word = Int32(exactly: value) {
            emit(.binint)
            append(littleEndian: word)
        } else {
            integer(PickleInteger(value))
        }
    }

    private mutating func integer(_ value: PickleInteger) {
        let digits = value.littleEndian
        if let count = UInt8(exactly: digits.count) {
            emit(.long1)
            bytes.append(count)
        } else {
            emit(.long4)
            append(littleEndian: Int32(digits.count))
        }
        bytes.append(contentsOf: digits)
    }

    private mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            // Beyond 4 GiB only the instruction of protocol 4 has room; readers take it whatever the header says.
            if let count = UInt32(exactly: utf8.count) {
                emit(.binunicode)
                append(littleEndian: count)
            } else {
                emit(.binunicode8)
                append(littleEndian: UInt64(utf8.count))
            }
            bytes.append(contentsOf: utf8)
        }
    }

    private mutating func byteString(_ data: [UInt8]) {
        if let count = UInt8(exactly: data.count) {
            emit(.shortBinbytes)
            bytes.append(count)
        } else if let count = UInt32(exactly: data.count) {
            emit(.binbytes)
            append(littleEndian: count)
        } else {
            emit(.binbytes8)
            append(littleEndian: UInt64(data.count))
        }
        bytes.append(contentsOf: data)
    }

    private mutating func tuple(_ items: [PickleValue]) {
        guard !items.isEmpty else { return emit(.emptyTuple) }
        emit(.mark)
        for item in items { push(item) }
        emit(.tuple)
    }

    private mutating func global(module: String, name: String) {
        emit(.global)
        bytes.append(contentsOf: module.utf8)
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: name.utf8)
        bytes.append(UInt8(ascii: "\n"))
    }

    private mutating func remember(_ label: PickleLabel) {
        if let short = UInt8(exactly: label.rawValue) {
            emit(.binput)
            bytes.append(short)
        } else {
            emit(.longBinput)
            append(littleEndian: label.rawValue)
        }
    }

    private mutating func recall(_ label: PickleLabel) {
        if let short = UInt8(exactly: label.rawValue) {
            emit(.binget)
            bytes.append(short)
        } else {
            emit(.longBinget)
            append(littleEndian: label.rawValue)
        }
    }
}

extension PickleValue {
    /// The whole pickle of this value.
    public func pickled() -> [UInt8] {
        var writer = PickleWriter()
        writer.write(self)
        writer.finish()
        return writer.bytes
    }
}
