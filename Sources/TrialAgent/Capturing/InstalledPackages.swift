internal import JSON
internal import SystemCalls
internal import SystemPackage

/// A package of a Python environment.
struct InstalledPackage: Equatable {
    var metadata: PackageMetadata
    /// The folder that holds its metadata.
    var location: FilePath
    var direct: DirectURL?
    /// The source folder of an editable install.
    var editableFolder: FilePath?

    /// The name under which an environment has a package once: `Foo.bar_baz` is `foo-bar-baz` (PEP 503).
    static func canonical(_ name: String) -> String {
        name.lowercased().split(omittingEmptySubsequences: true) { "-_.".contains($0) }.joined(separator: "-")
    }
}

/// The packages of an environment, in the order in which it finds them, each once.
struct InstalledPackages {
    /// Packages that are looked at.
    static let limit = 20_000
    /// Bytes that are read of the packages of one archive.
    private static let largestOfArchive = 64 << 20

    private(set) var packages: [InstalledPackage] = []
    /// Those of the places where they were looked for that are the environment's own: its `site-packages` folders, and what
    /// lies in these. Neither what a process's `PYTHONPATH` names nor what a `.pth` file adds is among them.
    private(set) var ownPath: [FilePath] = []
    private(set) var problems: [String] = []
    private var found: [String: Int] = [:]
    private var lookedAt = 0
    private let owners: [UInt32]
    private let pulse: CapturePulse

    init(
        of python: PythonEnvironment, before: [FilePath] = [], home: FilePath?, owners: [UInt32], pulse: CapturePulse
    ) {
        self.owners = owners
        self.pulse = pulse
        let path = PythonSearchPath(python, before: before, home: home, owners: owners)
        problems = path.problems
        ownPath = path.folders.filter { folder in path.sites.contains { folder.starts(with: $0) } }
        var links: [FilePath: FilePath] = [:]
        for place in path.folders {
            if path.archives.contains(place) { collect(inArchive: place) } else { collect(in: place, &links) }
        }
        if links.isEmpty { return }
        // An .egg-link (setuptools before PEP 660) makes the package of that name an editable one.
        for index in packages.indices where packages[index].direct == nil {
            if links[FilePath(packages[index].linkName)] != nil || links[FilePath(packages[index].metadata.name)] != nil
            {
                packages[index].editableFolder = packages[index].location
            }
        }
    }

    subscript(name: String) -> InstalledPackage? {
        packages.first { InstalledPackage.canonical($0.metadata.name) == name }
    }

    /// Whether a package lies in the environment, and nowhere else.
    func isOwn(_ package: InstalledPackage) -> Bool {
        package.editableFolder == nil && ownPath.contains { package.location.starts(with: $0) }
    }

    private mutating func collect(in place: FilePath, _ links: inout [FilePath: FilePath]) {
        do {
            let folder = try SafeFolder.packages(place, owners: owners)
            var linked: [FilePath] = []
            // Python, and so pip, takes the first of two that a folder holds of one name.
            for entry in try folder.entriesAsTheyCome(where: Self.isPackage) {
                pulse.beat()
                guard lookedAt < Self.limit else {
                    problems.append("packages in \(place.shown) beyond the first \(Self.limit) were left out")
                    break
                }
                lookedAt += 1
                let name = FilePath(root: nil, [entry.name])
                switch entry.name.extension {
                case "dist-info": add(name, ["METADATA", "PKG-INFO"], in: folder)
                case "egg-info": add(name, entry.kind == .regular ? [] : ["PKG-INFO", "METADATA"], in: folder)
                case "egg" where entry.kind == .regular: add(archive: name, in: folder)
                case "egg": add(name.appending("EGG-INFO"), ["PKG-INFO"], in: folder)
                case "egg-link":
                    guard let target = link(name, in: folder) else { continue }
                    links[FilePath(entry.name.stem)] = target
                    linked.append(target)
                default: break
                }
            }
            // These come last, as in pip.
            for target in linked { collect(in: target, &links) }
        } catch {
            problems.append("packages in \(place.shown) were left out: \(error)")
        }
    }

    /// The packages in an archive that Python's path names.
    private mutating func collect(inArchive place: FilePath) {
        guard let name = place.lastComponent else { return }
        do {
            let folder = try SafeFolder.packages(place.removingLastComponent(), owners: owners)
            add(archive: FilePath(root: nil, [name]), in: folder)
        } catch {
            problems.append("packages in \(place.shown) were left out: \(error)")
        }
    }

    private mutating func add(archive file: FilePath, in folder: borrowing SafeFolder) {
        pulse.beat()
        let place = folder.path.pushing(file)
        do throws(UnreadFile) {
            let archive = try ZipArchive(folder.open(file))
            let named = archive.members.filter { Self.isMetadata($0.name, inEgg: file.extension == "egg") }
            guard !named.isEmpty || file.extension != "egg" else { throw .refused("it tells no name") }
            var left = Self.largestOfArchive
            for member in named {
                pulse.beat()
                guard lookedAt < Self.limit, left > 0 else {
                    throw .refused(
                        "packages of it beyond the first \(Self.limit), or \(Self.largestOfArchive >> 20) MiB")
                }
                lookedAt += 1
                do throws(UnreadFile) {
                    let bytes = try archive.read(member, limit: min(left, 1 << 20))
                    left -= bytes.count
                    guard let metadata = PackageMetadata(bytes) else {
                        throw .refused("\(member.name) in it tells no name")
                    }
                    guard isFirst(metadata, in: place) else { continue }
                    packages.append(InstalledPackage(metadata: metadata, location: place))
                } catch {
                    problems.append("a package in \(place.shown) was left out: \(error)")
                }
            }
        } catch {
            problems.append("package \(place.shown) was left out: \(error)")
        }
    }

    /// Whether a member of an archive tells a package's name, as importlib.metadata looks for it.
    private static func isMetadata(_ member: String, inEgg: Bool) -> Bool {
        let parts = member.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return false }
        if parts[0].hasSuffix(".dist-info") { return parts[1] == "METADATA" }
        return parts[1] == "PKG-INFO" && (parts[0].hasSuffix(".egg-info") || inEgg && parts[0] == "EGG-INFO")
    }

    private static func isPackage(_ name: String) -> Bool {
        name.hasSuffix("-info") || name.hasSuffix(".egg") || name.hasSuffix(".egg-link")
    }

    private func link(_ file: FilePath, in folder: borrowing SafeFolder) -> FilePath? {
        guard let bytes = try? folder.read(file, limit: 1 << 16) else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        return lines.first.map { folder.path.pushing(FilePath(String($0.trimmedASCII))).lexicallyNormalized() }
    }

    /// Adds what the first of these files in `entry` tells, or without any what `entry` itself does.
    private mutating func add(_ entry: FilePath, _ files: [FilePath], in folder: borrowing SafeFolder) {
        do throws(UnreadFile) {
            // pip leaves `~umpy.dist-info` when it was interrupted: such a name is no package's.
            guard entry.string.first.map({ $0.isASCII && ($0.isLetter || $0.isNumber) }) == true else {
                throw .refused("an interrupted pip left it behind")
            }
            guard let metadata = try readMetadata(entry, files, in: folder) else { throw .refused("it has no name") }
            guard isFirst(metadata, in: folder.path) else { return }
            var package = InstalledPackage(metadata: metadata, location: folder.path)
            package.direct = readDirectURL(entry, in: folder)
            package.editableFolder = package.direct?.editableFolder
            packages.append(package)
        } catch {
            problems.append("package \(folder.path.pushing(entry).shown) was left out: \(error)")
        }
    }

    /// Whether this is the first package of its name; two versions in one folder are a problem.
    private mutating func isFirst(_ metadata: PackageMetadata, in folder: FilePath) -> Bool {
        let name = InstalledPackage.canonical(metadata.name)
        guard let index = found[name] else {
            found[name] = packages.count
            return true
        }
        let first = packages[index]
        if first.location == folder, first.metadata.version != metadata.version {
            problems.append(
                "\(folder.shown) holds \(metadata.name) \(first.metadata.version), which is listed, and \(metadata.version): one of them was not removed whole"
            )
        }
        return false
    }

    private func readMetadata(
        _ entry: FilePath, _ files: [FilePath], in folder: borrowing SafeFolder
    ) throws(UnreadFile) -> PackageMetadata? {
        for file in files.dropLast() {
            do throws(UnreadFile) { return try readMetadata(entry.pushing(file), in: folder) } catch {
                guard error == .absent else { throw error }
            }
        }
        return try readMetadata(files.last.map { entry.pushing($0) } ?? entry, in: folder)
    }

    private func readMetadata(_ path: FilePath, in folder: borrowing SafeFolder) throws(UnreadFile) -> PackageMetadata?
    {
        // Name and version are at the top; a description of megabytes may follow.
        let top = PackageMetadata(try folder.beginning(of: path, count: 4096))
        if let top, !top.version.isEmpty { return top }
        return PackageMetadata(try folder.beginning(of: path, count: 1 << 20))
    }

    private mutating func readDirectURL(_ entry: FilePath, in folder: borrowing SafeFolder) -> DirectURL? {
        do {
            let bytes = try folder.read(entry.appending("direct_url.json"), limit: 1 << 16)
            let direct = try JSON(parsing: bytes).decode(DirectURL.self)
            guard direct.isOfOneKind else { throw UnreadFile.refused("it names no kind of place, or several") }
            if direct.isRedacted {
                problems.append(
                    "where \(folder.path.pushing(entry).shown) came from is told without the address's user or query")
            }
            return direct
        } catch UnreadFile.absent {
            return nil
        } catch {
            problems.append("where \(folder.path.pushing(entry).shown) came from is unknown: \(error)")
            return nil
        }
    }
}

extension InstalledPackage {
    /// The stem of its `.egg-link`, by setuptools' `safe_name`.
    fileprivate var linkName: String {
        var text = ""
        for character in metadata.name {
            let isKept = character.isASCII && (character.isLetter || character.isNumber || character == ".")
            if isKept { text.append(character) } else if text.last != "-" { text.append("-") }
        }
        return text
    }
}
