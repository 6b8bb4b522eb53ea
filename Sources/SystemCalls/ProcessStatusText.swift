internal import Glibc

/// What `/proc/PID/status` says of a process (proc_pid_status(5)).
struct ProcessStatusText: Equatable {
    /// The process that the number belongs to: another number is that of a thread.
    var process: Int32
    /// The effective user id.
    var owner: UInt32
    /// The process's numbers, from the outermost namespace that can be seen to its own.
    var namespaceNumbers: [Int32] = []

    /// The most bytes of memory that it had at once; nil when it has none any more.
    var peakMemory: Int?

    /// Nil when the text is none of the kernel's.
    init?(_ text: String) {
        var (process, owner): (Int32?, UInt32?)
        for line in text.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let values = line[line.index(after: colon)...].split { $0 == "\t" || $0 == " " }
            switch line[..<colon] {
            case "Tgid": process = values.first.flatMap { Int32($0) }
            case "Uid": owner = values.dropFirst().first.flatMap { UInt32($0) }
            case "VmHWM": peakMemory = values.first.flatMap { Int($0) }.map { $0 * 1024 }
            case "NSpid": namespaceNumbers = values.compactMap { Int32($0) }
            default: break
            }
        }
        guard let process, let owner else { return nil }
        self.process = process
        self.owner = owner
    }

    /// The process's numbers alone, from a text of which the rest is left unread: all processes are looked through for one.
    static func namespaceNumbers(in text: [UInt8]) -> [Int32] {
        let key = "\nNSpid:"
        let place = (text + [0]).withUnsafeBytes { text -> Int? in
            let start = text.baseAddress?.assumingMemoryBound(to: CChar.self)
            return start.flatMap { start in strstr(start, key).map { $0 - UnsafeMutablePointer(mutating: start) } }
        }
        guard let place else { return [] }
        let line = text[(place + key.utf8.count)...].prefix { $0 != 0x0A }
        return String(decoding: line, as: UTF8.self).split { $0 == "\t" || $0 == " " }.compactMap { Int32($0) }
    }
}
