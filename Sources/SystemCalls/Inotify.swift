internal import CLinux
internal import Glibc
public import SystemPackage

/// Tells what happens to names in directories (inotify(7)).
public struct Inotify: ~Copyable, Sendable {
    /// A watched directory, as long as it is watched. One directory has one watch, whatever paths lead to it.
    public struct Watch: RawRepresentable, Hashable, Sendable {
        /// The kernel's number; -1 belongs to no directory.
        public var rawValue: Int32

        /// A watch by the kernel's number.
        public init(rawValue: Int32) { self.rawValue = rawValue }
    }

    /// What happened, as bits.
    public struct Happening: OptionSet, Hashable, Sendable {
        /// The kernel's bits.
        public var rawValue: UInt32

        /// Happenings by the kernel's bits.
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        init(_ bits: Int32) { rawValue = UInt32(bitPattern: bits) }

        /// A file that was open for writing was closed.
        public static let closedAfterWrite = Happening(IN_CLOSE_WRITE)
        /// A name came in by a rename.
        public static let movedIn = Happening(IN_MOVED_TO)
        /// A name went away by a rename.
        public static let movedOut = Happening(IN_MOVED_FROM)
        /// A name was made: by open, mkdir, link, symlink.
        public static let created = Happening(IN_CREATE)
        /// A name was removed.
        public static let deleted = Happening(IN_DELETE)
        /// The watched directory itself is gone.
        public static let selfDeleted = Happening(IN_DELETE_SELF)
        /// The watched directory itself has another name now.
        public static let selfMoved = Happening(IN_MOVE_SELF)
        /// The file system was unmounted.
        public static let unmounted = Happening(IN_UNMOUNT)
        /// The watch is no more; its number will not be used again by this instance.
        public static let ignored = Happening(IN_IGNORED)
        /// The kernel's queue was full: happenings are lost. The watch is -1.
        public static let overflowed = Happening(IN_Q_OVERFLOW)
        /// It happened to a directory.
        public static let toDirectory = Happening(IN_ISDIR)
    }

    /// One thing that happened.
    public struct Event: Hashable, Sendable {
        /// The directory it happened in.
        public var watch: Watch
        /// What happened.
        public var happening: Happening
        /// The same in both halves of a rename; otherwise 0.
        public var cookie: UInt32
        /// The name in the directory; nil when it happened to the directory itself.
        public var name: FilePath.Component?
    }

    /// What to wait for.
    public let descriptor: OwnedDescriptor

    /// Makes an instance that watches nothing; `EMFILE` when this user has as many as it may.
    public init() throws(SystemCallError) {
        let flags = Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK)
        descriptor = OwnedDescriptor(owning: try checked("inotify_init1") { inotify_init1(flags) })
    }

    /// Watches the names in a directory, or goes on watching it; a link in the path's last component is `ENOTDIR`.
    ///
    /// `ENOSPC` is the user's limit of watches, not the disk. Opening and reading are not watched: looking at a
    /// directory raises nothing.
    public borrowing func watch(_ directory: FilePath) throws(SystemCallError) -> Watch {
        let number = descriptor.number
        let watch = try checked("inotify_add_watch", directory.shown) {
            directory.withPlatformString { inotify_add_watch(number, $0, watchMask) }
        }
        return Watch(rawValue: watch)
    }

    /// Watches no longer; one that is gone already is no error.
    public borrowing func remove(_ watch: Watch) {
        // inotify_rm_watch(2): EINVAL means that it is gone.
        _ = inotify_rm_watch(descriptor.number, watch.rawValue)
    }

    /// Takes what has happened, in order; empty when nothing has. Never waits.
    ///
    /// A rename's two halves may come in two batches.
    public borrowing func read(into buffer: inout [UInt8]) throws(SystemCallError) -> [Event] {
        let number = descriptor.number
        do throws(SystemCallError) {
            let filled = try checked("read") { Glibc.read(number, &buffer, buffer.count) }
            return decode(buffer.span.bytes.extracting(first: filled))
        } catch {
            if error.errno == .resourceTemporarilyUnavailable { return [] }
            throw error
        }
    }
}

private let watchMask = UInt32(
    bitPattern: IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF
        | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK)

/// Reads the kernel's records: watch, bits, cookie, length of the name, the name filled up with zeros.
private func decode(_ records: RawSpan) -> [Inotify.Event] {
    var events: [Inotify.Event] = []
    var place = 0
    let header = MemoryLayout<inotify_event>.size
    while place + header <= records.byteCount {
        let length = Int(records.unsafeLoadUnaligned(fromByteOffset: place + 12, as: UInt32.self))
        let name = records.extracting(place + header..<min(place + header + length, records.byteCount))
        events.append(
            Inotify.Event(
                watch: Inotify.Watch(rawValue: records.unsafeLoadUnaligned(fromByteOffset: place, as: Int32.self)),
                happening: Inotify.Happening(
                    rawValue: records.unsafeLoadUnaligned(fromByteOffset: place + 4, as: UInt32.self)),
                cookie: records.unsafeLoadUnaligned(fromByteOffset: place + 8, as: UInt32.self),
                name: name.withUnsafeBytes { bytes in
                    // The kernel ends every name that there is with at least one zero.
                    bytes.baseAddress.flatMap {
                        bytes.last == 0
                            ? FilePath.Component(platformString: $0.assumingMemoryBound(to: CInterop.PlatformChar.self))
                            : nil
                    }
                }))
        place += header + length
    }
    return events
}
