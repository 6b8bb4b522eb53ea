import SystemPackage

/// The command line of a notebook's kernel, in whatever language it is written: it names the file that says where the kernel
/// listens, `kernel-….json` (Jupyter's kernel specifications: `{connection_file}`).
public enum KernelCommand {
    /// Whether a command runs a kernel.
    public static func runsKernel(_ command: [String]) -> Bool {
        command.dropFirst().contains { word in
            guard let name = FilePath(word).lastComponent?.string else { return false }
            return name.hasPrefix("kernel-") && name.hasSuffix(".json")
        }
    }
}
