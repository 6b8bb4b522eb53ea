internal import CLinux
internal import Glibc

/// The memory that this process has from the kernel for its heap.
public enum ProcessMemory {
    /// Lets threads share two heaps (mallopt(3)), so that what one gives up serves the others; to be called before there are
    /// any.
    ///
    /// By itself the allocator makes eight a core, and keeps what each once needed.
    public static func shareHeaps() { _ = mallopt(M_ARENA_MAX, 2) }

    /// Gives the kernel back what is not in use (malloc_trim(3)); takes some milliseconds.
    public static func giveBackUnused() { _ = malloc_trim(0) }
}
