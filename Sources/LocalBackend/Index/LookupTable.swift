internal import Bytes
internal import SystemCalls
internal import SystemPackage
internal import Trials

/// Finds by name, in one or two reads whatever the number of names: a hash table in a file, open addressing, 32 bytes a
/// slot.
struct LookupTable: ~Copyable {
    /// What is looked up.
    enum Key {
        /// The number of a run's trial.
        case run(RunKey)
        /// Where in the journal a text begins, plus one, by the SHA-256 of it.
        case text(String)
        /// The first half of a step's output hash, by the step and its input hash.
        case step(String)
        /// The number under which a state of a trial is known, by its print's key.
        case print(RunKey)
        /// 1 for an output that a step is known to have given, by step, input and output hash.
        case output(String)

        fileprivate var hash: [UInt8] {
            let text =
                switch self {
                case .run(let key): "run:" + key.text
                case .text(let digest): "text:" + digest
                case .step(let input): "step:" + input
                case .print(let key): "print:" + key.text
                case .output(let text): "output:" + text
                }
            return Array(SHA256.digest(of: text).bytes.prefix(LookupTable.keyWidth))
        }
    }

    private static let keyWidth = 24
    private static let slotWidth = 32
    private static let smallest = 1024
    /// Slots read at once: in a table that is at most 60 % full a run of taken slots is rarely longer.
    private static let stretch = 16

    private let path: FilePath
    private var file: OwnedDescriptor
    /// How many names there is room for. It is part of where each name is: a table of another size is another table.
    private(set) var slots: Int

    /// Opens the table, or makes an empty one.
    init(_ path: FilePath, _ access: IndexAccess) throws(StoreError) {
        self.path = path
        let file = try access.open(path)
        var slots = 0
        do throws(SystemCallError) {
            slots = Int(try file.status().size) / Self.slotWidth
            // One that is there and too short is no table: its names are to be found again, not forgotten.
            if access == .anew {
                try file.truncate(to: Int64(Self.smallest * Self.slotWidth))
                slots = Self.smallest
            }
        } catch {
            throw StoreError("opening the index", path, error)
        }
        self.file = file
        self.slots = slots
    }

    /// The value of a key; nil when there is none.
    borrowing func value(_ key: Key) throws(StoreError) -> UInt64? {
        let found = try find(key.hash)
        return found.value == 0 ? nil : found.value
    }

    /// Keeps a value, which is not 0, in place of what the key had, and counts a new key in `keys`.
    mutating func set(_ key: Key, _ value: UInt64, keys: inout Int) throws(StoreError) {
        if (keys + 1) * 10 > slots * 6 { try grow() }
        let hash = key.hash
        let found = try find(hash)
        var slot = hash
        slot.append(fixed: value)
        let place = Int64(found.slot * Self.slotWidth)
        try attempt("writing the index", path) { () throws(SystemCallError) in try file.write(slot, at: place) }
        if found.value == 0 { keys += 1 }
    }

    borrowing func synchronize() throws(StoreError) {
        do throws(SystemCallError) { try file.synchronizeContent() } catch {
            throw StoreError("writing the index", path, error)
        }
    }

    /// The slot that holds the key, or the free one where it belongs, whose value is 0.
    private borrowing func find(_ hash: [UInt8]) throws(StoreError) -> (slot: Int, value: UInt64) {
        var slot = slots == 0 ? 0 : Self.place(hash, of: slots)
        var seen = 0
        while seen < slots {
            let count = min(Self.stretch, slots - slot)
            let bytes: [UInt8]
            do throws(SystemCallError) {
                bytes = try file.read(count * Self.slotWidth, at: Int64(slot * Self.slotWidth))
            } catch {
                throw StoreError("reading the index", path, error)
            }
            guard bytes.count == count * Self.slotWidth else { break }
            for index in 0..<count {
                let start = index * Self.slotWidth
                var reader = FixedWidthReader(bytes, at: start + Self.keyWidth)
                let value: UInt64 = reader.next()
                if value == 0 || bytes[start..<(start + Self.keyWidth)].elementsEqual(hash) {
                    return (slot + index, value)
                }
            }
            seen += count
            slot = (slot + count) % slots
        }
        throw StoreError(
            .damaged, "reading the index", path.shown, reason: "the look-up table is full or cut short",
            remedy: "remove the directory \(path.removingLastComponent().shown): it is built anew", isTransient: true)
    }

    /// Makes a table of twice the size, in this one's place.
    private mutating func grow() throws(StoreError) {
        do throws(SystemCallError) {
            let old = try file.read(slots * Self.slotWidth, at: 0)
            let count = slots * 2
            var new = [UInt8](repeating: 0, count: count * Self.slotWidth)
            for start in stride(from: 0, to: old.count, by: Self.slotWidth) {
                let slot = old[start..<(start + Self.slotWidth)]
                if Self.isFree(slot) { continue }
                var place = Self.place(slot, of: count)
                while !Self.isFree(new[(place * Self.slotWidth)..<((place + 1) * Self.slotWidth)]) {
                    place = (place + 1) % count
                }
                new.replaceSubrange((place * Self.slotWidth)..<((place + 1) * Self.slotWidth), with: slot)
            }
            let temporary = path.removingLastComponent().appending("larger")
            let larger = try OwnedDescriptor(opening: temporary, .readWrite, options: [.create, .truncate])
            try larger.write(new, at: 0)
            try FileSystem.rename(temporary, to: path)
            file = larger
            slots = count
        } catch {
            throw StoreError("growing the index", path, error)
        }
    }

    private static func isFree(_ slot: ArraySlice<UInt8>) -> Bool {
        slot.suffix(slotWidth - keyWidth).allSatisfy { $0 == 0 }
    }

    private static func place(_ hash: some Collection<UInt8>, of slots: Int) -> Int {
        var reader = FixedWidthReader(Array(hash.prefix(8)))
        return Int(reader.next(UInt64.self) % UInt64(slots))
    }
}
