internal import Glibc

extension Machine {
    /// The C library with its version, such as `glibc 2.36` (confstr(3)); nil for one that does not tell.
    public static var cLibrary: String? {
        let count = confstr(Int32(_CS_GNU_LIBC_VERSION), nil, 0)
        guard count > 1 else { return nil }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: count) { text in
            confstr(Int32(_CS_GNU_LIBC_VERSION), text.baseAddress, count)
            return String(decoding: text.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    /// How many logical processors are in use, as Python's `os.cpu_count` has it (sysconf(3)).
    public static var processorCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}
