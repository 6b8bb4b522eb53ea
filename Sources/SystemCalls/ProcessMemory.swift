internal import CLinux
internal import Glibc

/// The memory that this process has from the kernel.
public enum ProcessMemory {
    /// Lets threads share two heaps (mallopt(3)), so that what one gives up serves the others; to be called before there are
    /// any.
    ///
    /// By itself the allocator makes eight a core, and keeps what each once needed.
    public static func shareHeaps() { _ = mallopt(M_ARENA_MAX, 2) }

    /// Has large pieces of memory given back to the kernel as soon as they are given up (mallopt(3)); to be called before there
    /// are any.
    ///
    /// By itself the allocator takes the first one for a sign that more will come, and from then on keeps all that are not larger.
    public static func giveBackLargePieces() {
        _ = mallopt(M_MMAP_THRESHOLD, 2 << 20)
        _ = mallopt(M_TRIM_THRESHOLD, 4 << 20)
        // Small pieces kept apart would lie between what could be given back.
        _ = mallopt(M_MXFAST, 0)
    }

    /// Gives the kernel back what is not in use (malloc_trim(3)); takes some milliseconds.
    public static func giveBackUnused() { _ = malloc_trim(0) }

    /// Has the kernel forget which pages of its code this process has had need of (madvise(2), `MADV_DONTNEED`).
    ///
    /// A start needs most of the program and of its libraries; what is needed again is still in the page cache.
    public static func giveBackCode() {
        // No library can be closed meanwhile (dl_iterate_phdr(3)).
        _ = dl_iterate_phdr(
            { object, _, _ in
                guard let object = object?.pointee, let first = object.dlpi_phdr else { return 0 }
                let segments = UnsafeBufferPointer(start: first, count: Int(object.dlpi_phnum))
                let base = UInt(object.dlpi_addr)
                // Pages that the dynamic linker has written to are the process's own, and would be lost.
                if segments.contains(where: { Self.hasRelocatedText($0, base) }) { return 0 }
                for segment in segments where segment.p_type == PT_LOAD && segment.p_flags & UInt32(PF_X | PF_W) == PF_X
                {
                    let page = UInt(sysconf(Int32(_SC_PAGESIZE)))
                    let start = (base + UInt(segment.p_vaddr)) / page * page
                    let end = base + UInt(segment.p_vaddr) + UInt(segment.p_memsz)
                    madvise(UnsafeMutableRawPointer(bitPattern: start), Int(end - start), MADV_DONTNEED)
                }
                return 0
            }, nil)
    }

    /// Whether a segment is the dynamic section of an object whose code was changed when it was loaded (elf(5), `DT_TEXTREL`).
    private static func hasRelocatedText(_ segment: Elf64_Phdr, _ base: UInt) -> Bool {
        guard segment.p_type == PT_DYNAMIC,
            let start = UnsafePointer<Elf64_Dyn>(bitPattern: base + UInt(segment.p_vaddr))
        else { return false }
        let entries = UnsafeBufferPointer(start: start, count: Int(segment.p_memsz) / MemoryLayout<Elf64_Dyn>.stride)
        return entries.prefix { $0.d_tag != DT_NULL }.contains { entry in
            entry.d_tag == DT_TEXTREL || entry.d_tag == DT_FLAGS && entry.d_un.d_val & UInt64(DF_TEXTREL) != 0
        }
    }
}
