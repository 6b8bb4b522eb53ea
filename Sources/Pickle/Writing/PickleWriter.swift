/// Writes one pickle, piece by piece, in protocol 3: no frames, classes by GLOBAL, memo only where a label asks for it.
///
/// Python from 3.0 on reads it. Containers may be opened, filled and closed one value at a time, and the bytes made so
/// far taken away in between, so that a pickle of any size needs no tree and no buffer of its size.
public struct PickleWriter: ~Copyable {
    /// What was written since the last ``removeWrittenBytes()``.
    public internal(set) var bytes: [UInt8] = []
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
        version(3)
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

    /// Writes instructions that some other writer made of one value (``PickleValue/body(labelsFrom:labelStep:)``): at the
    /// top, or as the next item of the container opened last.
    public mutating func write(body: [UInt8]) {
        beginValue()
        bytes.append(contentsOf: body)
    }

    /// What is still to be written; a tree of any depth takes no stack.
    private enum Step {
        case value(PickleValue, PickleLabel?)
        case emit(Opcode)
        case remember(PickleLabel)
        /// Values that go into the object before them, from the one at `next` on, so many a batch.
        case fill([PickleValue], next: Int, batch: Int, Opcode)
        /// Values one after the other, from the one at `next` on.
        case values([PickleValue], next: Int)
    }

    private mutating func push(_ value: PickleValue) {
        var steps: [Step] = [.value(value, nil)]
        while let step = steps.popLast() {
            switch step {
            case .value(let value, let label): push(value, labelled: label, &steps)
            case .emit(let opcode): emit(opcode)
            case .remember(let label): remember(label)
            case .fill(let values, let next, let batch, let opcode):
                if next > 0, next == values.count || next.isMultiple(of: batch) { emit(opcode) }
                guard next < values.count else { break }
                if next.isMultiple(of: batch) { emit(.mark) }
                steps.append(.fill(values, next: next + 1, batch: batch, opcode))
                steps.append(.value(values[next], nil))
            case .values(let values, let next):
                guard next < values.count else { break }
                steps.append(.values(values, next: next + 1))
                steps.append(.value(values[next], nil))
            }
        }
    }

    private mutating func push(_ value: PickleValue, labelled label: PickleLabel?, _ steps: inout [Step]) {
        /// What follows, in its order; the label where it stands, if there is one.
        func then(_ next: Step?...) { steps.append(contentsOf: next.reversed().compactMap { $0 }) }
        let remembering = label.map { Step.remember($0) }
        switch value {
        case .none, .bool, .int, .long, .float, .string, .surrogateString, .python2String, .bytes, .bytearray, .global,
            .extensionCode, .reference:
            leaf(value)
            if let label { remember(label) }
        case .tuple(let items):
            if items.isEmpty {
                emit(.emptyTuple)
                then(remembering)
            } else {
                emit(.mark)
                then(.values(items, next: 0), .emit(.tuple), remembering)
            }
        case .frozenset(let items):
            emit(.mark)
            then(.values(items, next: 0), .emit(.frozenset), remembering)
        case .list(let items):
            emit(.emptyList)
            then(remembering, .fill(items, next: 0, batch: Self.batch, .appends))
        case .dictionary(let entries):
            emit(.emptyDict)
            then(remembering, .fill(entries.flattened, next: 0, batch: Self.batch * 2, .setitems))
        case .set(let items):
            emit(.emptySet)
            then(remembering, .fill(items, next: 0, batch: Self.batch, .additems))
        case .persistent(let value): then(.value(value, nil), .emit(.binpersid), remembering)
        case .reduce(let callable, let arguments):
            then(.value(callable, nil), .value(arguments, nil), .emit(.reduce), remembering)
        case .newObject(let type, let arguments):
            then(.value(type, nil), .value(arguments, nil), .emit(.newobj), remembering)
        case .newObjectWithKeywords(let type, let arguments, let keywords):
            then(
                .value(type, nil), .value(arguments, nil), .value(keywords, nil), .emit(.newobjEx), remembering)
        case .instance(let type, let arguments):
            emit(.mark)
            then(.value(type, nil), .values(arguments, next: 0), .emit(.obj), remembering)
        case .build(let object, let state): then(.value(object, label), .value(state, nil), .emit(.build))
        case .appended(let object, let items):
            then(.value(object, label), .fill(items, next: 0, batch: Self.batch, .appends))
        case .updated(let object, let entries):
            then(.value(object, label), .fill(entries.flattened, next: 0, batch: Self.batch * 2, .setitems))
        case .added(let object, let members):
            then(.value(object, label), .fill(members, next: 0, batch: Self.batch, .additems))
        case .sequence(let values, let kept):
            for index in values.indices.reversed() {
                if index == kept {
                    then(.value(values[index], label))
                } else {
                    then(.value(values[index], nil), .emit(.pop))
                }
            }
        case .labelled(let inner, let value): then(.value(value, inner), remembering)
        }
    }

    /// Writes a value that is made of no others.
    private mutating func leaf(_ value: PickleValue) {
        switch value {
        case .none: emit(.none)
        case .bool(let flag): emit(flag ? .newTrue : .newFalse)
        case .int(let number): integer(number)
        case .long(let number): integer(number)
        case .float(let number):
            emit(.binfloat)
            append(bigEndian: number.bitPattern)
        case .string(let text): string(text)
        case .surrogateString(let data): string(utf8: data)
        case .python2String(let data): python2String(data)
        case .bytes(let data): byteString(data)
        case .bytearray(let data):
            // The instruction of protocol 5 for it is unknown to Python 3.7.
            global(module: "builtins", name: "bytearray")
            byteString(data)
            emit(.tuple1)
            emit(.reduce)
        case .global(let module, let name): global(module: module, name: name)
        case .extensionCode(let code): extensionCode(code)
        case .reference(let label): recall(label)
        default: preconditionFailure("made of others")
        }
    }
}
