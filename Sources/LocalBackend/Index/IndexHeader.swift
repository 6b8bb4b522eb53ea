internal import Bytes

/// What the index covers: the first bytes of its file of rows.
struct IndexHeader: Equatable {
    static let width = 256
    /// The rows begin here, so that they stay apart from the header's page.
    static let space: Int64 = 4096
    private static let magic: UInt64 = 0x3158_4449_5754_5249
    private static let version: UInt32 = 3

    /// Set while the files of the index do not agree with one another; found set, the index is built anew.
    var isChanging = false
    /// True when all files of the index were on the device before this header was.
    var isOnDevice = false
    /// True when the entries for the pickle hold something that was since taken back.
    var hasStaleEntries = false
    /// The start of the machine in which the index was last changed.
    var boot: UInt64 = 0
    /// Another number after each building, so that what a process remembers of an older index is forgotten.
    var building: UInt64 = 0
    /// The journal that the index is of.
    var journalInode: UInt64 = 0
    /// How much of the journal the index covers.
    var journalLength: Int64 = 0
    /// How much of the journal daskperiment's files cover, the pickle aside.
    var layoutLength: Int64 = 0
    /// How much of the journal the pickle covers.
    var pickleLength: Int64 = 0
    /// The highest number given out.
    var lastNumber = 0
    /// Entries of the index of points.
    var pointEntries = 0
    /// Bytes of the entries for the pickle.
    var entriesLength: Int64 = 0
    /// Bytes of the list of names.
    var namesLength: Int64 = 0
    /// Keys of the look-up table, and its size.
    var keys = 0
    var slots = 0
    /// When a trial was last filed, in nanoseconds since 1970; 0 for never.
    var lastFiled: Int64 = 0

    init() {}

    /// Nil for bytes that are no header of this version, or a damaged one.
    init?(_ bytes: [UInt8]) {
        guard isChecked(bytes, width: Self.width) else { return nil }
        var reader = FixedWidthReader(bytes)
        guard reader.next(UInt64.self) == Self.magic, reader.next(UInt32.self) == Self.version else { return nil }
        isChanging = reader.next(UInt8.self) == 1
        isOnDevice = reader.next(UInt8.self) == 1
        hasStaleEntries = reader.next(UInt8.self) == 1
        boot = reader.next()
        building = reader.next()
        journalInode = reader.next()
        journalLength = reader.next()
        layoutLength = reader.next()
        pickleLength = reader.next()
        lastNumber = Int(reader.next(Int64.self))
        pointEntries = Int(reader.next(Int64.self))
        entriesLength = reader.next()
        namesLength = reader.next()
        keys = Int(reader.next(Int64.self))
        slots = Int(reader.next(Int64.self))
        lastFiled = reader.next()
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.width)
        bytes.append(fixed: Self.magic)
        bytes.append(fixed: Self.version)
        for flag in [isChanging, isOnDevice, hasStaleEntries] { bytes.append(flag ? 1 : 0) }
        for number in [boot, building, journalInode] { bytes.append(fixed: number) }
        for number in [journalLength, layoutLength, pickleLength, Int64(lastNumber), Int64(pointEntries)] {
            bytes.append(fixed: number)
        }
        for number in [entriesLength, namesLength, Int64(keys), Int64(slots), lastFiled] { bytes.append(fixed: number) }
        bytes.seal(width: Self.width)
        return bytes
    }

    /// A boot identifier in short.
    static func boot(_ identifier: String) -> UInt64 {
        var reader = FixedWidthReader(SHA256.digest(of: identifier).bytes)
        return reader.next()
    }
}
