public import SystemCalls
public import SystemPackage

/// Whom the agent works for and what its process was given: everything that is asked of the environment, in one value.
public struct Surroundings: Sendable, Equatable {
    /// The log-in name.
    public var user: String
    /// The user id.
    public var userIdentifier: UInt32
    /// The home directory.
    public var home: FilePath
    /// The environment variables.
    public var variables: [String: String]
    /// Where relative paths on the command line begin.
    public var workingDirectory: FilePath

    /// Surroundings of one's own, as tests make them.
    public init(
        user: String, userIdentifier: UInt32, home: FilePath, variables: [String: String] = [:],
        workingDirectory: FilePath
    ) {
        self.user = user
        self.userIdentifier = userIdentifier
        self.home = home
        self.variables = variables
        self.workingDirectory = workingDirectory
    }

    /// Those of this process: environ(7) as it was at its start, and the user's entry in the password database.
    ///
    /// Without an entry, as in many containers, the user is called by its number; without `$HOME`, too, home is `/`.
    public static func ofThisProcess() throws(SystemCallError) -> Surroundings {
        let bytes = try OwnedDescriptor(opening: "/proc/self/environ", .readOnly).readToEnd(limit: 8 << 20)
        var variables: [String: String] = [:]
        for entry in bytes.split(separator: 0) {
            guard let equals = entry.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = String(decoding: entry[..<equals], as: UTF8.self)
            // getenv(3) finds the first of equal names.
            if variables[name] == nil {
                variables[name] = String(decoding: entry[(equals + 1)...], as: UTF8.self)
            }
        }
        let identifier = User.currentIdentifier
        let entry = try User(identifier)
        let home = variables["HOME"].map { FilePath($0) }.flatMap { $0.isAbsolute ? $0 : nil }
        return Surroundings(
            user: entry?.name ?? String(identifier), userIdentifier: identifier, home: home ?? entry?.home ?? "/",
            variables: variables, workingDirectory: try FileSystem.target(ofLink: "/proc/self/cwd"))
    }
}

extension Surroundings {
    /// Whether this is root, for whom the agent does not start unasked.
    public var isRoot: Bool { userIdentifier == 0 }

    /// `$XDG_CONFIG_HOME`, by default `~/.config`.
    public var configurationHome: FilePath { base("XDG_CONFIG_HOME") ?? home.appending(".config") }

    /// `$XDG_STATE_HOME`, by default `~/.local/state`.
    public var stateHome: FilePath { base("XDG_STATE_HOME") ?? home.appending(".local/state") }

    /// `$XDG_CACHE_HOME`, by default `~/.cache`.
    public var cacheHome: FilePath { base("XDG_CACHE_HOME") ?? home.appending(".cache") }

    /// `$XDG_DATA_HOME`, by default `~/.local/share`.
    public var dataHome: FilePath { base("XDG_DATA_HOME") ?? home.appending(".local/share") }

    /// `$XDG_RUNTIME_DIR`; nil where no log-in session made one.
    public var runtimeDirectory: FilePath? { base("XDG_RUNTIME_DIR") }

    /// The base directories that are not where they are by default, by the variables that say so.
    public var ownFolders: [(name: String, folder: FilePath)] {
        let all = [
            ("XDG_CONFIG_HOME", configurationHome, ".config"), ("XDG_STATE_HOME", stateHome, ".local/state"),
            ("XDG_DATA_HOME", dataHome, ".local/share"), ("XDG_CACHE_HOME", cacheHome, ".cache"),
        ]
        return all.filter { $0.1 != home.appending($0.2) }.map { ($0.0, $0.1) }
    }

    /// The XDG Base Directory Specification: "If an implementation encounters a relative path … it should ignore it".
    private func base(_ name: String) -> FilePath? {
        guard let text = variables[name], !text.isEmpty else { return nil }
        let path = FilePath(text)
        return path.isAbsolute ? path : nil
    }
}
