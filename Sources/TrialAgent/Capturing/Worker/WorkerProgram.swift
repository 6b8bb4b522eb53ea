import SystemPackage

/// What is started as capture worker, and how long it is waited for.
struct WorkerProgram: Sendable {
    /// The program.
    var executable: FilePath
    /// Its arguments; the first is its own name.
    var arguments: [String]
    /// Its environment, whole: `NAME=value`.
    var environment: [String]
    /// When nothing has come from it for so long while it works, it is stuck.
    var patience: Duration = .seconds(10)
    /// A single request may take so long, however lively the worker is.
    var longest: Duration = .seconds(600)
    /// When nothing was asked for so long, it is ended.
    var idle: Duration = .seconds(60)

    /// Any program that speaks as a capture worker does.
    init(_ executable: FilePath, arguments: [String], environment: [String] = []) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
    }

    /// The agent's own program as capture worker, with no more of the agent's environment than it needs.
    ///
    /// The kernel's name for the running executable leads to the same program even when another version was installed over it.
    /// One in the background works only when nobody else does, has all the time that takes, and ends with its work.
    init(agentWith variables: [String: String], isBackground: Bool = false) {
        self.init(
            "/proc/self/exe",
            arguments: ["trialwatch", "capture-worker"] + (isBackground ? [WorkerProgram.background] : []),
            // A crash is told to the agent by its status: no time is spent on a backtrace.
            environment: ["SWIFT_BACKTRACE=enable=no"]
                + Self.variables.compactMap { name in variables[name].map { "\(name)=\($0)" } }
                + (Self.libraryFolders(variables["LD_LIBRARY_PATH"]).map { ["LD_LIBRARY_PATH=\($0)"] } ?? []))
        if isBackground { (patience, longest, idle) = (.seconds(300), .seconds(6 * 3600), .zero) }
    }

    private static let background = "--background"

    /// Where git's configuration is, and which time it is.
    private static let variables = ["HOME", "XDG_CONFIG_HOME", "TZ"]

    /// Where the dynamic linker looks (ld.so(8)), less what depends on the working directory, an empty entry among it; nil when
    /// that leaves nothing.
    private static func libraryFolders(_ path: String?) -> String? {
        let folders = (path ?? "").split { $0 == ":" || $0 == ";" }.filter { $0.hasPrefix("/") }
        return folders.isEmpty ? nil : folders.joined(separator: ":")
    }
}
