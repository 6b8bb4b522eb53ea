import Glibc
import SystemCalls
import SystemPackage

/// What something takes of the machine: time of this thread on a processor, which others on the machine do not lengthen,
/// and memory at its peak beyond what was there before.
struct Cost {
    let seconds: Double
    let bytes: Int

    static func of(_ body: () throws -> Void) throws -> Cost {
        // The peak begins anew (proc(5)).
        try OwnedDescriptor(opening: "/proc/self/clear_refs", .writeOnly).write(Array("5".utf8))
        let before = try kibibytes("VmRSS")
        let begin = processorTime()
        try body()
        let end = processorTime()
        return Cost(seconds: end - begin, bytes: max(0, try kibibytes("VmHWM") - before) << 10)
    }

    private static func processorTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func kibibytes(_ field: String) throws -> Int {
        let status = try OwnedDescriptor(opening: "/proc/self/status", .readOnly).readToEnd(limit: 1 << 20)
        let line = String(decoding: status, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix(field + ":") }
        guard let number = line?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw Unreadable(field: field)
        }
        return number
    }

    private struct Unreadable: Error {
        let field: String
    }
}
