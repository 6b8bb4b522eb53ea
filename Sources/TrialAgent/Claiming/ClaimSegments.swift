import SystemCalls
import SystemPackage

/// The segments of a log's index, and their merging: each is kept about twice as large as the next newer one, so that there
/// are few of them, and a row is written anew a few times in all.
///
/// What is wrong with the disk while they are written costs nothing but that they are more, or that what was to be written stays
/// in memory.
struct ClaimSegments {
    /// From the oldest.
    private(set) var list: [ClaimSegment]
    private let log: FilePath
    private let synchronizeContent: SpoolFiles.Synchronize
    private var merge: ClaimMerge?
    /// Files that the manifest may name.
    private var named: Set<Int>
    private var lastNumber: Int
    /// Set when merging has failed, until a segment could be written again.
    private var isHeldUp = false

    /// How many rows are merged a claim and segment. In the long run each of a claim's four is written anew about as often as
    /// there are segments; what is merged a claim is more, and the more the longer it waits.
    private static let rowsMerged = 32

    /// Takes these over, and removes whatever else of such files lies beside the log.
    init(
        _ list: [ClaimSegment] = [], beside log: FilePath, synchronizeContent: @escaping SpoolFiles.Synchronize
    ) throws(SystemCallError) {
        self.list = list
        self.log = log
        self.synchronizeContent = synchronizeContent
        named = Set(list.map(\.description.number))
        let numbers = try ClaimSegment.numbers(beside: log)
        // Not even the number of one that goes is used again: somebody may still be about to let go of it.
        lastNumber = numbers.max() ?? 0
        remove(Set(numbers).subtracting(named))
    }

    /// Writes the tables of the newest claims; false when they could not be.
    mutating func add(_ tables: ClaimTables) -> Bool {
        do throws(SystemCallError) {
            var writer = try begin()
            for table in ClaimTable.allCases { try writer.append(tables.rows(of: table)[...], of: table) }
            list.append(try writer.finish())
            isHeldUp = false
            return true
        } catch {
            return false
        }
    }

    private mutating func begin() throws(SystemCallError) -> ClaimSegmentWriter {
        lastNumber += 1
        return try ClaimSegmentWriter(lastNumber, beside: log, synchronizeContent: synchronizeContent)
    }

    /// Merges a little further, because so many claims were taken in.
    mutating func merge(after claims: Int) {
        do throws(SystemCallError) {
            if merge == nil { merge = try nextMerge() }
            guard let merge, let segment = try merge.step(claims * Self.rowsMerged * list.count) else { return }
            self.merge = nil
            list = list.compactMap { $0 === merge.older ? segment : $0 === merge.newer ? nil : $0 }
            remove(Set([merge.older, merge.newer].map(\.description.number)).subtracting(named))
        } catch {
            merge = nil
            isHeldUp = true
        }
    }

    /// The newest two of which the older one is too small.
    private mutating func nextMerge() throws(SystemCallError) -> ClaimMerge? {
        guard !isHeldUp else { return nil }
        for place in list.indices.dropFirst().reversed() {
            let (older, newer) = (list[place - 1], list[place])
            if older.description.length < 2 * newer.description.length {
                return ClaimMerge(older, newer, into: try begin())
            }
        }
        return nil
    }

    /// From now on the manifest may name these, too.
    mutating func willBeNamed() { named.formUnion(list.map(\.description.number)) }

    /// Removes the files of those that were merged, because the manifest names these and no others.
    mutating func areNamed() {
        let now = Set(list.map(\.description.number))
        remove(named.subtracting(now))
        named = now
    }

    /// What stays is removed by the next start.
    private func remove(_ numbers: some Sequence<Int>) {
        for number in numbers { try? FileSystem.remove(ClaimSegment.path(number, beside: log)) }
    }

    /// Whether a table has a fingerprint.
    func hold(_ key: Fingerprint, in table: ClaimTable) throws(SystemCallError) -> Bool {
        // The oldest hold most.
        for segment in list where try segment.row(of: key, in: table) != nil { return true }
        return false
    }

    /// The row of a fingerprint that counts; nil when there is none.
    func row(of key: Fingerprint, in table: ClaimTable) throws(SystemCallError) -> [UInt8]? {
        var found: [UInt8]?
        for segment in list.reversed() {
            guard let row = try segment.row(of: key, in: table) else { continue }
            guard let newer = found else {
                found = row
                // Only of closed runs can an older row count.
                if table != .closedAtPlace { return row }
                continue
            }
            if !table.replaces(newer[...], row[...]) { found = row }
        }
        return found
    }
}
