internal import SystemCalls
internal import SystemPackage

/// The folders in which an environment looks for packages, in its order (site.py).
struct PythonSearchPath {
    /// What comes before the environment's own, then `site-packages` folders and what `.pth` files add, each once.
    private(set) var folders: [FilePath] = []
    /// Archives among them, from which Python imports as from folders.
    private(set) var archives: Set<FilePath> = []
    /// The `site-packages` folders among them.
    private(set) var sites: [FilePath] = []
    /// What was left out, each as a sentence for the user.
    private(set) var problems: [String] = []

    init(_ python: PythonEnvironment, before: [FilePath] = [], home: FilePath?, owners: [UInt32]) {
        for place in before { if let entry = entry(at: place) { add(entry) } }
        add(sitesOf: python.prefix, python, owners)
        if !python.isVirtual || python.seesBasePackages {
            if let home {
                let user = home.appending(".local/lib").appending(python.library).appending("site-packages")
                // A user's own packages come before the installation's.
                let own = folders
                folders = python.isVirtual ? own : before.filter { own.contains($0) }
                add(site: user, owners)
                if !python.isVirtual { for folder in own { add(folder) } }
            }
            if python.isVirtual { add(sitesOf: python.basePrefix, python, owners) }
        }
    }

    private mutating func add(sitesOf prefix: FilePath, _ python: PythonEnvironment, _ owners: [UInt32]) {
        // Debian keeps its own packages apart from those that pip installs, and both apart from a virtual environment's.
        if prefix == "/usr" {
            add(site: FilePath("/usr/local/lib").appending(python.library).appending("dist-packages"), owners)
            add(site: "/usr/lib/python3/dist-packages", owners)
        }
        for library in ["lib", "lib64"] {
            add(site: prefix.appending(library).appending(python.library).appending("site-packages"), owners)
        }
    }

    /// A place that Python looks in: a folder, or an archive.
    private mutating func entry(at path: FilePath) -> FilePath? {
        switch (try? FileStatus(of: path, followingLinks: true))?.kind {
        case .directory: return path
        case .regular where ["egg", "zip"].contains(path.extension ?? ""):
            archives.insert(path)
            return path
        default: return nil
        }
    }

    private mutating func add(_ folder: FilePath) {
        // lib64 is a link to lib in most environments.
        guard let real = try? FileSystem.resolve(folder) else { return }
        if !folders.contains(where: { (try? FileSystem.resolve($0)) == real }) { folders.append(folder) }
    }

    private mutating func add(site: FilePath, _ owners: [UInt32]) {
        sites.append(site)
        let count = folders.count
        add(site)
        guard folders.count > count else { return }
        do {
            let folder = try SafeFolder.packages(site, owners: owners)
            for entry in try folder.entries(where: { $0.hasSuffix(".pth") && !$0.hasPrefix(".") }) {
                for addition in additions(FilePath(root: nil, [entry.name]), in: folder) { add(addition) }
            }
        } catch {
            problems.append("packages in \(site.shown) were left out: \(error)")
        }
    }

    /// The paths in a `.pth` file; its lines of code are not run.
    private mutating func additions(_ file: FilePath, in folder: borrowing SafeFolder) -> [FilePath] {
        do throws(UnreadFile) {
            let text = String(decoding: try folder.read(file, limit: 1 << 20), as: UTF8.self)
            let site = folder.path
            return text.split(whereSeparator: \.isNewline).compactMap { line in
                let line = line.trimmedASCII
                if line.isEmpty || line.hasPrefix("#") || line.hasPrefix("import ") || line.hasPrefix("import\t") {
                    return nil
                }
                let path = site.pushing(FilePath(String(line))).lexicallyNormalized()
                return entry(at: path)
            }
        } catch {
            problems.append("\(folder.path.pushing(file).shown) was left out: \(error)")
            return []
        }
    }
}
