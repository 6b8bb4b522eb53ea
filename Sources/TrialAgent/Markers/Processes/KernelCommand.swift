import SystemPackage

/// The command line of a notebook's kernel, in whatever language it is written: it names the file that says where the kernel
/// listens, `/…/kernel-<id>.json` (Jupyter's kernel specifications: `{connection_file}`).
public enum KernelCommand {
    /// Whether a command runs a kernel.
    public static func runsKernel(_ command: [String]) -> Bool {
        command.dropFirst().contains { word in
            let path = FilePath(word)
            guard path.isAbsolute, path.extension == "json", let stem = path.stem, stem.hasPrefix("kernel-") else {
                return false
            }
            // A UUID, or the number of a process.
            let id = stem.dropFirst("kernel-".count)
            return !id.isEmpty && id.allSatisfy { $0 == "-" || $0.isHexDigit }
        }
    }
}
