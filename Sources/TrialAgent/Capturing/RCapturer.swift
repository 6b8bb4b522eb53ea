internal import SystemCalls
internal import SystemPackage
internal import Trials

/// Captures R and its packages, as `installed.packages()` lists them, of a project that has R code.
public struct RCapturer: Capturer {
    /// `r`.
    public static let name = "r"
    /// The project's.
    public static let scope = CaptureScope.project
    /// It reads thousands of files that a user may have written.
    public static let place = CapturePlace.worker

    /// Packages that are looked at.
    private static let limit = 20_000

    /// A capturer that needs nothing else.
    public init() {}

    /// Fills `r`; a project without R code, and a machine without R, have none.
    public func capture(_ subject: CaptureSubject, pulse: CapturePulse) throws(AgentError) -> CapturedPart {
        var part = CapturedPart()
        let project = FilePath(subject.project)
        guard Self.hasCode(in: project), let r = RInstallation(variables: subject.variables) else { return part }
        var versions: [String: String] = [:]
        for library in r.libraries {
            collect(library, subject.owners, pulse, &versions, &part.problems)
        }
        if FileSystem.isPermitted(project.appending("renv/library")) {
            part.problems.append(
                "packages that renv keeps for the project are not listed: what they are is in renv.lock")
        }
        let lines = versions.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        part.environment[.r] = .text(
            """
            R \(r.version)
            home: \(r.home.string)
            libraries: \(r.libraries.map(\.string).joined(separator: ", "))
            packages:
            \(lines.joined(separator: "\n"))
            """)
        return part
    }

    private static let endings = [".R", ".r", ".Rmd", ".Rproj"].map { Array($0.utf8) }

    private static func hasCode(in project: FilePath) -> Bool {
        var hasCode = false
        try? OwnedDescriptor(directory: project).forEachName(justOpened: true) { name, _, _ in
            if hasCode { return }
            hasCode =
                name.elementsEqual("renv.lock".utf8)
                || endings.contains { $0.count <= name.count && name.suffix($0.count).elementsEqual($0) }
        }
        return hasCode
    }

    /// Adds the packages of a library that none before it has.
    private func collect(
        _ library: FilePath, _ owners: [UInt32], _ pulse: CapturePulse, _ versions: inout [String: String],
        _ problems: inout [String]
    ) {
        do {
            let folder = try SafeFolder.packages(library, owners: owners)
            for entry in try folder.entries() where entry.kind == .directory || entry.kind == .symbolicLink {
                pulse.beat()
                guard versions.count < Self.limit else {
                    problems.append("packages in \(library.shown) beyond the first \(Self.limit) were left out")
                    break
                }
                let place = FilePath(root: nil, [entry.name])
                let file = place.appending("DESCRIPTION")
                // R itself takes for a package what has this: not its translations, nor what an interrupted installation left.
                guard folder.contains(place.appending("Meta/package.rds")) else { continue }
                do throws(UnreadFile) {
                    let bytes = try folder.beginning(of: file, count: 1 << 16)
                    guard let facts = PackageMetadata(bytes, name: "package:"), !facts.version.isEmpty else { continue }
                    let name = entry.name.string
                    if versions[name] == nil { versions[name] = facts.version }
                } catch {
                    problems.append("package \(library.pushing(file).shown) was left out: \(error)")
                }
            }
        } catch {
            problems.append("packages in \(library.shown) were left out: \(error)")
        }
    }
}
