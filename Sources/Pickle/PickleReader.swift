/// Reads a pickle of any protocol, without running or importing anything that it names.
///
/// What an unknown class is made of is kept as it is; only when objects that are shared change between calls that take
/// them, which Python's own pickles do not do, is the order of the changes lost.
public struct PickleReader {
    /// Where the pickle ended, its STOP included; zero before it was read. Python, too, passes over what follows.
    public private(set) var end = 0

    private var input: PickleInput
    private let limits: PickleLimits

    /// A reader of a pickle that is in memory.
    public init(_ bytes: [UInt8], limits: PickleLimits = PickleLimits()) {
        input = PickleInput(bytes, limits: limits)
        self.limits = limits
    }

    /// A reader of a pickle of `length` bytes, which `read` gives: those from an offset on, at least one of those asked
    /// for and no more. Each is asked for twice, in order, some 256 KiB at a time.
    public init(
        length: Int, limits: PickleLimits = PickleLimits(),
        reading read: @escaping (_ offset: Int, _ count: Int) throws -> [UInt8]
    ) {
        input = PickleInput(length: length, limits: limits, read: read)
        self.limits = limits
    }

    /// The value of the whole pickle.
    public mutating func read() throws(PickleError) -> PickleValue {
        var nobody = Nobody()
        return try read(&nobody)
    }

    /// The value of the whole pickle, but for what is handed over to the visitor: the memory that it takes is that of
    /// what is given back and of the batch at hand. What the visitor throws is the reason of the error thrown.
    public mutating func read<Visitor: PickleVisitor>(_ visitor: inout Visitor) throws(PickleError) -> PickleValue {
        input.rewind()
        let survey = try PickleSurvey(&input, limits: limits, deepest: visitor.longestPath)
        input.rewind()
        var machine = PickleMachine(input, survey, limits, deepest: visitor.longestPath)
        while true {
            let event = try machine.run()
            do {
                switch event {
                case .made(let container, let node):
                    if try visitor.takes(container) { machine.handOver(node) }
                case .entries(let entries, let container): try visitor.take(entries: entries, of: container)
                case .items(let items, let container): try visitor.take(items: items, of: container)
                case .finished(let root):
                    end = machine.end
                    return root
                }
            } catch {
                throw machine.error(.stopped(error))
            }
        }
    }

    private struct Nobody: PickleVisitor {
        var longestPath: Int { -1 }
        func takes(_ container: PickleContainer) -> Bool { false }
        func take(entries: [PickleEntry], of container: PickleContainer) {}
        func take(items: [PickleValue], of container: PickleContainer) {}
    }
}

extension PickleValue {
    /// The value of a pickle that is in memory.
    public init(pickled bytes: [UInt8], limits: PickleLimits = PickleLimits()) throws(PickleError) {
        var reader = PickleReader(bytes, limits: limits)
        self = try reader.read()
    }
}
