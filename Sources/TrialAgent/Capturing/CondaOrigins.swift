internal import SystemCalls
internal import SystemPackage

/// Where conda took its packages from: what it needs to make the same environment again.
struct CondaOrigins {
    /// The lines of `conda list --explicit --md5`, tokens left out.
    private(set) var lines: [String] = []
    /// What was left out, each as a sentence for the user.
    private(set) var problems: [String] = []

    /// Packages that are looked at.
    private static let limit = 20_000
    /// A note names all files of its package: several megabytes for the largest ones.
    private static let largestNote = 32 << 20

    /// Reads the notes of `packages` in the folder `conda-meta` of an environment.
    init(of packages: [CondaPackage], in notes: FilePath, owners: [UInt32], pulse: CapturePulse) {
        do {
            let folder = try SafeFolder.packages(notes, owners: owners)
            for package in packages.prefix(Self.limit) {
                pulse.beat()
                add(package, in: folder)
            }
        } catch {
            problems.append("where packages in \(notes.shown) came from is unknown: \(error)")
        }
        if packages.count > Self.limit {
            problems.append("where packages in \(notes.shown) beyond the first \(Self.limit) came from was left out")
        }
    }

    private mutating func add(_ package: CondaPackage, in folder: borrowing SafeFolder) {
        do throws(UnreadFile) {
            let note = CondaNote(try folder.read(FilePath(package.note), limit: Self.largestNote))
            guard let url = note.url else { throw .refused("it names no address") }
            lines.append(Self.shown(url) + (note.md5.map { "#" + $0 } ?? ""))
        } catch {
            problems.append(
                "where \(package.name) in \(folder.path.appending(package.note).shown) came from is unknown: \(error)")
        }
    }

    /// The address as conda shows it: without user and query, and `<TOKEN>` for what follows `/t/`.
    private static func shown(_ url: String) -> String {
        let clean = DirectURL(url: url, subdirectory: nil, vcs_info: nil, archive_info: nil, dir_info: nil).redacted
        guard let mark = clean.firstRange(of: "/t/") else { return clean }
        return clean[..<mark.upperBound] + "<TOKEN>" + clean[mark.upperBound...].drop { $0 != "/" }
    }
}
