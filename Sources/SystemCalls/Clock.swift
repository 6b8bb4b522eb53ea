internal import CLinux
internal import Glibc
internal import SystemPackage

/// The machine's clocks, as nanoseconds.
public enum Clock {
    /// Nanoseconds since 1970 by the wall clock, which people and time servers set (`CLOCK_REALTIME`).
    public static var now: Int64 { read(CLOCK_REALTIME) }

    /// Nanoseconds since the machine started, not counting when it slept (`CLOCK_MONOTONIC`).
    public static var monotonic: Int64 { read(CLOCK_MONOTONIC) }

    /// Nanoseconds of processor time that the calling thread has used (`CLOCK_THREAD_CPUTIME_ID`).
    public static var ofThisThread: Int64 { read(CLOCK_THREAD_CPUTIME_ID) }

    /// Nanoseconds since the machine started, counting when it slept (`CLOCK_BOOTTIME`).
    public static var sinceBoot: Int64 { read(CLOCK_BOOTTIME) }

    /// A text that is another one after each start of the machine.
    public static func bootIdentifier() throws(SystemCallError) -> String {
        let bytes = try OwnedDescriptor(opening: "/proc/sys/kernel/random/boot_id", .readOnly).readToEnd(limit: 4096)
        return String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
    }

    /// How many seconds local time is ahead of UTC at a time, given in nanoseconds since 1970.
    public static func localOffset(at time: Int64) -> Int {
        var seconds = time_t(time.quotientAndRemainder(dividingBy: 1_000_000_000).quotient)
        var parts = tm()
        // localtime_r(3): unlike localtime, it need not read the time zone by itself.
        tzset()
        return localtime_r(&seconds, &parts) == nil ? 0 : Int(parts.tm_gmtoff)
    }

    /// Makes the calling thread wait (usleep(3)): for what the kernel has no event for, on a thread that may block.
    public static func pause(milliseconds: Int) { usleep(UInt32(clamping: milliseconds) * 1000) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        // clock_gettime(2) fails only for a clock that the kernel lacks; these it always has.
        clock_gettime(clock, &time)
        return nanoseconds(time)
    }
}
