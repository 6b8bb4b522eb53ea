internal import JSON
internal import Records
internal import SystemCalls
internal import SystemPackage
internal import Trials

/// What makes looking something up in an experiment cheap whatever its size: five files derived from the journal.
///
/// A change begins with ``begin(boot:)`` and ends with ``end()``; whatever is found half changed is built anew from the
/// journal. Whoever uses the index holds the experiment's lock.
struct ExperimentIndex: ~Copyable {
    let directory: FilePath
    let access: IndexAccess
    private let rows: OwnedDescriptor
    private let points: OwnedDescriptor
    private let entries: OwnedDescriptor
    private let nameList: OwnedDescriptor
    private var lookup: LookupTable
    /// What the index covers. What is set here is written by ``end()``.
    var header: IndexHeader
    /// The identifiers of the experiment's metrics and steps.
    private(set) var names = StoredNames()

    /// Opens the index in a directory that is there.
    init(_ directory: FilePath, _ access: IndexAccess) throws(StoreError) {
        let rows = try access.open(directory.appending("rows"))
        let points = try access.open(directory.appending("points"))
        let entries = try access.open(directory.appending("entries"))
        let nameList = try access.open(directory.appending("names"))
        let lookup = try LookupTable(directory.appending("lookup"), access)
        self.directory = directory
        self.access = access
        self.rows = rows
        self.points = points
        self.entries = entries
        self.nameList = nameList
        self.lookup = lookup
        header = IndexHeader()
        // Nothing that a process remembers of an index that was there before may be taken for this one's.
        if access == .anew { header.building = UInt64.random(in: 1 ... .max) }
    }

    /// Takes over what the files hold; says no when they are not what the header says, and then holds nothing.
    mutating func load() throws(StoreError) -> Bool {
        guard let stored = try storedHeader(), lookup.slots == stored.slots else { return false }
        do throws(SystemCallError) {
            let rowsEnd = stored.lastNumber == 0 ? 0 : IndexHeader.space + Int64(stored.lastNumber * IndexRow.width)
            guard try rows.status().size >= rowsEnd,
                try points.status().size >= Int64(stored.pointEntries * PointsEntry.width),
                try entries.status().size >= stored.entriesLength, try nameList.status().size >= stored.namesLength
            else { return false }
        } catch {
            throw StoreError("reading the index", directory, error)
        }
        guard let names = try readNames(stored.namesLength) else { return false }
        self.names = names
        header = stored
        return true
    }

    /// The header as it is on the disk now; nil when there is none, or a damaged one.
    borrowing func storedHeader() throws(StoreError) -> IndexHeader? {
        IndexHeader(try read(rows, IndexHeader.width, at: 0))
    }

    /// Takes over what another process wrote since; says no when this index has to be opened anew for it.
    mutating func refresh(_ stored: IndexHeader) throws(StoreError) -> Bool {
        guard stored.building == header.building, stored.slots == lookup.slots else { return false }
        if stored.namesLength != header.namesLength {
            guard let names = try readNames(stored.namesLength) else { return false }
            self.names = names
        }
        header = stored
        return true
    }

    // MARK: Changes

    /// Says on the disk that a change is under way.
    mutating func begin(boot: UInt64) throws(StoreError) {
        let wasOnDevice = header.isOnDevice
        header.isChanging = true
        header.isOnDevice = false
        header.boot = boot
        try writeHeader()
        // What was safe from a power failure is so no more: the device has to know before the files change.
        if wasOnDevice { try synchronize(rows) }
    }

    /// Says on the disk that the change is done, and what the index covers now.
    mutating func end() throws(StoreError) {
        header.isChanging = false
        try writeHeader()
    }

    /// Brings all files to the device, so that the index outlives a power failure.
    mutating func bringToDevice() throws(StoreError) {
        guard !header.isOnDevice else { return }
        try synchronize(rows)
        try synchronize(points)
        try synchronize(entries)
        try synchronize(nameList)
        try lookup.synchronize()
        header.isOnDevice = true
        try writeHeader()
        try synchronize(rows)
    }

    mutating func set(_ row: IndexRow) throws(StoreError) {
        try write(row.bytes, to: rows, at: IndexHeader.space + Int64((row.number - 1) * IndexRow.width))
        try lookup.set(.run(row.key), UInt64(row.number), keys: &header.keys)
        header.lastNumber = max(header.lastNumber, row.number)
    }

    mutating func set(_ key: LookupTable.Key, _ value: UInt64) throws(StoreError) {
        try lookup.set(key, value, keys: &header.keys)
    }

    /// Adds a stretch of a series; the row is the trial's and is to be set afterwards.
    mutating func add(_ entry: PointsEntry, to row: inout IndexRow) throws(StoreError) {
        var entry = entry
        entry.previous = row.lastPoints
        try write(entry.bytes, to: points, at: Int64(header.pointEntries * PointsEntry.width))
        header.pointEntries += 1
        row.lastPoints = header.pointEntries
    }

    mutating func add(_ name: StoredNames.Entry) throws(StoreError) {
        guard names.entry(name.kind, name.name) == nil else { return }
        let line = JSON.array([.string(name.kind.rawValue), .string(name.name), .string(name.stored)]).bytes() + [0x0A]
        try write(line, to: nameList, at: header.namesLength)
        header.namesLength += Int64(line.count)
        names.add(name)
    }

    /// Adds instructions for the pickle.
    mutating func addEntries(_ bytes: [UInt8]) throws(StoreError) {
        try write(bytes, to: entries, at: header.entriesLength)
        header.entriesLength += Int64(bytes.count)
    }

    // MARK: Looking up

    /// The row of a number; nil when it was never given out.
    borrowing func row(_ number: Int) throws(StoreError) -> IndexRow? {
        guard (1...max(1, header.lastNumber)).contains(number) else { return nil }
        return try rows(number...number).first
    }

    /// The rows of a range of numbers, in order, without gaps.
    borrowing func rows(_ numbers: ClosedRange<Int>) throws(StoreError) -> [IndexRow] {
        let start = IndexHeader.space + Int64((numbers.lowerBound - 1) * IndexRow.width)
        let bytes = try read(rows, numbers.count * IndexRow.width, at: start)
        var found: [IndexRow] = []
        for place in stride(from: 0, through: bytes.count - IndexRow.width, by: IndexRow.width) {
            let row = Array(bytes[place..<(place + IndexRow.width)])
            if row.allSatisfy({ $0 == 0 }) { continue }
            guard let row = IndexRow(row) else { throw damaged("a row of trial \(numbers.lowerBound)") }
            found.append(row)
        }
        return found
    }

    borrowing func number(of key: RunKey) throws(StoreError) -> Int? {
        try lookup.value(.run(key)).map { Int($0) }
    }

    borrowing func value(_ key: LookupTable.Key) throws(StoreError) -> UInt64? { try lookup.value(key) }

    /// An entry of the index of points, from 1.
    borrowing func pointsEntry(_ place: Int) throws(StoreError) -> PointsEntry {
        let bytes = try read(points, PointsEntry.width, at: Int64((place - 1) * PointsEntry.width))
        guard let entry = PointsEntry(bytes) else { throw damaged("an entry of points") }
        return entry
    }

    /// Instructions for the pickle, from a place on.
    borrowing func entries(at offset: Int64, _ count: Int) throws(StoreError) -> [UInt8] {
        let bytes = try read(entries, count, at: offset)
        guard bytes.count == count else { throw damaged("the list of entries for the pickle") }
        return bytes
    }

    /// Forgets the instructions for the pickle.
    mutating func removeEntries() throws(StoreError) {
        do throws(SystemCallError) { try entries.truncate(to: 0) } catch {
            throw StoreError("writing the index", directory, error)
        }
        header.entriesLength = 0
        // A pickle says how many of which entries it has.
        header.building = UInt64.random(in: 1 ... .max)
    }

    // MARK: Bytes

    /// The names in so many bytes of their list; nil when they are none.
    private borrowing func readNames(_ length: Int64) throws(StoreError) -> StoredNames? {
        let bytes = try read(nameList, Int(length), at: 0)
        guard bytes.count == Int(length) else { return nil }
        var names = StoredNames()
        for line in bytes.split(separator: 0x0A) {
            guard let fields = (try? JSON(parsing: line))?.array, fields.count == 3,
                let kind = fields[0].string.flatMap({ StoredNames.Kind(rawValue: $0) }),
                let name = fields[1].string, let stored = fields[2].string
            else { return nil }
            names.add(StoredNames.Entry(kind: kind, name: name, stored: stored))
        }
        return names
    }

    private mutating func writeHeader() throws(StoreError) {
        header.slots = lookup.slots
        try write(header.bytes, to: rows, at: 0)
    }

    private borrowing func read(
        _ file: borrowing OwnedDescriptor, _ count: Int, at offset: Int64
    ) throws(StoreError) -> [UInt8] {
        do throws(SystemCallError) { return try file.read(count, at: offset) } catch {
            throw StoreError("reading the index", directory, error)
        }
    }

    private borrowing func write(
        _ bytes: [UInt8], to file: borrowing OwnedDescriptor, at offset: Int64
    ) throws(StoreError) {
        do throws(SystemCallError) { try file.write(bytes, at: offset) } catch {
            throw StoreError("writing the index", directory, error)
        }
    }

    private borrowing func synchronize(_ file: borrowing OwnedDescriptor) throws(StoreError) {
        do throws(SystemCallError) { try file.synchronizeContent() } catch {
            throw StoreError("writing the index", directory, error)
        }
    }

    private borrowing func damaged(_ what: String) -> StoreError {
        StoreError(
            .damaged, "reading the index", directory.shown, reason: "\(what) is damaged",
            remedy: "it is built anew at the next attempt", isTransient: true)
    }
}
