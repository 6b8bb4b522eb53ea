internal import SystemCalls
internal import SystemPackage

/// An installation of R, as its files tell it.
struct RInstallation {
    /// `R.home()`.
    let home: FilePath
    /// `4.2.2`.
    let version: String
    /// `.libPaths()`: where it looks for packages, in its order.
    let libraries: [FilePath]

    /// The first R in `PATH`; nil when there is none.
    init?(variables: [String: String]) {
        let path = variables["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        let programs = path.split(separator: ":").filter { $0.hasPrefix("/") }.map {
            FilePath(String($0)).appending("R")
        }
        guard let home = programs.firstAnswer(Self.home),
            let version = Self.version(of: home)
        else { return nil }
        self.home = home
        self.version = version
        let series = version.split(separator: ".").prefix(2).joined(separator: ".")
        // Debian has one more for what is installed by hand.
        let site: [FilePath] = home.starts(with: "/usr/lib") ? ["/usr/local/lib/R/site-library"] : []
        let own = variables["HOME"].map { Self.userLibraries(in: FilePath($0), series) } ?? []
        libraries = (own + site + [home.appending("site-library"), home.appending("library")]).filter(Self.isFolder)
    }

    /// What the script `R` says of where it belongs to: `R_HOME_DIR=/usr/lib/R`.
    private static func home(of program: FilePath) -> FilePath? {
        guard FileSystem.isPermitted(program, executing: true), let real = try? FileSystem.resolve(program),
            let name = real.lastComponent, let text = SafeFolder.text(name, of: real.removingLastComponent()),
            let line = text.split(whereSeparator: \.isNewline).first(where: { $0.hasPrefix("R_HOME_DIR=") })
        else { return nil }
        let place = line.dropFirst("R_HOME_DIR=".count).filter { $0 != "\"" && $0 != "'" }
        return place.hasPrefix("/") ? FilePath(String(place)) : nil
    }

    private static func version(of home: FilePath) -> String? {
        guard let text = SafeFolder.text("DESCRIPTION", of: home.appending("library/base")) else { return nil }
        return PackageMetadata(Array(text.utf8), name: "package:")?.version
    }

    /// `~/R/x86_64-pc-linux-gnu-library/4.2`.
    private static func userLibraries(in home: FilePath, _ series: String) -> [FilePath] {
        let folder = home.appending("R")
        let platforms = ((try? FileSystem.entries(of: folder)) ?? []).filter { $0.name.string.hasSuffix("-library") }
        return platforms.map { folder.appending($0.name).appending(series) }
    }

    private static func isFolder(_ path: FilePath) -> Bool {
        ((try? FileStatus.ifPresent(path, followingLinks: true)) ?? nil)?.kind == .directory
    }
}
